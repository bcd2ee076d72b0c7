import { describe, expect, it } from 'vitest';

import { outlinePath, paintMap, topPatches } from '../../../src/renderer/inspector/saliency-image.js';

/** Entry i is the colour (i, i, i). */
const ramp = Uint8Array.from({ length: 768 }, (_, byte) => Math.floor(byte / 3));

describe('paintMap', () => {
  it('gives each patch the colour of its value', () => {
    const { width, height, pixels } = paintMap(Float32Array.of(0, 1, 0.5, 2), 2, 2, { low: 0, high: 1 }, ramp, 1);
    expect([width, height]).toEqual([2, 2]);
    expect([0, 1, 2, 3].map((pixel) => pixels[pixel * 4])).toEqual([0, 255, 128, 255]);
    expect(pixels[3]).toBe(255);
  });

  it('leaves patches without a value transparent, also beside others', () => {
    const { pixels } = paintMap(Float32Array.of(1, Number.NaN), 2, 1, { low: 0, high: 1 }, ramp, 2);
    const alphas = [0, 1, 2, 3].map((x) => pixels[x * 4 + 3]);
    expect(alphas).toEqual([255, 255, 0, 0]);
    expect([pixels[0], pixels[4]]).toEqual([255, 255]);
  });

  it('interpolates between the centres of patches and is flat beyond the outer ones', () => {
    const { pixels } = paintMap(Float32Array.of(0, 1), 2, 1, { low: 0, high: 1 }, ramp, 4);
    const row = Array.from({ length: 8 }, (_, x) => pixels[x * 4]);
    expect(row).toEqual([0, 0, 32, 96, 159, 223, 255, 255]);
  });
});

describe('topPatches and outlinePath', () => {
  it('marks the highest fifth', () => {
    const values = Float32Array.from({ length: 10 }, (_, token) => token);
    expect([...topPatches(values, 0.2)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  });

  it('draws every border between inside and outside once', () => {
    expect(outlinePath(Uint8Array.of(1, 0, 0, 0), 2, 2)).toBe('M0 0h1M0 0v1M1 0v1M0 1h1');
    expect(outlinePath(Uint8Array.of(0, 0, 0, 0), 2, 2)).toBe('');
  });
});
