/** The images of one filter in one order: kept while images change, with a revision and the first places that earlier ones differ in. */

import type { ScoreId } from '../../shared/columns.js';
import type { Order } from '../../shared/query.js';
import { type Part, partOfOrder, placeInOrder } from './part-of-order.js';
import type { Follower } from './followers.js';
import type { ImageTable } from './image-table.js';
import { KeptOrder } from './kept-order.js';
import type { Orders } from './orders.js';
import { sortedByFigures } from './radix-sort.js';
import { restsOn, type SortKeys, sortKeys } from './sort-keys.js';
import { passing, type Standing } from './standing.js';

/** So many changes are remembered. */
const mostChanges = 64;

/** Up to this part of all images a selection is sorted by itself where its order is not kept. */
const small = 1 / 8;

/** Of so many images it is remembered how they stood, so that a verdict need not sort all. */
const fewSlots = 64;

/** With more parts asked for, sorting all is the shorter way. */
const mostParts = 6;

/** Begins with the time, so that a revision of an earlier process is none of this one. */
let newest = Date.now();

/** A change of the selection, and the first place that it changed. */
interface Change {
  readonly before: number;
  readonly from: number;
}

/** It hears of changes after its filter and its order did. */
export class KeptSelection implements Follower {
  readonly order: Order;
  readonly #table: ImageTable;
  readonly #orders: Orders;
  readonly #standing: Standing;
  /** Absent until more is asked for than a few parts: sorting takes longer than finding these. */
  #images: KeptOrder | undefined;
  readonly #keys: SortKeys;
  #isKept = true;
  #revision = (newest += 1);
  #changes: Change[] = [];
  /** How images stood that have left while it was not sorted. */
  #left: readonly (number | null)[] | undefined;
  /** Asked for while it was not sorted. */
  #parts = 0;

  constructor(table: ImageTable, orders: Orders, standing: Standing, order: Order) {
    this.#table = table;
    this.#orders = orders;
    this.#standing = standing;
    this.order = order;
    this.#keys = sortKeys(table, order.by);
  }

  /** Grows with every change of the selection. */
  get revision(): number {
    this.#refresh();
    return this.#revision;
  }

  /** Images in it. */
  get count(): number {
    return this.#images === undefined ? this.#standing.count : this.slots.length;
  }

  /** In order; a view that is good until the next change. */
  get slots(): Uint32Array {
    return this.#refreshed().slots;
  }

  /** Sorts it, where only parts of it were asked for so far. */
  sort(): void {
    this.#refreshed();
  }

  /** Some of {@link slots}: the first few that are asked for are found without sorting all. */
  part({ from, end }: Part): Uint32Array {
    if (this.#isUnsorted && this.#parts < mostParts) {
      this.#parts += 1;
      const part = { from, end: Math.min(end, this.count) };
      const found = partOfOrder(this.#keys.all(), this.#standing.values, part, this.order.descending);
      if (found !== null) return found;
    }
    return this.slots.subarray(from, end);
  }

  /** Where an image is; -1 for one that is not in it. */
  placeOf(slot: number): number {
    if (!this.#standing.isIn(slot)) return -1;
    if (!this.#isUnsorted) return this.#refreshed().placeOf(slot);
    return placeInOrder(this.#keys.all(), this.#standing.values, slot, this.order.descending);
  }

  /** Where each of many images is. */
  placesOf(slots: readonly number[]): Int32Array {
    const images = this.#refreshed();
    return Int32Array.from(slots, (slot) => images.placeOf(slot));
  }

  /** The first place that differs from what it was at a revision; 0 where that is not known. */
  from(since: number | null): number {
    this.#refresh();
    if (since === this.#revision) return this.count;
    const first = this.#changes.findIndex(({ before }) => before === since);
    if (first < 0) return 0;
    return this.#changes.slice(first).reduce((least, { from }) => Math.min(least, from), this.count);
  }

  leave(slots: Uint32Array): void {
    if (!this.#isKept) return;
    if (this.#isUnsorted && slots.length <= fewSlots) this.#left = Array.from(slots, (slot) => this.#standsAt(slot));
    else this.#refreshed().leave(slots);
  }

  enter(slots: Uint32Array): void {
    if (!this.#isKept) return;
    const left = this.#left;
    this.#left = undefined;
    // Of what was not sorted yet when these left, it is not known where they were.
    if (this.#images !== undefined) this.#changed(this.#images.enter(slots));
    else if (left?.length !== slots.length || left.some((key, at) => !Object.is(key, this.#standsAt(slots[at] ?? 0))))
      this.#changed(0);
  }

  forget(scores: readonly ScoreId[] | null): void {
    if (scores !== null && !restsOn(this.order, scores) && !this.#standing.restsOn(scores)) return;
    if (this.#images === undefined) this.#changed(0);
    else this.#isKept = false;
  }

  /** What decides on the place of an image; null for one that is not in it. */
  #standsAt(slot: number): number | null {
    return this.#standing.isIn(slot) ? this.#keys.at(slot) : null;
  }

  get #isUnsorted(): boolean {
    return this.#images === undefined && !this.#orders.has(this.order) && !this.#isSmall;
  }

  /** Sorting it alone is the shorter way. */
  get #isSmall(): boolean {
    return this.#standing.count < this.#table.facts.size * small;
  }

  #refreshed(): KeptOrder {
    this.#refresh();
    return (this.#images ??= this.#sorted());
  }

  /** Brings it in step where so much changed that it was not followed. */
  #refresh(): void {
    if (this.#isKept || this.#images === undefined) return;
    const before = this.#images.slots;
    this.#images = this.#sorted();
    this.#isKept = true;
    const after = this.#images.slots;
    let same = 0;
    while (same < before.length && same < after.length && before[same] === after[same]) same += 1;
    this.#changed(same === before.length && same === after.length ? null : same);
  }

  #changed(from: number | null): void {
    if (from === null) return;
    this.#changes.push({ before: this.#revision, from });
    if (this.#changes.length > mostChanges) this.#changes.shift();
    this.#revision = newest += 1;
  }

  #sorted(): KeptOrder {
    const { values } = this.#standing;
    const isAlone = this.#isSmall && !this.#orders.has(this.order);
    const slots = isAlone ? this.#sortedAlone() : passing(this.#orders.slots(this.order), values);
    return new KeptOrder(slots, this.#keys, this.order.descending, (slot) => this.#standing.isIn(slot));
  }

  #sortedAlone(): Uint32Array {
    const slots = this.#standing.slots();
    const keys = this.#keys.all();
    const order = sortedByFigures(
      Float64Array.from(slots, (slot) => keys[slot] ?? NaN),
      this.order.descending,
    );
    return order.map((place) => slots[place] ?? 0);
  }
}
