/** TIS as a method, and its ablation against pixels that are really masked. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { drawInitialRows } from '../../../src/main/explain/initial-rows.js';
import { tis, tisPixels } from '../../../src/main/explain/tis-method.js';
import { type Vit, classCount, hiddenColumns, patchCount } from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { floatOutput, floats } from '../../../src/main/onnx/runner.js';
import { randomVit } from '../../support/random-vit.js';
import { tisOf } from '../../support/tis.js';

const goOn = (): Promise<boolean> => Promise.resolve(true);

function picture(vit: Vit): Float32Array {
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  return Float32Array.from({ length: size }, (_, index) => Math.sin(index * 0.37));
}

async function probabilitiesOf(vit: Vit, pixels: Float32Array): Promise<Float32Array> {
  const g = new GraphBuilder('plain');
  const input = g.input('pixels', 'float32', [1, vit.channels, vit.inputHeight, vit.inputWidth]);
  const { logits } = encode(g, vit, embed(g, vit, input), { blockOutputs: false });
  g.output('p', g.softmax(logits), 'float32', [1, classCount(vit)]);
  const session = await cpuSessions(1)(g.model());
  return floatOutput(
    await session.run({ pixels: floats(pixels, 1, vit.channels, vit.inputHeight, vit.inputWidth) }),
    'p',
  );
}

/** The picture with the patches that are not in `kept` at 0. */
function masked(vit: Vit, pixels: Float32Array, kept: ReadonlySet<number>): Float32Array {
  const plane = vit.inputHeight * vit.inputWidth;
  return pixels.map((value, at) => {
    const [row, column] = [Math.floor((at % plane) / vit.inputWidth), at % vit.inputWidth];
    const patch = Math.floor(row / vit.patchHeight) * vit.gridWidth + Math.floor(column / vit.patchWidth);
    return kept.has(patch) ? value : 0;
  });
}

describe('TIS with masked pixels', () => {
  it.each([
    ['plain', {}],
    ['registers and a stem norm', { prefix: ['cls', 'register'], stemNorm: true }],
    ['mean pooling', { prefix: [], pooling: 'mean-patches' }],
  ] as const)('scores the picture with its dropped patches greyed: %s', async (_, shape) => {
    const vit = randomVit(shape);
    const pixels = picture(vit);
    const { tis: ablation, release } = await tisOf(vit, cpuSessions(1), 'masked');
    const plan = await ablation.plan(pixels, drawInitialRows(5, hiddenColumns(vit), 3), 0.4);
    const scores = await ablation.score(plan);
    await release();
    for (let mask = 0; mask < plan.masks; mask += 1) {
      const kept = new Set(plan.maskIndices.subarray(mask * plan.kept, (mask + 1) * plan.kept));
      const expected = await probabilitiesOf(vit, masked(vit, pixels, kept));
      const found = scores.subarray(mask * classCount(vit), (mask + 1) * classCount(vit));
      for (const [index, value] of expected.entries()) expect(Math.exp(found[index] ?? NaN)).toBeCloseTo(value, 5);
    }
  });

  it('is the mean score of the masks that keep a patch', async () => {
    const vit = randomVit();
    const pixels = picture(vit);
    const parameters = { masks: 6, ratio: 0.4, seed: 3 };
    const { tis: ablation, release } = await tisOf(vit, cpuSessions(1), 'masked');
    const init = drawInitialRows(parameters.masks, hiddenColumns(vit), parameters.seed);
    const plan = await ablation.plan(pixels, init, parameters.ratio);
    await release();
    const [sums, counts] = [new Float64Array(patchCount(vit)), new Float64Array(patchCount(vit))];
    for (let mask = 0; mask < plan.masks; mask += 1) {
      const kept = plan.maskIndices.subarray(mask * plan.kept, (mask + 1) * plan.kept);
      const score = (await probabilitiesOf(vit, masked(vit, pixels, new Set(kept))))[1] ?? NaN;
      for (const patch of kept) {
        sums[patch] = (sums[patch] ?? 0) + score;
        counts[patch] = (counts[patch] ?? 0) + 1;
      }
    }
    const prepared = await tisPixels.prepare(vit, cpuSessions(1));
    const result = await prepared.run({ items: [{ pixels, classIndex: 1 }], parameters, onStep: goOn });
    await prepared.release();
    const map = result?.maps[0] ?? new Float32Array(0);
    expect(map).toHaveLength(patchCount(vit));
    // NaN where no mask keeps the patch.
    for (const [patch, sum] of sums.entries()) expect(map[patch]).toBeCloseTo(sum / (counts[patch] ?? 0), 5);
  });

  it('says the same of every patch when nothing is dropped', async () => {
    const vit = randomVit();
    const pixels = picture(vit);
    const clean = await probabilitiesOf(vit, pixels);
    for (const method of [tis, tisPixels]) {
      const prepared = await method.prepare(vit, cpuSessions(1));
      const parameters = { masks: 4, ratio: 1, seed: 0 };
      const result = await prepared.run({ items: [{ pixels, classIndex: 2 }], parameters, onStep: goOn });
      await prepared.release();
      expect(result?.maps[0]).toHaveLength(patchCount(vit));
      for (const value of result?.maps[0] ?? []) expect(value).toBeCloseTo(clean[2] ?? 0, 5);
      expect(result?.cost).toEqual({ forward: 5, backward: 0 });
    }
  });
});
