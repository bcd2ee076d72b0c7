/** Finds the one file that the end of a path written elsewhere names: `C:\photos\train\ant.png` for `train/ant.png`. */

import { setImmediate } from 'node:timers/promises';

import { endHashes, KeyTable, noItem, severalItems } from './key-table.js';
import type { Paths } from './path-list.js';
import { composed } from './path-spellings.js';

/** A file whose path ends as the written one does. */
export interface PathEnd {
  /** Its place in the listing. */
  readonly image: number;
  /** How many folders and names are the same, from the end. */
  readonly shared: number;
  /** How many of the written path are left at its beginning. */
  readonly left: number;
}

const depthOf = (path: string): number => path.split('/').length;

/** How many paths are read in one go: a few milliseconds of work. */
const portion = 4096;

/** Every end of every path, by its text. */
export class PathEnds {
  readonly #files: Paths;
  /** An end is an item: those of the first path from 0, its name first, then those of the second. */
  readonly #table: KeyTable;
  readonly #firsts: Int32Array;

  private constructor(files: Paths, firsts: Int32Array) {
    this.#files = files;
    this.#firsts = firsts;
    this.#table = new KeyTable(firsts[files.size] ?? 0);
  }

  static async of(files: Paths): Promise<PathEnds> {
    const firsts = new Int32Array(files.size + 1);
    for (let image = 0; image < files.size; image += 1) {
      firsts[image + 1] = (firsts[image] ?? 0) + depthOf(files.at(image));
      if (image % portion === portion - 1) await setImmediate();
    }
    const ends = new PathEnds(files, firsts);
    for (let image = 0; image < files.size; image += 1) {
      ends.#add(image);
      if (image % portion === portion - 1) await setImmediate();
    }
    return ends;
  }

  /** The file that shares the longest end with a path written with `/`; null when none or several do. */
  find(written: string): PathEnd | null {
    const names = composed(written)
      .split('/')
      .filter((name) => name !== '');
    const path = names.join('/');
    if (path === '') return null;
    for (const [k, { from, hash }] of [...endHashes(path).entries()].reverse()) {
      const item = this.#table.find(hash, this.#isEnd(path.slice(from), k));
      if (item === severalItems) return null;
      if (item !== noItem) return { image: this.#imageOf(item), shared: k + 1, left: names.length - k - 1 };
    }
    return null;
  }

  #add(image: number): void {
    const path = composed(this.#files.at(image));
    for (const [k, { from, hash }] of endHashes(path).entries()) {
      this.#table.add(hash, (this.#firsts[image] ?? 0) + k, this.#isEnd(path.slice(from), k));
    }
  }

  /** Tells whether an item is the end with this text, which has `k` folders. */
  #isEnd(end: string, k: number): (item: number) => boolean {
    return (item) => {
      const image = this.#imageOf(item);
      if (item - (this.#firsts[image] ?? 0) !== k) return false;
      const path = composed(this.#files.at(image));
      return path.endsWith(end) && (path.length === end.length || path[path.length - end.length - 1] === '/');
    };
  }

  #imageOf(item: number): number {
    let low = 0;
    let high = this.#files.size - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#firsts[middle] ?? 0) <= item) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** What occurs most often among numbers; of those, what came first. 0 where there are none. */
class Mode {
  readonly #counts = new Map<number, number>();

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  get value(): number {
    return [...this.#counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
  }
}

/**
 * Which of the ends found for a table, a row after the other, are meant: those that leave as much of their paths, or share
 * as much, as most do. So `ant/0.png`, which is not here, is not taken for `bee/0.png` because of its name alone.
 * Returns the image of each row, or {@link noItem}.
 */
export async function consistentEnds(rows: number, endOf: (row: number) => PathEnd | null): Promise<Int32Array> {
  const images = new Int32Array(rows).fill(noItem);
  const lefts = new Int32Array(rows);
  const shareds = new Int32Array(rows);
  const left = new Mode();
  const shared = new Mode();
  for (let row = 0; row < rows; row += 1) {
    if (row % portion === portion - 1) await setImmediate();
    const end = endOf(row);
    if (end === null) continue;
    images[row] = end.image;
    lefts[row] = end.left;
    shareds[row] = end.shared;
    left.add(end.left);
    shared.add(end.shared);
  }
  const [mostLeft, mostShared] = [left.value, shared.value];
  return images.map((image, row) => (lefts[row] === mostLeft || shareds[row] === mostShared ? image : noItem));
}
