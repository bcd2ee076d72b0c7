/** Confidence-weighted entropy: how spread the probabilities are for what the label itself gets (Kuan & Mueller 2022; cleanlab 2.9). */

import { entropy } from './entropy.js';
import type { OwnScore } from './score.js';

const smallest = 1e-6;

/**
 * `ln(s + 1) / max(s, 1e-6)` with `s = (H(p) / ln C) / max(p[y], 1e-6)` for `probabilities` `[C]`; the entropy of a single class is
 * 0. As in cleanlab, the score of a one-hot prediction (s below 1e-6) falls towards 0 although nothing speaks against the label.
 */
function weightedEntropy(probabilities: Float32Array, label: number): number {
  const classes = probabilities.length;
  const normalised = classes < 2 ? 0 : entropy(probabilities) / Math.log(classes);
  const spread = normalised / Math.max(probabilities[label] ?? 0, smallest);
  return Math.log(spread + 1) / Math.max(spread, smallest);
}

export const confidenceWeightedEntropy: OwnScore = { of: 'one image', value: weightedEntropy };
