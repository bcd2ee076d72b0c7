/** Decisions of a seeded random generator. */

import { uniform } from '../export-styles/random.js';

export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = uniform(seed);
    // Neighbouring seeds begin alike.
    for (let step = 0; step < 4; step += 1) this.#next();
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.#next() * below);
  }

  /** A whole number in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('Nothing to pick from');
    return item;
  }

  happens(probability: number): boolean {
    return this.#next() < probability;
  }
}

/** Sizes that no honest file has. */
export const absurdSizes: readonly number[] = [
  0,
  -1,
  -(2 ** 31),
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 53 - 1,
  -(2 ** 53) + 1,
  65536,
  1_000_000,
  3,
];
