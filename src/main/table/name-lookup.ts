/** Finds the place of a name: a hash table with open addressing in one typed array, filled when it is first asked. */

import type { NameBytes } from './name-bytes.js';

/** FNV-1a, mixed once more: its low bits alone are alike for names that differ in the last characters. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Names put in between two yields: some milliseconds. */
const portion = 4096;

/** Going through all names is the shorter way for fewer than this part of them. */
const few = 8;

/** The last ten bytes and how many there are, as one number: names differ there first. */
function endOf(bytes: Uint8Array, start: number, end: number): number {
  let key = end - start;
  for (let at = Math.max(start, end - 10); at < end; at += 1) key = Math.imul(key, 31) + (bytes[at] ?? 0);
  return key | 0;
}

export class NameLookup {
  readonly #names: NameBytes;
  /** One more than the place of a name, 0 for none; at least twice as many as there are names, a power of two. */
  #places = new Uint32Array(0);
  #count = 0;

  constructor(names: NameBytes) {
    this.#names = names;
  }

  /** The first place of a name; undefined where there is none. */
  placeOf(name: string): number | undefined {
    this.#follow();
    const bytes = Buffer.from(name);
    const at = this.#find(bytes, 0, bytes.length);
    const place = this.#places[at] ?? 0;
    return place === 0 ? undefined : place - 1;
  }

  /** The first place of each of these; undefined where there is none. Few of many names are found without a table of all. */
  placesOf(names: readonly string[]): readonly (number | undefined)[] {
    const isFilled = this.#count === this.#names.count;
    if (isFilled || names.length * few > this.#names.count) return names.map((name) => this.placeOf(name));
    return this.#goThrough(names.map((name) => Buffer.from(name)));
  }

  /** Names were removed: places are others now. */
  forget(): void {
    this.#places = new Uint32Array(0);
    this.#count = 0;
  }

  #goThrough(wanted: readonly Buffer[]): readonly (number | undefined)[] {
    const { bytes, starts, count } = this.#names;
    const found = new Array<number | undefined>(wanted.length).fill(undefined);
    const byEnd = new Map<number, number[]>();
    for (const [index, name] of wanted.entries()) {
      const key = endOf(name, 0, name.length);
      const alike = byEnd.get(key);
      if (alike === undefined) byEnd.set(key, [index]);
      else alike.push(index);
    }
    for (let place = 0, start = 0; place < count; place += 1) {
      const end = starts[place + 1] ?? 0;
      for (const index of byEnd.get(endOf(bytes, start, end)) ?? []) {
        const name = wanted[index];
        if (name !== undefined && found[index] === undefined && this.#isAt(place, name, 0, name.length))
          found[index] = place;
      }
      start = end;
    }
    return found;
  }

  /** Fills the table, so that nobody has to wait for it: some names between two yields. */
  *filling(): Generator<void> {
    while (this.#count < this.#names.count) {
      this.#fill(Math.min(this.#names.count, this.#count + portion));
      yield;
    }
  }

  #follow(): void {
    this.#fill(this.#names.count);
  }

  /** Brings it in step with the names up to before `end`. */
  #fill(end: number): void {
    const { bytes, starts, count } = this.#names;
    if (count * 2 > this.#places.length || this.#places.length === 0) {
      let room = 16;
      while (room < count * 3) room *= 2;
      this.#places = new Uint32Array(room);
      this.#count = 0;
    }
    for (; this.#count < end; this.#count += 1) {
      const at = this.#find(bytes, starts[this.#count] ?? 0, starts[this.#count + 1] ?? 0);
      if (this.#places[at] === 0) this.#places[at] = this.#count + 1;
    }
  }

  /** Where a name lies in the table, or where it would be put. */
  #find(bytes: Uint8Array, start: number, end: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    for (let at = hashOf(bytes, start, end) & mask; ; at = (at + 1) & mask) {
      const place = places[at] ?? 0;
      if (place === 0 || this.#isAt(place - 1, bytes, start, end)) return at;
    }
  }

  #isAt(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { bytes: all, starts } = this.#names;
    const from = starts[place] ?? 0;
    if ((starts[place + 1] ?? 0) - from !== end - start) return false;
    for (let at = 0; at < end - start; at += 1) if (all[from + at] !== bytes[start + at]) return false;
    return true;
  }
}
