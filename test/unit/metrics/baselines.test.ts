/** Baselines against their definition, number by number. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { blackBaseline, blurGraph, meanBaseline } from '../../../src/main/metrics/baselines.js';
import { PerturbationCurves } from '../../../src/main/metrics/insertion-deletion.js';
import { floats as noise } from '../../../src/main/model/noise.js';
import type { Vit } from '../../../src/main/model/vit.js';
import { randomVit } from '../../support/random-vit.js';

/** The place that a mirror at the first and the last pixel shows. */
function mirrored(at: number, size: number): number {
  const inside = Math.abs(at);
  return inside < size ? inside : 2 * (size - 1) - inside;
}

/** The blurred image as one sum over 11 x 11 neighbours a pixel. */
function plainBlur({ channels, inputHeight: height, inputWidth: width }: Vit, pixels: Float32Array): Float64Array {
  const reach = Array.from({ length: 11 }, (_, at) => at - 5);
  const weight = (down: number, right: number): number => Math.exp(-(down ** 2 + right ** 2) / 50);
  const total = reach.flatMap((down) => reach.map((right) => weight(down, right))).reduce((a, b) => a + b);
  return Float64Array.from({ length: channels * height * width }, (_, at) => {
    const plane = Math.floor(at / (height * width)) * height * width;
    const [row, column] = [Math.floor((at - plane) / width), at % width];
    let sum = 0;
    for (const down of reach) {
      for (const right of reach) {
        const place = plane + mirrored(row + down, height) * width + mirrored(column + right, width);
        sum += weight(down, right) * (pixels[place] ?? NaN);
      }
    }
    return sum / total;
  });
}

describe('the blurred image', () => {
  it.each([
    ['wide', {}],
    ['tall, one channel', { channels: 1, grid: [2, 5] }],
    ['as small as it can be', { patch: 3, grid: [2, 3] }],
  ] as const)('is a Gaussian mean of 11 x 11 pixels, mirrored at the border: %s', async (_, shape) => {
    const vit = randomVit(shape);
    const pixels = noise(vit.channels * vit.inputHeight * vit.inputWidth, 4);
    const curves = await PerturbationCurves.create(vit, cpuSessions(1));
    const found = await curves.blurBaseline(pixels);
    await curves.release();
    const expected = plainBlur(vit, pixels);
    expect(found).toHaveLength(expected.length);
    for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 6);
  });

  it('takes 6 pixels a side', () => {
    expect(() => blurGraph(randomVit({ patch: 5, grid: [2, 1] }))).toThrow('at least 6 pixels');
  });
});

describe('baselines of one number', () => {
  it('are the mean over channels and pixels, and zero', () => {
    const pixels = Float32Array.of(1, 2, 3, -4);
    expect(meanBaseline(pixels)).toEqual(Float32Array.of(0.5, 0.5, 0.5, 0.5));
    expect(blackBaseline(pixels)).toEqual(new Float32Array(4));
  });
});
