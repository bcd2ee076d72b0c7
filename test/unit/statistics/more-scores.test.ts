/** Scores that other tools have, against numbers computed by hand. */

import { describe, expect, it } from 'vitest';

import { adjustedSelfConfidence } from '../../../src/shared/statistics/adjusted-self-confidence.js';
import { jointMembership } from '../../../src/shared/statistics/confident-class.js';
import { confidentJoint, labelIssues } from '../../../src/shared/statistics/confident-joint.js';
import { labelIssue } from '../../../src/shared/statistics/label-issue.js';
import { lightlyDisagreement } from '../../../src/shared/statistics/lightly-disagreement.js';
import { loss } from '../../../src/shared/statistics/loss.js';
import { mistakenness } from '../../../src/shared/statistics/mistakenness.js';
import type { LabelledImage, RelativeScore } from '../../../src/shared/statistics/score.js';

const images = (...list: readonly (readonly [labelClass: number, ...probabilities: number[]])[]): LabelledImage[] =>
  list.map(([labelClass, ...probabilities], index) => ({
    id: index + 1,
    labelClass,
    probabilities: Float32Array.from(probabilities),
  }));

/** Sends all images through every pass, and asks for the value of each. */
function valuesOf(score: RelativeScore, rows: readonly LabelledImage[], classes: number): number[] {
  const run = score.begin(classes);
  for (const pass of run.passes) for (const row of rows) pass(row);
  return rows.map((row) => run.value(row));
}

/** Thresholds 0.6 and 0.7. */
const two = images([0, 0.9, 0.1], [0, 0.8, 0.2], [0, 0.1, 0.9], [1, 0.2, 0.8], [1, 0.4, 0.6]);

describe('adjusted self-confidence', () => {
  it('measures every class by its own threshold', () => {
    // The third: p - t + max t = [0.1 - 0.6 + 0.7, 0.9 - 0.7 + 0.7] = [0.2, 0.9], of a sum of 1.1.
    const values = valuesOf(adjustedSelfConfidence, two, 2);
    expect(values[0]).toBeCloseTo(1 / 1.1, 6);
    expect(values[2]).toBeCloseTo(0.2 / 1.1, 6);
    expect(values[4]).toBeCloseTo(0.6 / 1.1, 6);
  });

  it('takes a class that no image has by the threshold 2, as cleanlab does', () => {
    // t = [0.75, 2]: [0.75 - 0.75 + 2, 0.25 - 2 + 2] = [2, 0.25].
    expect(valuesOf(adjustedSelfConfidence, images([0, 0.75, 0.25]), 2)[0]).toBeCloseTo(2 / 2.25, 9);
  });
});

describe('membership in the confident joint', () => {
  it('is the class whose threshold an image reaches, or none', () => {
    expect(valuesOf(jointMembership, two, 2)).toEqual([0, 0, 1, 1, NaN]);
  });

  it('is the most probable class where several thresholds are reached', () => {
    // Thresholds 0.45 and 0.55; the last image reaches both.
    const rows = images([0, 0.375, 0.625], [0, 0.525, 0.475], [1, 0.45, 0.55]);
    expect(valuesOf(jointMembership, rows, 2)[2]).toBe(1);
  });
});

describe('the flag of confident learning', () => {
  it('is on the label that pruning by noise rate takes away', () => {
    expect(valuesOf(labelIssue, two, 2)).toEqual([0, 0, 1, 0, 0]);
  });

  it('is on the same labels as when all images are held at once', () => {
    let state = 11;
    const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
    const rows = Array.from({ length: 3000 }, (_, index): LabelledImage => {
      const weights = Array.from({ length: 5 }, () => random() ** 4);
      const labelClass = Math.floor(random() * 5);
      weights[labelClass] = (weights[labelClass] ?? 0) + (random() < 0.8 ? 1 : 0);
      const sum = weights.reduce((total, weight) => total + weight);
      return { id: index + 1, labelClass, probabilities: Float32Array.from(weights, (weight) => weight / sum) };
    });
    const flagged = valuesOf(labelIssue, rows, 5).flatMap((value, index) => (value === 1 ? [index + 1] : []));
    expect(flagged).toEqual(
      labelIssues(
        () => rows,
        confidentJoint(() => rows, 5),
      ),
    );
    expect(flagged.length).toBeGreaterThan(50);
  });
});

describe('scores of one image', () => {
  const p = Float32Array.of(0.5, 0.25, 0.25);

  it('mistakenness goes by the entropy, above a half where the prediction differs', () => {
    // exp(-1.5 ln 2) = 0.3535534
    expect(mistakenness.value(p, 0)).toBeCloseTo((1 - 0.3535534) / 2, 6);
    expect(mistakenness.value(p, 1)).toBeCloseTo((1 + 0.3535534) / 2, 6);
    expect(mistakenness.value(Float32Array.of(1, 0), 1)).toBe(1);
  });

  it('Lightly’s disagreement is the confidence, or what it lacks', () => {
    expect(lightlyDisagreement.value(p, 0)).toBe(0.5);
    expect(lightlyDisagreement.value(p, 2)).toBe(0.5);
    expect(lightlyDisagreement.value(Float32Array.of(0.75, 0.25), 0)).toBe(0.25);
  });

  it('loss is the logarithm of the label’s probability, and a number also where that is 0', () => {
    expect(loss.value(p, 1)).toBeCloseTo(1.3862944, 6);
    expect(loss.value(Float32Array.of(1, 0), 0)).toBeCloseTo(0, 12);
    expect(loss.value(Float32Array.of(1, 0), 1)).toBeCloseTo(87.3365, 3);
  });
});
