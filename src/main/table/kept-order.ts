/** Images in an order, kept while images change: only those whose place changes are taken out and put in again. */

import type { SortKeys } from './sort-keys.js';
import { slotComparison } from './sort-keys.js';
import { SortedSlots } from './sorted-slots.js';

interface Left {
  readonly key: number;
  /** -1 for one that was not in it. */
  readonly place: number;
}

export class KeptOrder {
  readonly #keys: SortKeys;
  readonly #sorted: SortedSlots;
  readonly #isIn: (slot: number) => boolean;
  #left = new Map<number, Left>();

  /**
   * @param slots those that are in it, in order
   * @param isIn whether a slot is in it, as it is when asked
   */
  constructor(slots: Uint32Array, keys: SortKeys, descending: boolean, isIn: (slot: number) => boolean = () => true) {
    this.#keys = keys;
    this.#isIn = isIn;
    this.#sorted = new SortedSlots(slots, slotComparison(keys, descending));
  }

  /** In order; a view that is good until the next change. */
  get slots(): Uint32Array {
    return this.#sorted.all;
  }

  /** Where an image is; -1 for one that is not in it. */
  placeOf(slot: number): number {
    return this.#isIn(slot) ? this.#sorted.placeOf(slot) : -1;
  }

  /** These are about to change. */
  leave(slots: Uint32Array): void {
    this.#left = new Map();
    for (const slot of slots) this.#left.set(slot, { key: this.#keys.at(slot), place: this.placeOf(slot) });
  }

  /** These have changed, or are new; returns the first place that has changed by that, null where none has. */
  enter(slots: Uint32Array): number | null {
    const out: { readonly place: number; readonly slot: number }[] = [];
    const into: number[] = [];
    for (const slot of slots) {
      const left = this.#left.get(slot);
      const isIn = this.#isIn(slot);
      const wasIn = left !== undefined && left.place >= 0;
      if (wasIn && isIn && isSame(left.key, this.#keys.at(slot))) continue;
      if (wasIn) out.push({ place: left.place, slot });
      if (isIn) into.push(slot);
    }
    this.#left.clear();
    if (out.length + into.length === 0) return null;
    out.sort((a, b) => a.place - b.place);
    this.#sorted.takeOut(out.map(({ place }) => place));
    const put = this.#sorted.putIn(into);
    return firstDifference(out, put);
  }
}

const isSame = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

/** What was put in where the same was taken out has not changed a place. */
function firstDifference(
  out: readonly { readonly place: number; readonly slot: number }[],
  put: { readonly places: readonly number[]; readonly slots: readonly number[] },
): number | null {
  let same = 0;
  while (
    same < out.length &&
    same < put.places.length &&
    out[same]?.place === put.places[same] &&
    out[same]?.slot === put.slots[same]
  ) {
    same += 1;
  }
  if (same === out.length && same === put.places.length) return null;
  return Math.min(out[same]?.place ?? Infinity, put.places[same] ?? Infinity);
}
