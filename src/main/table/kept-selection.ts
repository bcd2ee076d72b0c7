/** The images of one filter in one order: kept while images change, with a revision and the first places that earlier ones differ in. */

import type { ScoreId } from '../../shared/columns.js';
import type { Order } from '../../shared/query.js';
import type { Follower } from './followers.js';
import type { ImageTable } from './image-table.js';
import { KeptOrder } from './kept-order.js';
import type { Orders } from './orders.js';
import { restsOn, sortKeys } from './sort-keys.js';
import { passing, type Standing } from './standing.js';

/** So many changes are remembered. */
const mostChanges = 64;

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
  #images: KeptOrder;
  #isKept = true;
  #revision = (newest += 1);
  #changes: Change[] = [];

  constructor(table: ImageTable, orders: Orders, standing: Standing, order: Order) {
    this.#table = table;
    this.#orders = orders;
    this.#standing = standing;
    this.order = order;
    this.#images = this.#sorted();
  }

  /** Grows with every change of the selection. */
  get revision(): number {
    this.#refresh();
    return this.#revision;
  }

  /** In order; a view that is good until the next change. */
  get slots(): Uint32Array {
    this.#refresh();
    return this.#images.slots;
  }

  /** Where an image is; -1 for one that is not in it. */
  placeOf(slot: number): number {
    this.#refresh();
    return this.#images.placeOf(slot);
  }

  /** The first place that differs from what it was at a revision; 0 where that is not known. */
  from(since: number | null): number {
    const { length } = this.slots;
    if (since === this.#revision) return length;
    const first = this.#changes.findIndex(({ before }) => before === since);
    if (first < 0) return 0;
    return this.#changes.slice(first).reduce((least, { from }) => Math.min(least, from), length);
  }

  leave(slots: Uint32Array): void {
    if (this.#isKept) this.#images.leave(slots);
  }

  enter(slots: Uint32Array): void {
    if (this.#isKept) this.#changed(this.#images.enter(slots));
  }

  forget(scores: readonly ScoreId[] | null): void {
    if (scores === null || restsOn(this.order, scores) || this.#standing.restsOn(scores)) this.#isKept = false;
  }

  #refresh(): void {
    if (this.#isKept) return;
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
    const slots = passing(this.#orders.slots(this.order), this.#standing.values);
    const keys = sortKeys(this.#table, this.order.by);
    return new KeptOrder(slots, keys, this.order.descending, (slot) => this.#standing.isIn(slot));
  }
}
