/** The correlation that a map of some masks is expected to have with that of all, against simulated maps. */

import { describe, expect, it } from 'vitest';
import { expectedCorrelation } from '../../../src/main/explain/stability.js';
import { pearson } from '../../../src/shared/correlation.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';

const patches = 2000;

/** About normal, variance 1. */
function noise(random: () => number): Float64Array {
  return Float64Array.from({ length: patches }, () => {
    let sum = -6;
    for (let term = 0; term < 12; term += 1) sum += random();
    return sum;
  });
}

/** Maps of masks that each show one signal under noise of their own: means over the given ones. */
function simulate(masks: number, deviation: number) {
  const random = seededRandom(5);
  const signal = noise(random);
  const each = Array.from({ length: masks }, () => noise(random));
  return (chosen: (mask: number) => boolean): Float32Array => {
    const some = each.filter((_, mask) => chosen(mask));
    return Float32Array.from(signal, (value, at) => {
      const sum = some.reduce((total, one) => total + (one[at] ?? 0), 0);
      return value + (deviation * sum) / some.length;
    });
  };
}

describe('expectedCorrelation', () => {
  it.each([
    [16, 64, 4],
    [32, 64, 8],
    [48, 64, 8],
    [64, 64, 8],
  ])('%i of %i masks under noise of %i: as it comes out', (scored, all, deviation) => {
    const mapOf = simulate(all, deviation);
    const even = mapOf((mask) => mask < scored && mask % 2 === 0);
    const odd = mapOf((mask) => mask < scored && mask % 2 === 1);
    const real =
      pearson(
        mapOf((mask) => mask < scored),
        mapOf(() => true),
      ) ?? 0;
    expect(Math.abs(expectedCorrelation(even, odd, scored, all) - real)).toBeLessThan(0.02);
  });

  it('is 1 when every mask was scored and 0 while the halves do not agree', () => {
    const map = Float32Array.of(1, 3, 2, 5);
    expect(expectedCorrelation(map, Float32Array.of(1, 2, 3, 4), 64, 64)).toBeCloseTo(1, 12);
    expect(
      expectedCorrelation(
        map,
        map.map((value) => -value),
        32,
        64,
      ),
    ).toBe(0);
    expect(expectedCorrelation(map, new Float32Array(4), 32, 64)).toBe(0);
  });
});
