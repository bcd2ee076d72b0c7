/** Adjusted self-confidence: the probability of the label once every class is measured by its own threshold (Northcutt et al. 2021; cleanlab 2.9). */

import { byThresholds } from './by-thresholds.js';

/** `p'[y]` of `p' = (p - t + max t) / its sum`, where `t` are the thresholds of the classes. */
export const adjustedSelfConfidence = byThresholds(({ labelClass, probabilities }, thresholds) => {
  const highest = thresholds.reduce((most, threshold) => Math.max(most, threshold), 0);
  let [own, total] = [NaN, 0];
  for (let index = 0; index < probabilities.length; index += 1) {
    const adjusted = (probabilities[index] ?? 0) - (thresholds[index] ?? 0) + highest;
    total += adjusted;
    if (index === labelClass) own = adjusted;
  }
  return own / total;
});
