/** Membership in the confident joint: the class that an image is confidently counted for (Northcutt et al. 2021). */

import { ClassThresholds, confidentClass } from './confident-joint.js';
import type { RelativeScore } from './score.js';

/** The only class whose threshold the image reaches, of several the most probable class; NaN where it reaches none. */
export const jointMembership: RelativeScore = {
  of: 'all images',
  begin: (classes) => {
    const sums = new ClassThresholds(classes);
    let thresholds: Float64Array | undefined;
    return {
      passes: [
        (image) => {
          sums.add(image);
        },
      ],
      value: ({ probabilities }) => {
        thresholds ??= sums.values();
        const found = confidentClass(probabilities, thresholds);
        return found < 0 ? NaN : found;
      },
    };
  },
};
