/** Counts of how far label and prediction were compared, a tally a group of images; images can be taken away as they were counted. */

import type { ComparedCounts } from '../../shared/audit.js';

/** What is counted of an image: -1 for no prediction or class, NaN for no probability. */
export interface Compared {
  readonly top1: number;
  readonly labelClass: number;
  readonly probability: number;
}

/**
 * Probabilities are summed in whole steps, so that what is taken away leaves exactly what was there: sums stay below 2^53 for eight
 * million images, and a step is less than the rounding of a float32.
 */
const steps = 2 ** 30;

/** More labels than there are; a higher number comes from a damaged file and is none. */
const mostGroups = 2 ** 22;

interface Tally {
  images: number;
  predicted: number;
  compared: number;
  disagreements: number;
  /** Sums of the top probability and of its square, in steps. */
  sum: number;
  squares: number;
}

const emptyTally = (): Tally => ({ images: 0, predicted: 0, compared: 0, disagreements: 0, sum: 0, squares: 0 });

const countsOf = ({ images, predicted, compared, disagreements }: Tally): ComparedCounts => ({
  images,
  predicted,
  compared,
  disagreements,
});

export class ComparedTallies {
  /** By one more than the group's number, which is -1 for none. */
  readonly #tallies: (Tally | undefined)[] = [];

  count(group: number, { top1, labelClass, probability }: Compared, times: 1 | -1): void {
    const tally = (this.#tallies[group < mostGroups ? group + 1 : 0] ??= emptyTally());
    tally.images += times;
    if (!Number.isNaN(probability)) {
      tally.sum += times * Math.round(probability * steps);
      tally.squares += times * Math.round(probability ** 2 * steps);
    }
    if (top1 < 0) return;
    tally.predicted += times;
    if (labelClass < 0) return;
    tally.compared += times;
    if (labelClass !== top1) tally.disagreements += times;
  }

  /** The groups that have images, ascending. */
  groups(): readonly number[] {
    return this.#tallies.flatMap((tally, place) => (tally === undefined || tally.images === 0 ? [] : place - 1));
  }

  of(group: number): ComparedCounts {
    return countsOf(this.#tallies[group + 1] ?? emptyTally());
  }

  /** Mean and variance of the top probability. */
  confidenceOf(group: number): { readonly confidence: number; readonly confidenceVariance: number } {
    const { predicted, sum, squares } = this.#tallies[group + 1] ?? emptyTally();
    if (predicted === 0) return { confidence: 0, confidenceVariance: 0 };
    const mean = sum / steps / predicted;
    return { confidence: mean, confidenceVariance: Math.max(0, squares / steps / predicted - mean ** 2) };
  }

  /** All groups together. */
  all(): ComparedCounts {
    const all = emptyTally();
    for (const tally of this.#tallies) {
      if (tally === undefined) continue;
      all.images += tally.images;
      all.predicted += tally.predicted;
      all.compared += tally.compared;
      all.disagreements += tally.disagreements;
    }
    return countsOf(all);
  }
}
