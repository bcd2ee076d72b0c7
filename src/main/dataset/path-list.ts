/** The paths of a dataset's images in little memory: folders once, names as bytes. */

import { TextList } from './text-list.js';

/** Paths by their place in a listing. */
export interface Paths {
  readonly size: number;
  /** Empty beyond the end. */
  at(index: number): string;
}

/** Paths that were listed folder by folder. */
export class PathList implements Paths, Iterable<string> {
  readonly #names = new TextList();
  /** Folders with `/` at their end, and the place of the first path in each. */
  readonly #folders: string[] = [];
  readonly #starts: number[] = [];
  /** The folder that was read from last: paths are mostly read one after the other. */
  #last = 0;

  get size(): number {
    return this.#names.size;
  }

  /** What is added from here on lies in a folder: its path with `/` at the end, or empty. */
  enter(folder: string): void {
    if (this.#starts.at(-1) === this.size) {
      this.#starts.pop();
      this.#folders.pop();
    }
    this.#folders.push(folder);
    this.#starts.push(this.size);
  }

  add(name: string): void {
    this.#names.push(name);
  }

  /** Gives back the memory kept for more. */
  trim(): void {
    this.#names.trim();
  }

  at(index: number): string {
    if (index < 0 || index >= this.size) return '';
    return (this.#folders[this.#folderOf(index)] ?? '') + this.#names.at(index);
  }

  *[Symbol.iterator](): Generator<string, void, undefined> {
    for (let index = 0; index < this.size; index += 1) yield this.at(index);
  }

  #folderOf(index: number): number {
    for (const near of [this.#last, this.#last + 1]) {
      if (this.#isIn(near, index)) return (this.#last = near);
    }
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return (this.#last = low);
  }

  #isIn(folder: number, index: number): boolean {
    const start = this.#starts[folder];
    return start !== undefined && start <= index && index < (this.#starts[folder + 1] ?? Infinity);
  }
}
