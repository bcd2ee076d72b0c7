/** Speed of predicting and explaining, as ratios to what the same runtime's matrix product reaches in the same run. */

import { describe, expect, it } from 'vitest';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { shared, sharedIsPresent } from '../support/shared.js';
import { resolve } from 'node:path';
import { ceiling, encoderOperations, perSecond } from './measure.js';

const demo = resolve(import.meta.dirname, '../../resources/demo/model');

async function measure(path: string, masks: number): Promise<Readonly<Record<string, unknown>>> {
  const runtime = await ModelRuntime.open({ path }, { threads: 0 });
  const { summary } = runtime;
  const size = 3 * summary.inputWidth * summary.inputHeight;
  const pixels = Float32Array.from({ length: size }, (_, index) => Math.sin(index));
  const tokens = summary.gridWidth * summary.gridHeight;
  const batch = new Float32Array(16 * size).fill(0.1);
  const imagesASecond = 16 * (await perSecond(() => runtime.predict(batch, 16)));
  const request = { parameters: { masks, ratio: 0.5, seed: 0 }, classes: [], top: 5 };
  await runtime.explainTis(pixels, request);
  const { milliseconds, initIndices } = await runtime.explainTis(pixels, request);
  const best = await ceiling(summary, Math.trunc(tokens / 2) + 1);
  const floorMilliseconds = (1000 * initIndices.length * encoderOperations(summary, Math.trunc(tokens / 2) + 1)) / best;
  await runtime.close();
  return {
    model: summary.name,
    masks: initIndices.length,
    imagesASecond: Math.round(imagesASecond),
    mapMilliseconds: Math.round(milliseconds),
    ceilingGflops: Math.round(best / 1e9),
    floorOverMeasured: Number((floorMilliseconds / milliseconds).toFixed(3)),
  };
}

describe('TIS', () => {
  it.each([
    ['demo', demo, 576],
    ...(sharedIsPresent
      ? [
          ['ViT-Tiny/16', shared('models/vit-tiny-hf'), 256],
          ['ViT-Tiny/16', shared('models/vit-tiny-hf'), 1024],
        ]
      : []),
  ] as [string, string, number][])('%s, %s, %i masks', async (_name, path, masks) => {
    const figures = await measure(path, masks);
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(figures.floorOverMeasured).toBeGreaterThan(0);
  });
});
