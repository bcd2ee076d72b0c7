/** Membership in the confident joint: the class that an image is confidently counted for (Northcutt et al. 2021). */

import { byThresholds } from './by-thresholds.js';
import { confidentClass } from './confident-joint.js';

/** The only class whose threshold the image reaches, of several the most probable class; NaN where it reaches none. */
export const jointMembership = byThresholds(({ probabilities }, thresholds) => {
  const found = confidentClass(probabilities, thresholds);
  return found < 0 ? NaN : found;
});
