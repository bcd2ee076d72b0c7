/** How many labels are wrong, as the model alone estimates: the confident joint over all images, which go by one after the other. */

import type { Progress } from '../../shared/progress.js';
import {
  ClassThresholds,
  estimateNoise,
  JointSums,
  type NoiseEstimate,
} from '../../shared/statistics/confident-joint.js';
import type { LabelledImage } from '../../shared/statistics/score.js';
import { unbrokenImages } from './scoring.js';

export interface LabelledImages {
  /** Every image that has scores, by ascending id; walked twice. */
  readonly all: () => Iterable<LabelledImage>;
  readonly count: number;
  /** Classes of the model. */
  readonly classes: number;
}

/** Null where there is no image to compare; probabilities of no more than a part of the images are held at once. */
export function* noiseOf({ all, count, classes }: LabelledImages): Generator<Progress, NoiseEstimate | null, void> {
  let done = 0;
  const pass = function* (see: (image: LabelledImage) => void): Generator<Progress, void, void> {
    for (const image of all()) {
      see(image);
      done += 1;
      if (done % unbrokenImages === 0) yield { done, total: 2 * count };
    }
  };
  const thresholds = new ClassThresholds(classes);
  yield* pass((image) => {
    thresholds.add(image);
  });
  const sums = new JointSums(thresholds);
  yield* pass((image) => {
    sums.add(image);
  });
  const noise = estimateNoise(sums.joint());
  return noise.images === 0 ? null : noise;
}
