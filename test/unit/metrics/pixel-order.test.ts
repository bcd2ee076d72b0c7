/** The order of pixels: enlarged from patches, equal pixels, pixels without a value. */

import { describe, expect, it } from 'vitest';
import { pixelOrder, ranksOf } from '../../../src/main/metrics/pixel-order.js';
import { floats as noise } from '../../../src/main/model/noise.js';
import { randomVit } from '../../support/random-vit.js';

// 8 x 12 pixels, 2 x 3 patches.
const vit = randomVit({ grid: [3, 2] });
const pixels = 96;

describe('the order of pixels', () => {
  it('falls in saliency, which is linear between the centres of patches and flat beyond them', () => {
    const map = noise(6, 1);
    const value = (row: number, column: number): number => {
      const [down, right] = [Math.min(1, Math.max(0, (row - 1.5) / 4)), Math.min(2, Math.max(0, (column - 1.5) / 4))];
      let sum = 0;
      for (const [patch, of] of map.entries()) {
        const near = (place: number, centre: number): number => Math.max(0, 1 - Math.abs(place - centre));
        sum += of * near(down, Math.floor(patch / 3)) * near(right, patch % 3);
      }
      return sum;
    };
    const order = pixelOrder(vit, map);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: pixels }, (_, at) => at));
    const values = Array.from(order, (pixel) => value(Math.floor(pixel / 12), pixel % 12));
    for (const [at, own] of values.entries()) expect(own).toBeLessThanOrEqual((values[at - 1] ?? Infinity) + 1e-6);
    expect(order[0]).not.toBe(order[1]);
  });

  it('has the later one of equal pixels first, as an ascending stable sort reversed has it', () => {
    const backwards = Array.from({ length: pixels }, (_, at) => pixels - 1 - at);
    expect([...pixelOrder(vit, new Float32Array(6).fill(0.3))]).toEqual(backwards);
    const map = new Float32Array(pixels);
    map[5] = 1;
    expect([...pixelOrder(vit, map)]).toEqual([5, ...backwards.filter((pixel) => pixel !== 5)]);
  });

  it('takes maps of pixels as they are', () => {
    const map = noise(pixels, 2);
    const expected = [...map.keys()].sort((a, b) => (map[b] ?? 0) - (map[a] ?? 0));
    expect([...pixelOrder(vit, map)]).toEqual(expected);
  });

  it('ends with pixels that have no value', () => {
    const map = noise(6, 3);
    map[0] = NaN;
    // The nearest patch of the first 4 x 4 pixels has none.
    const last = [...pixelOrder(vit, map)].slice(-16).sort((a, b) => a - b);
    expect(last).toEqual([0, 1, 2, 3].flatMap((row) => [0, 1, 2, 3].map((column) => row * 12 + column)));
    expect(pixelOrder(vit, new Float32Array(6).fill(NaN))).toEqual(pixelOrder(vit, new Float32Array(6)));
  });

  it('is refused for maps of another size', () => {
    expect(() => pixelOrder(vit, new Float32Array(7))).toThrow('6 patches or 96 pixels, not 7');
  });
});

describe('the places in an order', () => {
  it('undo it', () => {
    expect([...ranksOf(Int32Array.of(2, 0, 1), 3)]).toEqual([1, 2, 0]);
  });

  it.each([[[0, 1]], [[0, 1, 1]], [[0, 1, 3]], [[0, 1, 2, 2]], [[-1, 0, 1]]])('are refused for %j', (order) => {
    expect(() => ranksOf(Int32Array.from(order), 3)).toThrow(RangeError);
  });
});
