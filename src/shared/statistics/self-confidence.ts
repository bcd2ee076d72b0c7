/** Self-confidence: the probability of the label itself, `p[y]` (Northcutt et al. 2021). */

import type { OwnScore } from './score.js';

export const selfConfidence: OwnScore = {
  of: 'one image',
  value: (probabilities, label) => probabilities[label] ?? 0,
};
