/** Correlations, ranks and overlaps of maps small enough to check by hand. */

import { describe, expect, it } from 'vitest';
import { overlap, pearson, spearman, topPlaces } from '../../../src/shared/correlation.js';

describe('statistics of two maps', () => {
  it('ranks with ties at their mean rank', () => {
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
    expect(spearman(Float32Array.of(1, 2, 2, 9), Float32Array.of(1, 2, 3, 4)) ?? NaN).toBeCloseTo(
      Math.sqrt(4.5 / 5),
      12,
    );
  });

  it('is -1 for the opposite order, none for a constant map, and passes over uncovered tokens', () => {
    expect(spearman(Float32Array.of(3, 2, 1), Float32Array.of(10, 20, 90)) ?? NaN).toBeCloseTo(-1, 12);
    expect(spearman(Float32Array.of(1, 1, 1), Float32Array.of(1, 2, 3))).toBeNull();
    expect(spearman(Float32Array.of(1, NaN, 2, 3), Float32Array.of(1, 99, 2, 3)) ?? NaN).toBeCloseTo(1, 12);
  });

  it('takes a fifth of the covered tokens, at least one, the lower index first', () => {
    expect(topPlaces(Float32Array.of(0, 5, 5, 1, 2, 3, 1, 1, 1, 1))).toEqual([1, 2]);
    expect(topPlaces(Float32Array.of(NaN, 1, NaN))).toEqual([1]);
    expect(topPlaces(Float32Array.of(NaN))).toEqual([]);
  });

  it('relates two sets of tokens by intersection over union', () => {
    expect(overlap([1, 2, 3], [2, 3, 4])).toBe(0.5);
    expect(overlap([], [])).toBe(0);
  });

  it('correlates only what both have', () => {
    expect(pearson([1, 2, NaN, 3], [2, 4, 5, 6]) ?? NaN).toBeCloseTo(1, 12);
    expect(pearson([1, 1], [1, 2])).toBeNull();
    expect(pearson([1, NaN], [1, 2])).toBeNull();
  });
});
