/** Seeded random numbers and the masks drawn from them. */

import { describe, expect, it } from 'vitest';
import { interpolationMatrix } from '../../../src/main/explain/bilinear.js';
import { normalNoise } from '../../../src/main/explain/normal-noise.js';
import { drawRiseMasks, enlargedSize, enlargingMatrix } from '../../../src/main/explain/rise-masks.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('random numbers', () => {
  it('repeat for a seed and differ between seeds', () => {
    const three = (seed: number): number[] => Array.from({ length: 3 }, seededRandom(seed));
    expect(three(7)).toEqual(three(7));
    expect(three(7)).not.toEqual(three(8));
  });

  it('are normal with the wished deviation, finite, and go on where they stopped', () => {
    const draw = normalNoise(1);
    const values = draw(100_001, 2).slice();
    expect(values).toHaveLength(100_001);
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(Math.sqrt(mean(values.map((value) => value * value)))).toBeCloseTo(2, 1);
    expect(mean(values.map((value) => (Math.abs(value) < 2 ? 1 : 0)))).toBeCloseTo(0.683, 2);
    const [square, fourth] = [2, 4].map((power) => mean(values.map((value) => (value / 2) ** power)));
    expect((fourth ?? 0) / (square ?? 1) ** 2).toBeCloseTo(3, 0);
    // 0.27 % of a normal distribution lie beyond three deviations, 0.0057 % beyond 3.443 where the tail begins.
    expect(mean(values.map((value) => (Math.abs(value) > 6 ? 1 : 0)))).toBeCloseTo(0.0027, 3);
    const inTail = values.filter((value) => Math.abs(value) > 2 * 3.4427).length;
    expect(inTail).toBeGreaterThan(25);
    expect(inTail).toBeLessThan(95);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(draw(4, 2)).not.toEqual(values.slice(0, 4));
  });
});

describe('masks of RISE', () => {
  it('keep the wished share of the cells and shift by less than a cell, on any input', () => {
    const { grids, shifts } = drawRiseMasks({ count: 500, cells: 5, keep: 0.3, seed: 2 }, 40, 64);
    expect(mean(grids)).toBeCloseTo(0.3, 1);
    expect([...new Set(shifts.filter((_, at) => at % 2 === 0))].sort((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(Math.max(...shifts.filter((_, at) => at % 2 === 1))).toBe(12);
    expect([enlargedSize(40, 5), enlargedSize(64, 5)]).toEqual([48, 78]);
  });

  it('are enlarged by weights that add up to one', () => {
    const matrix = enlargingMatrix(28, 8);
    for (let row = 0; row < 36; row += 1) {
      expect(matrix.slice(row * 8, row * 8 + 8).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    }
  });
});

describe('bilinear enlargement', () => {
  it('interpolates between centres and repeats the border', () => {
    expect([...interpolationMatrix(4, 2)]).toEqual([1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1]);
    expect([...interpolationMatrix(2, 1)]).toEqual([1, 1]);
  });
});
