/** The loss of an image: the cross-entropy of its label. */

import type { OwnScore } from './score.js';

/** The smallest normal number of float32: what is less has lost its digits, and 0 has no logarithm. */
const smallest = 2 ** -126;

/** `-ln p[y]` in nats, at most 87.3. */
export const loss: OwnScore = {
  of: 'one image',
  value: (probabilities, label) => -Math.log(Math.max(probabilities[label] ?? 0, smallest)),
};
