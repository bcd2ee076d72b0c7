/** Tells of every change of the columns, so that what is counted or put in order over them is kept in step instead of done anew. */

import type { ScoreId } from '../../shared/columns.js';

/** Something that is counted or put in order over the columns. */
export interface Follower {
  /** These are about to change, and are still as they were when they came in. */
  leave(slots: Uint32Array): void;
  /** These have changed; those that did not leave are new. */
  enter(slots: Uint32Array): void;
  /** So much changes that it is to be counted anew when somebody asks: of these scores, or of everything. */
  forget(scores: readonly ScoreId[] | null): void;
}

/** From this part of the images on, counting anew is the shorter way. */
const most = 1 / 8;

export class Followers {
  readonly #followers: Follower[] = [];
  readonly #images: { readonly size: number };
  /** Slots that have left. */
  #out: ReadonlySet<number> = new Set();

  constructor(images: { readonly size: number }) {
    this.#images = images;
  }

  /** From now on this one hears of changes, after those that were here before. */
  add<One extends Follower>(follower: One): One {
    this.#followers.push(follower);
    return follower;
  }

  /** Does `work`, which writes columns of these slots and of no others. Within it, changes of the same slots are part of it. */
  change<Result>(slots: Iterable<number>, work: () => Result): Result {
    const changing = new Set(slots);
    for (const slot of this.#out) changing.delete(slot);
    if (changing.size === 0) return work();
    // Places that were noted when the first left would be others by the time they enter.
    if (this.#out.size > 0 || changing.size > this.#images.size * most) return this.all(work);
    const leaving = Uint32Array.from(changing);
    for (const follower of this.#followers) follower.leave(leaving);
    this.#out = changing;
    try {
      return work();
    } finally {
      this.#out = new Set();
      for (const follower of this.#followers) follower.enter(leaving);
    }
  }

  /** Does `work`, which writes any slots of these scores, or of all columns. */
  all<Result>(work: () => Result, scores: readonly ScoreId[] | null = null): Result {
    for (const follower of this.#followers) follower.forget(scores);
    return work();
  }

  /** There are images up to before `end` now, of which there were `first`; all their columns can be read. */
  added(first: number, end: number): void {
    if (end - first > end * most) {
      for (const follower of this.#followers) follower.forget(null);
      return;
    }
    const slots = Uint32Array.from({ length: end - first }, (_, index) => first + index);
    for (const follower of this.#followers) follower.enter(slots);
  }
}
