/** The rank of a label among the classes by probability. */

import type { OwnScore } from './score.js';

/** 1 when `label` is the most probable class of `probabilities` `[C]`; equal probabilities count in class order, as `topClasses` does. */
export function labelRank(probabilities: Float32Array, label: number): number {
  const own = probabilities[label] ?? 0;
  let rank = 1;
  for (let index = 0; index < probabilities.length; index += 1) {
    const value = probabilities[index] ?? 0;
    if (value > own || (value === own && index < label)) rank += 1;
  }
  return rank;
}

export const labelRankScore: OwnScore = { of: 'one image', value: labelRank };
