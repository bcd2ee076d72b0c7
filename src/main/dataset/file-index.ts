/** Finds a dataset's files by the ways in which a row of a table may name them. */

import { isAbsolute, join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { hashOf, KeyTable, noItem, severalItems } from './key-table.js';
import { consistentEnds, type PathEnd, PathEnds } from './path-ends.js';
import type { Paths } from './path-list.js';
import { composed, nameOf, normalise, spellings, stemOf } from './path-spellings.js';

/** A file by its place in the listing, or why there is none: nothing of that name, or several. */
export type Found =
  { readonly image: number; readonly by: 'path' | 'stem' } | { readonly image: null; readonly why: 'none' | 'several' };

const none: Found = { image: null, why: 'none' };
const several: Found = { image: null, why: 'several' };

/** How many paths are read in one go: a few milliseconds of work. */
const portion = 2048;

/** Files by something of their paths. */
class Keyed {
  readonly #files: Paths;
  readonly #table: KeyTable;
  readonly #keyOf: (path: string) => string;

  /** @param keyOf the key of a file, from its path with composed characters */
  constructor(files: Paths, keyOf: (path: string) => string) {
    this.#files = files;
    this.#table = new KeyTable(files.size);
    this.#keyOf = keyOf;
  }

  /** Adds a file by its composed path; returns the first with the same key, or {@link noItem}. */
  add(path: string, image: number): number {
    const key = this.#keyOf(path);
    return this.#table.add(hashOf(key), image, this.#has(key));
  }

  /** The file with a key, {@link noItem} or {@link severalItems}. */
  find(key: string): number {
    return this.#table.find(hashOf(key), this.#has(key));
  }

  #has(key: string): (image: number) => boolean {
    return (image) => this.#keyOf(composed(this.#files.at(image))) === key;
  }
}

export class FileIndex {
  readonly files: Paths;
  readonly #root: string;
  readonly #paths: Keyed;
  readonly #names: Keyed;
  readonly #stems: Keyed;
  readonly #nameStems: Keyed;
  /** Files whose paths differ only in how characters are composed, by their paths. */
  readonly #twins = new Map<string, number>();
  #ends: Promise<PathEnds> | null = null;

  private constructor(root: string, files: Paths) {
    this.#root = root;
    this.files = files;
    this.#paths = new Keyed(files, (path) => path);
    this.#names = new Keyed(files, nameOf);
    this.#stems = new Keyed(files, stemOf);
    this.#nameStems = new Keyed(files, (path) => stemOf(nameOf(path)));
  }

  /** @param files paths relative to `root` with `/` */
  static async of(root: string, files: Paths): Promise<FileIndex> {
    const index = new FileIndex(root, files);
    for (let image = 0; image < files.size; image += 1) {
      if (image % portion === portion - 1) await setImmediate();
      index.#add(image);
    }
    return index;
  }

  /** The file of exactly this path, or {@link noItem}. */
  exact(file: string): number {
    const image = this.#paths.find(composed(file));
    if (image === severalItems) return this.#twins.get(file) ?? noItem;
    return image !== noItem && this.files.at(image) === file ? image : noItem;
  }

  /**
   * The file that a cell names: by its path relative to the root or to one of `folders` (absolute; the first that has
   * it), by a bare name that only one file has, or by either without the extension.
   */
  find(written: string, folders: readonly string[]): Found {
    if (folders[0] === this.#root) {
      const image = this.exact(written);
      if (image !== noItem) return { image, by: 'path' };
    }
    let doubt = none;
    for (const by of ['path', 'stem'] as const) {
      for (const spelling of spellings(written)) {
        const found = this.#spelled(spelling, folders, by);
        if (found.image !== null) return found;
        if (found.why === 'several') doubt = found;
      }
    }
    return doubt;
  }

  /** Tells whether the end of a path names a file. */
  async endsLike(): Promise<(written: string) => boolean> {
    const ends = await this.#allEnds();
    return (written) => endOf(ends, written) !== null;
  }

  /**
   * The files that paths of another place mean, by what their ends share with the files here; {@link noItem} where that is
   * not clear. Meant for a table none of whose paths is here.
   */
  async findEnds(written: Paths): Promise<Int32Array> {
    const ends = await this.#allEnds();
    return consistentEnds(written.size, (row) => endOf(ends, written.at(row)));
  }

  #add(image: number): void {
    const file = this.files.at(image);
    const path = composed(file);
    const twin = this.#paths.add(path, image);
    if (twin !== noItem) this.#twins.set(file, image).set(this.files.at(twin), twin);
    this.#names.add(path, image);
    this.#stems.add(path, image);
    this.#nameStems.add(path, image);
  }

  #spelled(spelling: string, folders: readonly string[], by: 'path' | 'stem'): Found {
    const [paths, names] = by === 'path' ? [this.#paths, this.#names] : [this.#stems, this.#nameStems];
    const path = normalise(spelling);
    if (path === '') return none;
    for (const folder of folders) {
      const exact = by === 'path' && folder === this.#root ? this.exact(spelling) : noItem;
      if (exact !== noItem) return { image: exact, by };
      const inRoot = folder === this.#root ? path : normalise(relative(this.#root, join(folder, path)));
      const image = paths.find(inRoot);
      if (image !== noItem) return image === severalItems ? several : { image, by };
    }
    if (isAbsolute(spelling)) {
      const image = paths.find(normalise(relative(this.#root, spelling)));
      if (image >= 0) return { image, by };
    }
    if (path.includes('/')) return none;
    const image = names.find(path);
    return image === noItem ? none : image === severalItems ? several : { image, by };
  }

  #allEnds(): Promise<PathEnds> {
    return (this.#ends ??= PathEnds.of(this.files));
  }
}

function endOf(ends: PathEnds, written: string): PathEnd | null {
  let best: PathEnd | null = null;
  for (const spelling of spellings(written)) {
    const end = ends.find(normalise(spelling));
    if (end !== null && (best === null || end.shared > best.shared)) best = end;
  }
  return best;
}
