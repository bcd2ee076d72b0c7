/** Disagreement as Lightly has it: how sure the model is of another class, or how unsure of the label (LightlyStudio 1.2). */

import type { OwnScore } from './score.js';
import { topClasses } from './top-classes.js';

/** The highest probability where it is another class's, 1 minus it where it is the label's. */
export const lightlyDisagreement: OwnScore = {
  of: 'one image',
  value: (probabilities, label) => {
    const best = topClasses(probabilities, 1)[0] ?? 0;
    const confidence = probabilities[best] ?? 0;
    return best === label ? 1 - confidence : confidence;
  },
};
