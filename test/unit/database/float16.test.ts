/** Half precision against values of IEEE 754 and by exhaustive round trip. */

import { describe, expect, it } from 'vitest';
import { decodeHalf, decodeHalves, encodeHalf, encodeHalves } from '../../../src/main/database/float16.js';

describe('half precision', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.5, 0x3800],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [1023 * 2 ** -24, 0x03ff],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
  ])('encodes %d exactly', (value, bits) => {
    expect(encodeHalf(value)).toBe(bits);
  });

  it('rounds to nearest, ties to even', () => {
    expect(encodeHalf(1 + 2 ** -11)).toBe(0x3c00);
    expect(encodeHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
    expect(encodeHalf(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
    expect(encodeHalf(2 ** -25)).toBe(0x0000);
    expect(encodeHalf(3 * 2 ** -25)).toBe(0x0002);
    expect(encodeHalf(2 ** -25 * 1.001)).toBe(0x0001);
  });

  it('carries from the mantissa into the exponent and into infinity', () => {
    expect(encodeHalf(2 - 2 ** -12)).toBe(0x4000);
    expect(encodeHalf(2 ** -14 - 2 ** -25)).toBe(0x0400);
    expect(encodeHalf(65519)).toBe(0x7bff);
    expect(encodeHalf(65520)).toBe(0x7c00);
    expect(encodeHalf(1e30)).toBe(0x7c00);
  });

  it('keeps NaN', () => {
    expect(decodeHalf(encodeHalf(NaN))).toBeNaN();
    expect(decodeHalf(0x7e00)).toBeNaN();
  });

  it('gives every one of the 65,536 halves back', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 65536; bits += 1) {
      const value = decodeHalf(bits);
      if (!Number.isNaN(value) && encodeHalf(value) !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('is never further off than half a step', () => {
    const values = Float32Array.from({ length: 1000 }, (_, index) => Math.sin(index) * 2 ** ((index % 30) - 15));
    const back = decodeHalves(encodeHalves(values));
    values.forEach((value, index) => {
      const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10);
      expect(Math.abs((back[index] ?? 0) - value)).toBeLessThanOrEqual(step / 2);
    });
  });
});
