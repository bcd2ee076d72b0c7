/** Label scores against numbers computed by hand. */

import { describe, expect, it } from 'vitest';
import { confidenceWeightedEntropy } from '../../../src/shared/statistics/confidence-weighted-entropy.js';
import { labelRank } from '../../../src/shared/statistics/label-rank.js';
import { normalisedMargin } from '../../../src/shared/statistics/normalised-margin.js';
import { selfConfidence } from '../../../src/shared/statistics/self-confidence.js';
import { topClasses } from '../../../src/shared/statistics/top-classes.js';

const p = Float32Array.of(0.5, 0.25, 0.25);

function labelScores(probabilities: Float32Array, label: number): Readonly<Record<string, number>> {
  return {
    selfConfidence: selfConfidence.value(probabilities, label),
    normalisedMargin: normalisedMargin.value(probabilities, label),
    confidenceWeightedEntropy: confidenceWeightedEntropy.value(probabilities, label),
  };
}

describe('label scores', () => {
  it('of the predicted class', () => {
    const scores = labelScores(p, 0);
    expect(scores.selfConfidence).toBe(0.5);
    expect(scores.normalisedMargin).toBe(0.625);
    // H = 1.5 ln 2 = 1.0397208; / ln 3 = 0.9463946; / 0.5 = 1.8927893; ln 2.8927893 = 1.0622212; / 1.8927893
    expect(scores.confidenceWeightedEntropy).toBeCloseTo(0.5611936, 6);
  });

  it('of another class', () => {
    const scores = labelScores(p, 1);
    expect(scores.selfConfidence).toBe(0.25);
    expect(scores.normalisedMargin).toBe(0.375);
    // 0.9463946 / 0.25 = 3.7855785; ln 4.7855785 = 1.5656069; / 3.7855785
    expect(scores.confidenceWeightedEntropy).toBeCloseTo(0.4135714, 6);
  });

  it('of a label that gets nothing: the divisor is cut off at 1e-6', () => {
    const scores = labelScores(Float32Array.of(1, 0), 1);
    expect(scores).toEqual({ selfConfidence: 0, normalisedMargin: 0, confidenceWeightedEntropy: 0 });
  });

  it('lie between 0 and 1 and do not fail for a single class', () => {
    expect(labelScores(Float32Array.of(1), 0)).toEqual({
      selfConfidence: 1,
      normalisedMargin: 1,
      confidenceWeightedEntropy: 0,
    });
  });
});

describe('ranks', () => {
  it('count ties in class order, as the top classes do', () => {
    expect(topClasses(p, 2)).toEqual([0, 1]);
    expect(topClasses(p, 5)).toEqual([0, 1, 2]);
    expect([0, 1, 2].map((label) => labelRank(p, label))).toEqual([1, 2, 3]);
  });

  it('find the best five of many', () => {
    const many = Float32Array.from({ length: 100 }, (_, index) => ((index * 37) % 100) / 4950);
    expect(topClasses(many, 5).map((index) => (index * 37) % 100)).toEqual([99, 98, 97, 96, 95]);
  });
});
