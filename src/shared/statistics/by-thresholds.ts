/** Scores that measure an image by the thresholds of all classes: these take one pass over all images. */

import { ClassThresholds } from './confident-joint.js';
import type { LabelledImage, RelativeScore } from './score.js';

/** @param value is given the thresholds of the classes, `[C]`, as {@link ClassThresholds.values} */
export function byThresholds(value: (image: LabelledImage, thresholds: Float64Array) => number): RelativeScore {
  return {
    of: 'all images',
    begin: (classes) => {
      const sums = new ClassThresholds(classes);
      let thresholds: Float64Array | undefined;
      const see = (image: LabelledImage): void => {
        sums.add(image);
      };
      return { passes: [see], value: (image) => value(image, (thresholds ??= sums.values())) };
    },
  };
}
