/** Confident learning on examples small enough to be counted by hand. */

import { describe, expect, it } from 'vitest';
import {
  confidentJoint,
  estimateNoise,
  type JointCounts,
  labelIssues,
} from '../../../src/shared/statistics/confident-joint.js';
import type { LabelledImage } from '../../../src/shared/statistics/score.js';

/** Rows with ids 10, 11, ...: the label's class, then the probabilities. */
function rows(...list: readonly (readonly [labelClass: number, ...probabilities: number[]])[]): () => LabelledImage[] {
  const made = list.map(([labelClass, ...probabilities], index) => {
    return { id: 10 + index, labelClass, probabilities: Float32Array.from(probabilities) };
  });
  return () => made;
}
const cells = (counts: JointCounts): (readonly [number, number])[][] =>
  counts.map((row) => [...row].sort((a, b) => a[0] - b[0]));

/** Thresholds 0.6 and 0.7: the third image counts as class 1, the last for none. */
const two = rows([0, 0.9, 0.1], [0, 0.8, 0.2], [0, 0.1, 0.9], [1, 0.2, 0.8], [1, 0.4, 0.6]);

describe('the confident joint', () => {
  it('counts images whose probability reaches the mean self-confidence of a class', () => {
    const joint = confidentJoint(two, 2);
    expect(Array.from(joint.thresholds, (value) => Number(value.toFixed(6)))).toEqual([0.6, 0.7]);
    expect(cells(joint.counts)).toEqual([
      [
        [0, 2],
        [1, 1],
      ],
      [[1, 1]],
    ]);
    expect(joint.counted).toBe(4);
  });

  it('is calibrated to the number of images of each label', () => {
    expect(cells(confidentJoint(two, 2).calibrated)).toEqual([
      [
        [0, 2],
        [1, 1],
      ],
      [[1, 2]],
    ]);
  });

  it('takes the most probable class when several reach their threshold', () => {
    // Thresholds 0.45 and 0.55; the last image reaches both.
    const joint = confidentJoint(rows([0, 0.375, 0.625], [0, 0.525, 0.475], [1, 0.45, 0.55]), 2);
    expect(cells(joint.counts)).toEqual([
      [
        [0, 1],
        [1, 1],
      ],
      [[1, 1]],
    ]);
  });

  it('never counts for a class without images, and puts 1 on every diagonal', () => {
    const joint = confidentJoint(rows([0, 0.1, 0.9]), 2);
    expect(joint.thresholds[1]).toBe(2);
    expect(cells(joint.counts)).toEqual([[[0, 1]], [[1, 1]]]);
    expect(cells(joint.calibrated)).toEqual([[[0, 1]], []]);
  });

  it('rounds so that every row keeps its total', () => {
    // Row 0 counts one image for each class and skips one: 4/3 each, rounded to 2 + 1 + 1.
    const joint = confidentJoint(
      rows([0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0.2, 0.4, 0.4], [1, 0, 1, 0], [2, 0, 0, 1]),
      3,
    );
    expect(cells(joint.calibrated)[0]).toEqual([
      [0, 2],
      [1, 1],
      [2, 1],
    ]);
  });
});

describe('the estimate', () => {
  it('gives a rate without an interval, classes and overlapping pairs', () => {
    const estimate = estimateNoise(confidentJoint(two, 2));
    expect(estimate).toMatchObject({ images: 5, counted: 4, wrong: 1 });
    expect(estimate.errorRate).toBe(0.2);
    expect(estimate.classes).toEqual([
      { labelClass: 0, images: 3, wrong: 1 },
      { labelClass: 1, images: 2, wrong: 0 },
    ]);
    expect(estimate.overlaps).toEqual([{ first: 0, second: 1, images: 1 }]);
  });

  it('adds both directions of a pair', () => {
    const mixed = rows([0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 0, 1], [1, 1, 0]);
    expect(estimateNoise(confidentJoint(mixed, 2)).overlaps).toEqual([{ first: 0, second: 1, images: 2 }]);
  });

  it('of nothing is nothing', () => {
    const estimate = estimateNoise(confidentJoint(rows(), 3));
    expect(estimate).toEqual({ images: 0, counted: 0, wrong: 0, errorRate: null, classes: [], overlaps: [] });
  });
});

describe('label issues', () => {
  it('are the images with the largest margin, as many as were counted', () => {
    expect(labelIssues(two, confidentJoint(two, 2))).toEqual([12]);
  });

  it('are never images whose prediction is their label', () => {
    // Class 1 is a hard class: the first image counts for it although class 0 is more probable.
    const hard = rows([0, 0.55, 0.45], [0, 0.95, 0.05], [0, 0.95, 0.05], [1, 0.7, 0.3], [1, 0.65, 0.35]);
    const joint = confidentJoint(hard, 2);
    expect(joint.calibrated[0]?.get(1)).toBe(1);
    expect(labelIssues(hard, joint).includes(10)).toBe(false);
  });

  it('leave at least one image of a label', () => {
    const lost = rows([0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 1, 0], [2, 0, 0, 1]);
    expect(labelIssues(lost, confidentJoint(lost, 3))).toEqual([11]);
  });

  it('spare the only image of a label', () => {
    const single = rows([0, 0, 1], [1, 0, 1], [1, 0, 1]);
    expect(labelIssues(single, confidentJoint(single, 2))).toEqual([]);
  });
});
