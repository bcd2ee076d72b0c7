/** The last few orders of all images, kept in step, so that another filter or going back sorts nothing. */

import type { ScoreId } from '../../shared/columns.js';
import type { Order } from '../../shared/query.js';
import type { Follower } from './followers.js';
import type { ImageTable } from './image-table.js';
import { KeptOrder } from './kept-order.js';
import { sortedByFigures } from './radix-sort.js';
import { restsOn, type SortKeys, sortKeys } from './sort-keys.js';

/** Four bytes an image each. */
const most = 4;

const nameOf = ({ by, descending }: Order): string => `${by} ${descending ? 'descending' : 'ascending'}`;

interface Kept {
  readonly order: Order;
  readonly images: KeptOrder;
}

export class Orders implements Follower {
  readonly #table: ImageTable;
  /** The one used last at the end. */
  readonly #kept = new Map<string, Kept>();
  /** Those that have left: an order that another follower asks for when they leave is to know of them. */
  #out: Uint32Array | undefined;

  constructor(table: ImageTable) {
    this.#table = table;
  }

  /** Whether this order is kept, so that nothing needs to be sorted. */
  has(order: Order): boolean {
    return this.#kept.has(nameOf(order));
  }

  /** All slots in this order; a view that is good until the next change. */
  slots(order: Order): Uint32Array {
    const name = nameOf(order);
    const kept = this.#kept.get(name) ?? { order, images: this.#sorted(order) };
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    for (const oldest of this.#kept.keys()) if (this.#kept.size > most) this.#kept.delete(oldest);
    return kept.images.slots;
  }

  leave(slots: Uint32Array): void {
    this.#out = slots;
    for (const { images } of this.#kept.values()) images.leave(slots);
  }

  enter(slots: Uint32Array): void {
    this.#out = undefined;
    for (const { images } of this.#kept.values()) images.enter(slots);
  }

  forget(scores: readonly ScoreId[] | null): void {
    for (const [name, { order }] of this.#kept) {
      if (scores === null || restsOn(order, scores)) this.#kept.delete(name);
    }
  }

  #sorted({ by, descending }: Order): KeptOrder {
    const keys: SortKeys = sortKeys(this.#table, by);
    const images = new KeptOrder(sortedByFigures(keys.all(), descending), keys, descending);
    if (this.#out !== undefined) images.leave(this.#out);
    return images;
  }
}
