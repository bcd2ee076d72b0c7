/** Large models, of which one session predicts, finds masks and scores them: the same as with sessions of their own. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { Halves, processorHalves } from '../../../src/main/explain/halves.js';
import { drawInitialRows } from '../../../src/main/explain/initial-rows.js';
import type { Plan } from '../../../src/main/explain/tis.js';
import { type Vit, hiddenColumns } from '../../../src/main/model/vit.js';
import { randomVit } from '../../support/random-vit.js';
import { tisOf } from '../../support/tis.js';

const large = { ...processorHalves, smallModel: 0 };
const masks = 24;

function picture(vit: Vit, count = 1): Float32Array {
  const size = count * vit.channels * vit.inputHeight * vit.inputWidth;
  return Float32Array.from({ length: size }, (_, index) => Math.sin(index * 0.37));
}

function maskRows({ maskIndices, kept }: Plan): string[] {
  return Array.from({ length: masks }, (_, mask) =>
    maskIndices
      .slice(mask * kept, (mask + 1) * kept)
      .sort()
      .join(),
  );
}

const largest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? NaN))), 0);

describe('a large model', () => {
  it.each([
    ['plain', {}],
    ['one block', { blocks: 1 }],
    ['registers', { prefix: ['cls', 'register'] }],
    ['post-norm', { blockNorm: 'post' }],
    ['distilled', { prefix: ['cls', 'distillation'], pooling: 'distilled' }],
    ['mean pooling without prefix', { prefix: [], pooling: 'mean-patches' }],
    ['LayerScale and QK-norm', { layerScale: true, qkNorm: true }],
  ] as const)('has the masks and scores of a small one: %s', async (_, shape) => {
    const vit = randomVit(shape);
    const pixels = picture(vit);
    const init = drawInitialRows(masks, hiddenColumns(vit), 2);
    const [one, other] = [await tisOf(vit, cpuSessions(1)), await tisOf(vit, cpuSessions(1), 'subset', large)];
    const [plan, found] = [await one.tis.plan(pixels, init, 0.5), await other.tis.plan(pixels, init, 0.5)];
    expect(largest(found.probabilities, plan.probabilities)).toBeLessThan(1e-6);
    expect(maskRows(found)).toEqual(maskRows(plan));
    const [scores, same] = [await one.tis.score(plan), await other.tis.score({ ...plan, tokens: found.tokens })];
    expect(largest(same, scores)).toBeLessThan(1e-6);
    await one.release();
    await other.release();
  });

  it('predicts as a small one does', async () => {
    const vit = randomVit();
    const [small, big] = [await Halves.create(vit, cpuSessions(1)), await Halves.create(vit, cpuSessions(1), large)];
    expect([small.isObserved, big.isObserved]).toEqual([false, true]);
    const pixels = picture(vit, 9);
    expect(largest(await big.predict(pixels, 9), await small.predict(pixels, 9))).toBeLessThan(1e-6);
    await small.release();
    await big.release();
  });

  it('finds its masks with float32 when it scores them with 8-bit products', async () => {
    const vit = randomVit({ width: 96, heads: 3, headWidth: 32, inner: 192, blocks: 3 });
    const { tis, release } = await tisOf(vit, cpuSessions(1), 'subset', large);
    const rough = await Halves.create(vit, cpuSessions(1), { ...large, precision: 'int8' });
    const init = drawInitialRows(masks, hiddenColumns(vit), 2);
    const exact = await tis.plan(picture(vit), init, 0.5);
    const plan = await tis.with(rough).plan(picture(vit), init, 0.5);
    expect(plan.probabilities).toEqual(exact.probabilities);
    expect(plan.maskIndices).toEqual(exact.maskIndices);
    await rough.release();
    await release();
  });
});
