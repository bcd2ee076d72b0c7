/** Mistakenness: how sure the model is that the label is another one (FiftyOne 1.22). */

import { entropy } from './entropy.js';
import type { OwnScore } from './score.js';
import { topClasses } from './top-classes.js';

/** `(m exp(-H) + 1) / 2`, where `m` is 1 for a prediction that differs from the label and -1 for one that is the label. */
export const mistakenness: OwnScore = {
  of: 'one image',
  value: (probabilities, label) => {
    const sign = topClasses(probabilities, 1)[0] === label ? -1 : 1;
    return (sign * Math.exp(-entropy(probabilities)) + 1) / 2;
  },
};
