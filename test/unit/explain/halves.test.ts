/** The two halves: sets of tokens of several images at once, batches, and rough numbers. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { Halves, processorHalves } from '../../../src/main/explain/halves.js';
import { type Vit, classCount, prefixCount, tokenCount } from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { floatOutput, floats } from '../../../src/main/onnx/runner.js';
import { randomVit } from '../../support/random-vit.js';

function pictures(vit: Vit, count: number): Float32Array {
  const size = count * vit.channels * vit.inputHeight * vit.inputWidth;
  return Float32Array.from({ length: size }, (_, index) => Math.sin(index * 0.37));
}

/** Probabilities of whole images by the plain graph. */
async function plainly(vit: Vit, pixels: Float32Array, count: number): Promise<Float32Array> {
  const g = new GraphBuilder('plain');
  const input = g.input('pixels', 'float32', ['n', vit.channels, vit.inputHeight, vit.inputWidth]);
  const { logits } = encode(g, vit, embed(g, vit, input), { blockOutputs: true });
  g.output('p', g.softmax(logits), 'float32', ['n', classCount(vit)]);
  const session = await cpuSessions(1)(g.model());
  const feeds = { pixels: floats(pixels, count, vit.channels, vit.inputHeight, vit.inputWidth) };
  const found = floatOutput(await session.run(feeds), 'p');
  await session.release();
  return found;
}

const largest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? NaN))), 0);

describe('the two halves', () => {
  it.each([
    ['plain', {}],
    ['one block', { blocks: 1 }],
    ['post-norm', { blockNorm: 'post' }],
    ['QK-norm', { qkNorm: true }],
    ['gated, LayerScale, stem norm', { gated: true, layerScale: true, stemNorm: true }],
    ['distilled', { prefix: ['cls', 'distillation'], pooling: 'distilled' }],
    ['mean pooling without prefix', { prefix: [], pooling: 'mean-patches' }],
  ] as const)('predict as the plain graph does, whatever the batch: %s', async (_, shape) => {
    const vit = randomVit(shape);
    const pixels = pictures(vit, 11);
    const halves = await Halves.create(vit, cpuSessions(1));
    const found = await halves.predict(pixels, 11);
    // The way of large models: all tokens of an image as one set.
    const table = await halves.tokens(pixels, 11);
    const rows = Int32Array.from({ length: 11 * tokenCount(vit) }, (_row, at) => at);
    const looked = await halves.probabilities(table, rows, 11);
    await halves.release();
    const expected = await plainly(vit, pixels, 11);
    expect(largest(found, expected)).toBeLessThan(1e-6);
    expect(largest(looked, expected)).toBeLessThan(1e-6);
  });

  it('encode sets of tokens of several images in one run', async () => {
    const vit = randomVit();
    const halves = await Halves.create(vit, cpuSessions(1));
    const pixels = pictures(vit, 2);
    const size = pixels.length / 2;
    const total = tokenCount(vit);
    const both = await halves.tokens(pixels, 2);
    const kept = [0, 2, 5, 7];
    const rows = Int32Array.from([...kept, ...kept.map((row) => total + row)]);
    const together = await halves.probabilities(both, rows, 2);
    for (const image of [0, 1]) {
      const one = await halves.tokens(pixels.slice(image * size, (image + 1) * size), 1);
      const alone = await halves.probabilities(one, Int32Array.from(kept), 1);
      const count = classCount(vit);
      expect(largest(together.slice(image * count, (image + 1) * count), alone)).toBeLessThan(1e-6);
    }
    expect(prefixCount(vit)).toBe(1);
    await halves.release();
  });

  it('keep to their batches', async () => {
    const vit = randomVit();
    const sizes: number[] = [];
    const halves = await Halves.create(vit, cpuSessions(1), {
      ...processorHalves,
      batches: {
        limit: 3,
        run: async (count, work) => {
          const results = [];
          for (let from = 0; from < count; from += 3) {
            sizes.push(Math.min(3, count - from));
            results.push(await work(from, Math.min(3, count - from)));
          }
          return results;
        },
      },
    });
    const table = await halves.tokens(pictures(vit, 1), 1);
    const rows = Int32Array.from({ length: 7 * 4 }, (_, at) => (at % 4) + Math.floor(at / 4));
    const found = await halves.probabilities(table, rows, 7);
    expect(sizes).toEqual([3, 3, 1]);
    expect(halves.batch).toBe(3);
    const last = await halves.probabilities(table, rows.slice(6 * 4), 1);
    expect(largest(found.slice(6 * classCount(vit)), last)).toBeLessThan(1e-6);
    await halves.release();
  });

  it.each(['float32', 'float16'] as const)('are the same in the operators of CUDA, %s', async (precision) => {
    const vit = randomVit({ width: 96, heads: 3, headWidth: 32, inner: 192, blocks: 3 });
    const pixels = pictures(vit, 2);
    const halves = await Halves.create(vit, cpuSessions(1), { ...processorHalves, target: 'cuda', precision });
    const table = await halves.tokens(pixels, 2);
    const rows = Int32Array.from({ length: 2 * tokenCount(vit) }, (_, at) => at);
    const found = await halves.probabilities(table, rows, 2);
    await halves.release();
    const most = precision === 'float32' ? 1e-6 : 2e-3;
    expect(largest(found, await plainly(vit, pixels, 2))).toBeLessThan(most);
  });

  it('come near with 8-bit products', async () => {
    const vit = randomVit({ width: 96, heads: 3, headWidth: 32, inner: 192, blocks: 3 });
    const pixels = pictures(vit, 4);
    const halves = await Halves.create(vit, cpuSessions(1), { ...processorHalves, precision: 'int8' });
    const found = await halves.predict(pixels, 4);
    await halves.release();
    const difference = largest(found, await plainly(vit, pixels, 4));
    expect(difference).toBeLessThan(0.05);
    expect(difference).toBeGreaterThan(0);
  });
});
