/** How far the model believes a label: self-confidence, normalised margin, confidence-weighted entropy, and the rank of the label. */

import type { LabelScores } from '../../shared/audit.js';

const smallest = 1e-6;

/** The best `count` classes of `probabilities` `[C]`, best first; equal probabilities in class order. */
export function topClasses(probabilities: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < probabilities.length; index += 1) {
    const value = probabilities[index] ?? 0;
    let place = best.length;
    while (place > 0 && (probabilities[best[place - 1] ?? 0] ?? 0) < value) place -= 1;
    if (place >= count) continue;
    best.splice(place, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}

/** 1 when `label` is the most probable class; equal probabilities count in class order, as {@link topClasses} does. */
export function labelRank(probabilities: Float32Array, label: number): number {
  const own = probabilities[label] ?? 0;
  let rank = 1;
  for (let index = 0; index < probabilities.length; index += 1) {
    const value = probabilities[index] ?? 0;
    if (value > own || (value === own && index < label)) rank += 1;
  }
  return rank;
}

/** H(p) / ln K with natural logarithms and 0 ln 0 = 0; 0 for a single class. */
function normalisedEntropy(probabilities: Float32Array): number {
  if (probabilities.length < 2) return 0;
  let entropy = 0;
  for (const value of probabilities) if (value > 0) entropy -= value * Math.log(value);
  return entropy / Math.log(probabilities.length);
}

/**
 * The three label scores of cleanlab 2.9 (Northcutt et al. 2021; Kuan & Mueller 2022) for `probabilities` `[C]` and the
 * class of the given label: `p[y]`, `(p[y] - max p[j != y] + 1) / 2`, and `ln(s + 1) / max(s, 1e-6)` with
 * `s = (H(p) / ln C) / max(p[y], 1e-6)`. Low means suspicious. As in cleanlab, the entropy score of a one-hot
 * prediction (s below 1e-6) falls towards 0 although nothing speaks against the label.
 */
export function labelScores(probabilities: Float32Array, label: number): LabelScores {
  const own = probabilities[label] ?? 0;
  let rival = 0;
  for (let index = 0; index < probabilities.length; index += 1) {
    if (index !== label) rival = Math.max(rival, probabilities[index] ?? 0);
  }
  const spread = normalisedEntropy(probabilities) / Math.max(own, smallest);
  return {
    selfConfidence: own,
    normalisedMargin: (own - rival + 1) / 2,
    confidenceWeightedEntropy: Math.log(spread + 1) / Math.max(spread, smallest),
  };
}
