/** The file names of all images by slot: bytes instead of a string an image, found by name, searched by text and put in order. */

import { isAscii } from 'node:buffer';

import { type Searched, searchBytes } from './byte-search.js';
import { NameBytes, type StoredNames } from './name-bytes.js';
import { NameLookup } from './name-lookup.js';
import { NameOrder } from './name-order.js';

export class FileNames {
  readonly #names = new NameBytes();
  readonly #lookup = new NameLookup(this.#names);
  readonly #order = new NameOrder(this.#names);
  /** Slots whose names hold more than ASCII, ascending. */
  #foreign: number[] = [];
  /** The names of these in small letters: in other scripts these may have another number of bytes. */
  #folded = new NameBytes();
  #found: { readonly text: string; readonly names: Uint8Array } | undefined;

  get size(): number {
    return this.#names.count;
  }

  /** Adds a name, which must not be there yet; returns its slot. */
  add(name: string): number {
    const slot = this.size;
    if (this.#names.add(name) !== name.length) this.#foreign.push(slot);
    return slot;
  }

  /** Adds names as {@link bytesOf} gave them. */
  append(stored: StoredNames): void {
    const first = this.size;
    this.#names.append(stored);
    if (isAscii(stored.bytes)) return;
    for (let slot = first; slot < this.size; slot += 1) {
      if (!isAscii(this.#names.at(slot))) this.#foreign.push(slot);
    }
  }

  /** The names of the slots from `first` to before `end`, to be stored; a view that is good until names are added or removed. */
  bytesOf(first: number, end: number): StoredNames {
    return this.#names.stored(first, end);
  }

  /** The name at a slot; empty where there is none. */
  at(slot: number): string {
    return slot < this.size ? this.#names.at(slot).toString() : '';
  }

  /** The slot of a name; undefined where no image has it. */
  slotOf(name: string): number | undefined {
    return this.#lookup.placeOf(name);
  }

  /** Makes ready for {@link slotOf}, so that nobody has to wait for it: some names between two yields. */
  finding(): Generator<void> {
    return this.#lookup.filling();
  }

  /** The slot of each of these. */
  slotsOf(names: readonly string[]): readonly (number | undefined)[] {
    return this.#lookup.placesOf(names);
  }

  /** Makes room for names of so many bytes in all. */
  reserve(names: number, bytes: number): void {
    this.#names.reserve(names, bytes);
  }

  /** Leaves only the slots with a 1 in `kept`; the others move up. */
  keep(kept: Uint8Array): void {
    this.#order.keep(kept);
    this.#names.keep(kept);
    this.#lookup.forget();
    this.#foreign = [];
    this.#folded = new NameBytes();
    this.#found = undefined;
    for (let slot = 0; slot < this.size; slot += 1) if (!isAscii(this.#names.at(slot))) this.#foreign.push(slot);
  }

  /**
   * `[size]`: 1 for each name that contains the text, whatever letters either is in; not to be written to. A text that holds the one asked
   * for before is searched for only in what that found.
   */
  containing(text: string): Uint8Array {
    const wanted = text.toLowerCase();
    const before = this.#found;
    const isSame = before?.text === wanted;
    if (isSame && before.names.length === this.size) return before.names;
    const names = new Uint8Array(this.size);
    if (isSame) names.set(before.names);
    const among = before?.names.length === this.size && wanted.includes(before.text) ? before.names : null;
    this.#search(wanted, { first: isSame ? before.names.length : 0, among }, names);
    this.#found = { text: wanted, names };
    return names;
  }

  /** Whether {@link ranks} are in step with the names. */
  get isOrdered(): boolean {
    return this.#order.ranks.length === this.size;
  }

  /** Brings {@link ranks} in step, some milliseconds between two yields; names may be added meanwhile. */
  ordering(): Generator<void> {
    return this.#order.follow();
  }

  /** `[size]`: the place of each name in the order of names: members of a container by number, other names by code point. */
  ranks(): Uint32Array {
    if (!this.isOrdered) for (const _ of this.ordering());
    return this.#order.ranks;
  }

  /** Puts in the ranks of the first names as {@link ranks} gave them. */
  putRanks(ranks: Uint32Array): void {
    this.#order.put(ranks);
  }

  #search(wanted: string, { first, among }: Searched, found: Uint8Array): void {
    if (wanted === '') {
      found.fill(1, first);
      return;
    }
    const bytes = Buffer.from(wanted);
    // A name of ASCII holds nothing else.
    if (isAscii(bytes)) searchBytes(this.#names, bytes, { first, among }, found);
    const foreign = this.#foreign;
    if (foreign.length === 0) return;
    for (const slot of foreign.slice(this.#folded.count)) this.#folded.add(this.at(slot).toLowerCase());
    const some = among === null ? null : Uint8Array.from(foreign, (slot) => among[slot] ?? 0);
    const also = new Uint8Array(foreign.length);
    searchBytes(this.#folded, bytes, { first: 0, among: some }, also);
    for (const [index, slot] of foreign.entries()) if (also[index] === 1) found[slot] = 1;
  }
}
