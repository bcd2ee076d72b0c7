/** Normalised margin: how far the label's probability is above or below that of its strongest rival, brought to 0..1 (Kuan & Mueller 2022). */

import type { OwnScore } from './score.js';

/** `(p[y] - max p[j != y] + 1) / 2` for `probabilities` `[C]`. */
function margin(probabilities: Float32Array, label: number): number {
  let rival = 0;
  for (let index = 0; index < probabilities.length; index += 1) {
    if (index !== label) rival = Math.max(rival, probabilities[index] ?? 0);
  }
  return ((probabilities[label] ?? 0) - rival + 1) / 2;
}

export const normalisedMargin: OwnScore = { of: 'one image', value: margin };
