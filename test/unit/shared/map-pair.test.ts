import { describe, expect, it } from 'vitest';

import { pearson, ranks } from '../../../src/shared/correlation.js';
import { compareMaps, resample } from '../../../src/shared/map-pair.js';

const map = (width: number, values: readonly number[]) => ({
  width,
  height: values.length / width,
  values: Float32Array.from(values),
});

describe('ranks', () => {
  it('gives equal values the mean of their ranks', () => {
    expect(ranks([10, 20, 20, 5, 20])).toEqual([2, 4, 4, 1, 4]);
  });
});

describe('correlation', () => {
  it('is 1 for a line upwards and -1 for one downwards', () => {
    expect(pearson([1, 2, 3], [10, 20, 30]) ?? NaN).toBeCloseTo(1, 12);
    expect(pearson([1, 2, 3], [3, 2, 1]) ?? NaN).toBeCloseTo(-1, 12);
  });

  it('is the published one of a small table', () => {
    expect(pearson([1, 2, 3, 4], [1, 3, 2, 5]) ?? NaN).toBeCloseTo(0.8315218406, 9);
  });

  it('is not defined for constant values or a single pair', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(pearson([1], [2])).toBeNull();
  });
});

describe('resample', () => {
  it('takes the mean of the cells each new one covers', () => {
    const fine = map(4, [0, 2, 4, 6, 2, 4, 6, 8, 1, 1, 3, 3, 1, 1, 3, 3]);
    expect([...resample(fine, 2, 2)]).toEqual([2, 6, 1, 3]);
  });

  it('weighs cells on a border by the area covered', () => {
    const [left, right] = resample(map(3, [0, 3, 6]), 2, 1);
    expect([left, right]).toEqual([1, 5]);
  });

  it('leaves NaN out, and is NaN where there is nothing else', () => {
    const values = [...resample(map(4, [1, Number.NaN, Number.NaN, Number.NaN]), 2, 1)];
    expect(values).toEqual([1, Number.NaN]);
  });

  it('leaves a map on the same grid as it is', () => {
    const same = map(2, [1, 2, 3, 4]);
    expect(resample(same, 2, 2)).toBe(same.values);
  });
});

describe('compareMaps', () => {
  it('of signed maps scales both about zero', () => {
    const { a, b, difference } = compareMaps(map(3, [-4, 0, 2]), map(3, [0, 0, 5]), true);
    expect([[...a], [...b]]).toEqual([
      [0, 0.5, 0.75],
      [0.5, 0.5, 1],
    ]);
    expect([...difference]).toEqual([-0.5, 0, -0.25]);
    expect(compareMaps(map(2, [0, 0]), map(2, [1, -1]), true).pearson).toBeNull();
  });

  it('does not mind the unit, and sees the same order', () => {
    const compared = compareMaps(map(5, [0, 1, 2, 3, 4]), map(5, [0, 10, 20, 30, 400]));
    expect(compared.spearman).toBeCloseTo(1, 12);
    expect(compared.pearson).toBeLessThan(0.9);
    expect(compared.topOverlap).toBe(1);
    expect([...compared.a]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(compared.difference[4]).toBe(0);
    expect(compared.difference[3]).toBeCloseTo(0.75 - 0.075, 6);
  });

  it('finds opposite maps opposite and their highest places apart', () => {
    const compared = compareMaps(map(5, [1, 2, 3, 4, 5]), map(5, [5, 4, 3, 2, 1]));
    expect([compared.spearman, compared.topOverlap]).toEqual([-1, 0]);
    expect([...compared.difference]).toEqual([-1, -0.5, 0, 0.5, 1]);
  });

  it('brings a pixel map to the grid of patches', () => {
    const pixels = map(4, [0, 0, 9, 9, 0, 0, 9, 9, 1, 1, 2, 2, 1, 1, 2, 2]);
    const compared = compareMaps(pixels, map(2, [0, 9, 1, 2]));
    expect([compared.width, compared.height]).toEqual([2, 2]);
    expect(compared.pearson).toBeCloseTo(1, 6);
    expect([...compared.difference].every((value) => Math.abs(value) < 1e-6)).toBe(true);
  });

  it('takes the coarser side of each direction', () => {
    const compared = compareMaps(map(4, [1, 2, 3, 4]), { width: 2, height: 3, values: new Float32Array(6) });
    expect([compared.width, compared.height]).toEqual([2, 1]);
  });

  it('leaves pairs with NaN out of the figures and of the difference', () => {
    const compared = compareMaps(map(4, [1, 2, Number.NaN, 3]), map(4, [1, 2, 3, Number.NaN]));
    expect(compared.spearman).toBeCloseTo(1, 12);
    expect([...compared.difference].map(Number.isNaN)).toEqual([false, false, true, true]);
  });

  it('has no figures for a constant map', () => {
    const compared = compareMaps(map(2, [3, 3, 3, 3]), map(2, [1, 2, 3, 4]));
    expect([compared.spearman, compared.pearson, compared.topOverlap]).toEqual([null, null, null]);
    expect([...compared.a]).toEqual([0, 0, 0, 0]);
  });

  it('has no figures where nothing is common', () => {
    const compared = compareMaps(map(2, [1, Number.NaN]), map(2, [Number.NaN, 1]));
    expect([compared.spearman, compared.pearson, compared.topOverlap]).toEqual([null, null, null]);
  });
});

describe('maps of single pixels on the patches', () => {
  it('are means without what has no value', () => {
    const pixels = { width: 4, height: 2, values: Float32Array.of(0, 2, NaN, 4, 4, 6, 4, 4) };
    expect([...resample(pixels, 2, 1)]).toEqual([3, 4]);
    expect([...resample({ width: 1, height: 1, values: Float32Array.of(NaN) }, 1, 1)]).toEqual([NaN]);
  });
});
