/** The figures of a saliency map from the engine's raw arrays. */

import { describe, expect, it } from 'vitest';
import { evidenceMap } from '../../../src/shared/evidence.js';
import { contrastOf, saliencyMaps, samplingErrorOf } from '../../../src/main/maps/saliency.js';

describe('saliency figures', () => {
  it('measures contrast as max - mean over the covered tokens', () => {
    expect(contrastOf(Float32Array.of(1, NaN, 3))).toBe(1);
    expect(contrastOf(Float32Array.of(NaN))).toBe(0);
  });

  it('takes the root mean square of the known standard errors as the sampling error', () => {
    expect(samplingErrorOf(Float32Array.of(1, NaN, 7))).toBeCloseTo(5, 12);
    expect(samplingErrorOf(Float32Array.of(NaN))).toBeNaN();
  });

  it('cuts the arrays into one map a class, with its own probability', () => {
    const outcome = {
      facts: null,
      gridWidth: 2,
      gridHeight: 1,
      probabilities: Float32Array.of(0.25, 0.5, 0.125),
      classes: Int32Array.of(2, 0),
      kept: Float32Array.of(1, 2, 3, 7),
      dropped: Float32Array.of(5, 6, 7, 8),
      keptError: Float32Array.of(0, 0.5, 0.25, 0.25),
      halves: Float32Array.of(1, 2, 3, 7, 1, 4, 3, 7),
      evidence: Float32Array.of(1, 2, 3, 4),
      // Group g has g more in the second class.
      evidenceWithout: Float32Array.from(
        { length: 16 * 4 },
        (_, at) => (at % 4) + 1 + (at % 4 > 1 ? Math.floor(at / 4) : 0),
      ),
      initIndices: new Int32Array(0),
      maskIndices: new Int32Array(0),
      scored: 4,
      milliseconds: 1,
    };
    const maps = saliencyMaps(outcome);
    expect(maps.map((map) => [map.classIndex, map.probability, ...map.kept, ...map.dropped, map.contrast])).toEqual([
      [2, 0.125, 1, 2, 5, 6, 0.5],
      [0, 0.25, 3, 7, 7, 8, 2],
    ]);
    expect(maps[0]?.samplingError).toBeCloseTo(Math.sqrt(0.125), 6);
    expect(maps[1]?.samplingError).toBe(0.25);
    expect(maps.map(({ evidence }) => [...(evidence?.values ?? [])])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const [first, second] = maps.map(({ evidence }) => (evidence === null ? null : evidenceMap(evidence)));
    expect([...(first?.errors ?? [])]).toEqual([0, 0]);
    // 16 values 0 to 15: squares from their mean sum to 340.
    for (const error of second?.errors ?? []) expect(error / Math.sqrt((340 * 15) / 16)).toBeCloseTo(1, 2);
    // Halves that say the same of every patch do not correlate.
    const flat = saliencyMaps({ ...outcome, halves: new Float32Array(8) });
    expect(flat.map((map) => map.splitHalfCorrelation)).toEqual([0, 0]);
  });
});
