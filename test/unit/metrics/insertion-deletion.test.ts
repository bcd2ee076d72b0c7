/** Insertion and Deletion against their definition, image by image, on inputs that are not square. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { blackBaseline } from '../../../src/main/metrics/baselines.js';
import { PerturbationCurves, areaOf } from '../../../src/main/metrics/insertion-deletion.js';
import { pixelOrder } from '../../../src/main/metrics/pixel-order.js';
import { floats as noise } from '../../../src/main/model/noise.js';
import { type Vit, classCount, patchCount } from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { floatOutput, floats } from '../../../src/main/onnx/runner.js';
import { randomVit } from '../../support/random-vit.js';

const tall = { channels: 1, grid: [2, 5], prefix: [], pooling: 'mean-patches' } as const;

/** Probability of a class on each image by the plain graph. */
async function probabilitiesOf(vit: Vit, images: readonly Float32Array[], classIndex: number): Promise<number[]> {
  const { channels, inputHeight, inputWidth } = vit;
  const dims = [images.length, channels, inputHeight, inputWidth];
  const g = new GraphBuilder('plain');
  const { logits } = encode(g, vit, embed(g, vit, g.input('pixels', 'float32', dims)), { blockOutputs: false });
  g.output('logits', logits, 'float32', [images.length, classCount(vit)]);
  const session = await cpuSessions(1)(g.model());
  const pixels = Float32Array.from(images.flatMap((image) => [...image]));
  const all = floatOutput(await session.run({ pixels: floats(pixels, ...dims) }), 'logits').slice();
  await session.release();
  return images.map((_, row) => {
    const powers = [...all.subarray(row * classCount(vit), (row + 1) * classCount(vit))].map(Math.exp);
    return (powers[classIndex] ?? NaN) / powers.reduce((a, b) => a + b);
  });
}

/** `before` with the first `count` pixels of an order taken from `after`. */
function switched(before: Float32Array, after: Float32Array, order: Int32Array, count: number): Float32Array {
  const image = before.slice();
  for (const pixel of order.subarray(0, count)) {
    for (let at = pixel; at < image.length; at += order.length) image[at] = after[at] ?? NaN;
  }
  return image;
}

interface Case {
  readonly vit: Vit;
  readonly pixels: Float32Array;
  readonly baseline: Float32Array;
  readonly order: Int32Array;
  readonly curves: PerturbationCurves;
}

async function caseOf(shape: Parameters<typeof randomVit>[0]): Promise<Case> {
  const vit = randomVit(shape);
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  const curves = await PerturbationCurves.create(vit, cpuSessions(1));
  const order = pixelOrder(vit, noise(patchCount(vit), 3));
  return { vit, pixels: noise(size, 1), baseline: noise(size, 2), order, curves };
}

const close = (found: Float32Array, expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 5);
};

describe('the curves of Insertion and Deletion', () => {
  it.each([
    // 192 pixels in 10 steps: 20 a step, the last one of 12.
    ['wide', {}, 10, 1, [20, 40, 60, 80, 100, 120, 140, 160, 180, 192]],
    // 160 pixels in 60 steps: 3 a step, none left for the last 6.
    ['tall, one channel, no prefix', tall, 60, 4, [12, 24, 36, 48, 60, 72, 84, 96, 108, 120, 132, 144, 156, 160, 160]],
    ['every third of ten steps ends with the last', {}, 10, 3, [20, 80, 140, 192]],
    ['more than there are', {}, 10, 99, [192]],
  ] as const)(
    'are probabilities of the class while pixels are switched: %s',
    async (_, shape, steps, every, counts) => {
      const { vit, pixels, baseline, order, curves } = await caseOf(shape);
      const found = await curves.curves({ pixels, baseline, order, classIndex: 3, steps, every });
      const shown = counts.map((count) => switched(baseline, pixels, order, count));
      const hidden = counts.map((count) => switched(pixels, baseline, order, count));
      close(found.insertion, await probabilitiesOf(vit, shown, 3));
      close(found.deletion, await probabilitiesOf(vit, hidden, 3));
      await curves.release();
    },
  );

  it('have 224 points and end with the whole image and the whole baseline', async () => {
    const { vit, pixels, order, curves } = await caseOf({});
    const baseline = blackBaseline(pixels);
    const { insertion, deletion } = await curves.curves({ pixels, baseline, order, classIndex: 0 });
    const [image = NaN, nothing = NaN] = await probabilitiesOf(vit, [pixels, baseline], 0);
    expect([insertion.length, deletion.length]).toEqual([224, 224]);
    expect(insertion.at(-1)).toBeCloseTo(image, 5);
    expect(deletion.at(-1)).toBeCloseTo(nothing, 5);
    await curves.release();
  });

  it('of an image that is its own baseline are flat', async () => {
    const { vit, pixels, order, curves } = await caseOf(tall);
    const { insertion, deletion } = await curves.curves({ pixels, baseline: pixels, order, classIndex: 4, steps: 5 });
    const [image = NaN] = await probabilitiesOf(vit, [pixels], 4);
    for (const curve of [insertion, deletion]) {
      close(curve, new Array<number>(5).fill(image));
      expect(areaOf(curve)).toBeCloseTo(image, 5);
    }
    await curves.release();
  });

  it('are refused for what is not of the model', async () => {
    const { pixels, baseline, order, curves } = await caseOf({});
    const request = { pixels, baseline, order, classIndex: 0 };
    await expect(curves.curves({ ...request, classIndex: 5 })).rejects.toThrow('no class 5');
    await expect(curves.curves({ ...request, baseline: pixels.subarray(1) })).rejects.toThrow(RangeError);
    await expect(curves.curves({ ...request, order: order.map(() => 7) })).rejects.toThrow('each of the 192 pixels');
    await expect(curves.curves({ ...request, order: order.subarray(1) })).rejects.toThrow('each of the 192 pixels');
    await expect(curves.curves({ ...request, steps: 0 })).rejects.toThrow('at least one');
    await expect(curves.curves({ ...request, every: 1.5 })).rejects.toThrow('at least one');
    await curves.release();
  });
});

it('the area of a curve is the plain mean of its points', () => {
  expect(areaOf(Float32Array.of(0.5, 0.25, 0, 0.25))).toBe(0.25);
});
