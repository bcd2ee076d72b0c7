/** Turns the engine's raw TIS arrays into saliency maps with their figures: contrast, sampling error, split-half correlation. */

import { classIndex, type SaliencyMap } from '../../shared/audit.js';
import type { TisMaps } from '../engine/engine.js';
import { pearson } from '../../shared/correlation.js';

/** max - mean over the covered tokens; 0 when none is covered. */
export function contrastOf(map: Float32Array): number {
  let n = 0;
  let sum = 0;
  let max = -Infinity;
  for (const value of map) {
    if (Number.isNaN(value)) continue;
    n++;
    sum += value;
    max = Math.max(max, value);
  }
  return n === 0 ? 0 : max - sum / n;
}

/**
 * Root-mean-square sampling error of a map whose two halves (from the even and from the odd masks) are given. The map is
 * their mean, so its variance is a quarter of the variance of their difference.
 */
export function samplingErrorOf(even: Float32Array, odd: Float32Array): number {
  let n = 0;
  let sum = 0;
  for (let i = 0; i < even.length; i++) {
    const difference = (even[i] ?? NaN) - (odd[i] ?? NaN);
    if (Number.isNaN(difference)) continue;
    n++;
    sum += difference * difference;
  }
  return n === 0 ? 0 : Math.sqrt(sum / n) / 2;
}

/** The maps of an outcome in its order of classes; all figures in probability, raw. */
export function saliencyMaps(outcome: TisMaps): SaliencyMap[] {
  const tokens = outcome.gridWidth * outcome.gridHeight;
  const count = outcome.classes.length;
  return Array.from(outcome.classes, (index, row) => {
    const part = (array: Float32Array, at: number): Float32Array => array.slice(at * tokens, (at + 1) * tokens);
    const kept = part(outcome.kept, row);
    const even = part(outcome.halves, row);
    const odd = part(outcome.halves, count + row);
    return {
      classIndex: classIndex(index),
      probability: outcome.probabilities[index] ?? 0,
      kept,
      dropped: part(outcome.dropped, row),
      contrast: contrastOf(kept),
      samplingError: samplingErrorOf(even, odd),
      splitHalfCorrelation: pearson(even, odd) ?? 0,
    };
  });
}
