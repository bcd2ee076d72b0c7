/** Finds a dataset's files by the ways in which a row of a table may name them. */

import { isAbsolute, join, relative } from 'node:path';

import { disarmed } from './armed-cell.js';
import { hasImageExtension } from './file-kinds.js';
import { consistentEnds, type PathEnd, PathEnds } from './path-ends.js';

/** A file, or why there is none: nothing of that name, or several. */
export type Found =
  { readonly file: string; readonly by: 'path' | 'stem' } | { readonly file: null; readonly why: 'none' | 'several' };

const none: Found = { file: null, why: 'none' };
const several: Found = { file: null, why: 'several' };

/** One spelling for a path however it was written: `/` between folders, composed characters, no `./`. */
function normalise(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(/^(?:\.?\/)+/, '')
    .normalize('NFC');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign: no encoding.
    return text;
  }
}

/** The path in an address: without query, or what a query such as `?d=photos/a.jpg` names; decoded. */
function addressed(written: string): readonly string[] {
  if (!/[%?+]/.test(written)) return [];
  const [address = '', query] = written.split('?', 2);
  const named = query === undefined ? null : (/(?:^|&)(?:d|path|file|filename)=([^&]+)/.exec(query)?.[1] ?? null);
  const places = [written, ...(named === null ? [] : [named]), ...(query === undefined ? [] : [address])];
  // Forms write a space as a plus sign.
  const forms = places.filter((place) => place.includes('+')).map((place) => place.replaceAll('+', ' '));
  return [...places, ...forms].map(decoded);
}

/** The spellings to try, the likeliest first. */
function* spellings(written: string): Generator<string, void, undefined> {
  yield written;
  const trimmed = written.trim();
  if (trimmed !== written) yield trimmed;
  if (disarmed(written) !== written) yield disarmed(written);
  const [, , quoted] = /^(['"`])(.+)\1$/.exec(trimmed) ?? [];
  if (quoted !== undefined) yield quoted;
  yield* addressed(trimmed);
  // Annotation tools put eight digits before the names of what is uploaded to them.
  const uploaded = trimmed.replace(/(^|\/)[0-9a-f]{8}-(?=[^/]+$)/, '$1');
  if (uploaded !== trimmed) yield decoded(uploaded);
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Without the extension of an image; other dots belong to the name. */
function stemOf(path: string): string {
  return hasImageExtension(path) ? path.slice(0, path.lastIndexOf('.')) : path;
}

/** Files by a key; null where several share it. */
type Keyed = ReadonlyMap<string, string | null>;

function keyed(files: readonly string[], keyOf: (file: string) => string): Keyed {
  const map = new Map<string, string | null>();
  for (const file of files) {
    const key = keyOf(file);
    map.set(key, map.has(key) ? null : file);
  }
  return map;
}

/** Makes a value when it is first asked for. */
function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

export class FileIndex {
  readonly #root: string;
  readonly #exact: () => ReadonlySet<string>;
  readonly #paths: () => Keyed;
  readonly #names: () => Keyed;
  readonly #stems: () => Keyed;
  readonly #nameStems: () => Keyed;
  readonly #ends: () => PathEnds;

  /** @param files paths relative to `root` with `/` */
  constructor(root: string, files: readonly string[]) {
    this.#root = root;
    const composed = (file: string): string => file.normalize('NFC');
    this.#exact = lazy(() => new Set(files));
    this.#paths = lazy(() => keyed(files, composed));
    this.#names = lazy(() => keyed(files, (file) => nameOf(composed(file))));
    this.#stems = lazy(() => keyed(files, (file) => stemOf(composed(file))));
    this.#nameStems = lazy(() => keyed(files, (file) => stemOf(nameOf(composed(file)))));
    this.#ends = lazy(() => new PathEnds(files));
  }

  /** Whether a file has exactly this path. */
  has(file: string): boolean {
    return this.#exact().has(file);
  }

  /**
   * The file that a cell names: by its path relative to the root or to one of `folders` (absolute; the first that has
   * it), by a bare name that only one file has, or by either without the extension.
   */
  find(written: string, folders: readonly string[]): Found {
    if (this.has(written) && folders[0] === this.#root) return { file: written, by: 'path' };
    let doubt = none;
    for (const by of ['path', 'stem'] as const) {
      for (const spelling of spellings(written)) {
        const found = this.#spelled(spelling, folders, by);
        if (found.file !== null) return found;
        if (found.why === 'several') doubt = found;
      }
    }
    return doubt;
  }

  #spelled(spelling: string, folders: readonly string[], by: 'path' | 'stem'): Found {
    const [paths, names] = by === 'path' ? [this.#paths(), this.#names()] : [this.#stems(), this.#nameStems()];
    const path = normalise(spelling);
    if (path === '') return none;
    for (const folder of folders) {
      if (by === 'path' && folder === this.#root && this.has(spelling)) return { file: spelling, by };
      const inRoot = folder === this.#root ? path : normalise(relative(this.#root, join(folder, path)));
      const file = paths.get(inRoot);
      if (file !== undefined) return file === null ? several : { file, by };
    }
    if (isAbsolute(spelling)) {
      const file = paths.get(normalise(relative(this.#root, spelling)));
      if (typeof file === 'string') return { file, by };
    }
    if (path.includes('/')) return none;
    const file = names.get(path);
    return file === undefined ? none : file === null ? several : { file, by };
  }

  /**
   * The files that paths of another place mean, by what their ends share with the files here; null where that is not
   * clear. Meant for a table none of whose paths is here.
   */
  findEnds(written: readonly string[]): readonly (string | null)[] {
    return consistentEnds(written.map((path) => this.#end(path))).map((end) => end?.file ?? null);
  }

  /** Whether the end of a path names a file. */
  endsLike(written: string): boolean {
    return this.#end(written) !== null;
  }

  #end(written: string): PathEnd | null {
    let best: PathEnd | null = null;
    for (const spelling of spellings(written)) {
      const end = this.#ends().find(normalise(spelling));
      if (end !== null && (best === null || end.shared > best.shared)) best = end;
    }
    return best;
  }
}
