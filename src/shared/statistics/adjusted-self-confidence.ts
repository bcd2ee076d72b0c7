/** Adjusted self-confidence: the probability of the label once every class is measured by its own threshold (Northcutt et al. 2021; cleanlab 2.9). */

import { ClassThresholds } from './confident-joint.js';
import type { RelativeScore } from './score.js';

/** `p'[y]` of `p' = (p - t + max t) / its sum`, where `t` are the thresholds of the classes. */
export const adjustedSelfConfidence: RelativeScore = {
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
      value: ({ labelClass, probabilities }) => {
        thresholds ??= sums.values();
        const highest = Math.max(...thresholds);
        let [own, total] = [NaN, 0];
        for (let index = 0; index < probabilities.length; index += 1) {
          const adjusted = (probabilities[index] ?? 0) - (thresholds[index] ?? 0) + highest;
          total += adjusted;
          if (index === labelClass) own = adjusted;
        }
        return own / total;
      },
    };
  },
};
