/** Finds files as {@link FileIndex} does, by maps of strings and by looking at every file: the reference for it. */

import { isAbsolute, join, relative } from 'node:path';

import { composed, nameOf, normalise, spellings, stemOf } from '../../src/main/dataset/path-spellings.js';

type PlainFound = { readonly file: string; readonly by: 'path' | 'stem' } | { readonly why: 'none' | 'several' };

interface PlainEnd {
  readonly file: string;
  readonly shared: number;
  readonly left: number;
}

function keyed(files: readonly string[], keyOf: (file: string) => string): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(files, keyOf);
}

function sharedCount(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}

/** What occurs most often; of those, what came first. */
function mode(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

export class PlainFileIndex {
  readonly #root: string;
  readonly #files: readonly string[];

  constructor(root: string, files: readonly string[]) {
    this.#root = root;
    this.#files = files;
  }

  find(written: string, folders: readonly string[]): PlainFound {
    if (this.#files.includes(written) && folders[0] === this.#root) return { file: written, by: 'path' };
    let doubt: PlainFound = { why: 'none' };
    for (const by of ['path', 'stem'] as const) {
      for (const spelling of spellings(written)) {
        const found = this.#spelled(spelling, folders, by);
        if ('file' in found) return found;
        if (found.why === 'several') doubt = found;
      }
    }
    return doubt;
  }

  /** The file of each path of another place; null where that is not clear. */
  findEnds(written: readonly string[]): readonly (string | null)[] {
    const ends = written.map((path) => this.#bestEnd(path));
    const found = ends.filter((end) => end !== null);
    const left = mode(found.map((end) => end.left));
    const shared = mode(found.map((end) => end.shared));
    return ends.map((end) => (end !== null && (end.left === left || end.shared === shared) ? end.file : null));
  }

  #spelled(spelling: string, folders: readonly string[], by: 'path' | 'stem'): PlainFound {
    const keyOf = by === 'path' ? (path: string) => path : stemOf;
    const paths = keyed(this.#files, (file) => keyOf(composed(file)));
    const names = keyed(this.#files, (file) => keyOf(nameOf(composed(file))));
    const path = normalise(spelling);
    if (path === '') return { why: 'none' };
    const one = (files: readonly string[]): PlainFound =>
      files.length === 1 && files[0] !== undefined ? { file: files[0], by } : { why: 'several' };
    for (const folder of folders) {
      if (by === 'path' && folder === this.#root && this.#files.includes(spelling)) return { file: spelling, by };
      const files = paths.get(folder === this.#root ? path : normalise(relative(this.#root, join(folder, path))));
      if (files !== undefined) return one(files);
    }
    if (isAbsolute(spelling)) {
      const files = paths.get(normalise(relative(this.#root, spelling)));
      if (files?.length === 1) return one(files);
    }
    const files = path.includes('/') ? undefined : names.get(path);
    return files === undefined ? { why: 'none' } : one(files);
  }

  #bestEnd(written: string): PlainEnd | null {
    let best: PlainEnd | null = null;
    for (const spelling of spellings(written)) {
      const end = this.#end(normalise(spelling));
      if (end !== null && (best === null || end.shared > best.shared)) best = end;
    }
    return best;
  }

  #end(path: string): PlainEnd | null {
    const names = path
      .split('/')
      .reverse()
      .filter((name) => name !== '');
    const ends = this.#files.map((file) => ({ file, shared: sharedCount(composed(file).split('/').reverse(), names) }));
    const most = Math.max(0, ...ends.map(({ shared }) => shared));
    const [only, ...others] = ends.filter(({ shared }) => shared === most);
    return most === 0 || only === undefined || others.length > 0 ? null : { ...only, left: names.length - most };
  }
}
