/** Speed of predicting and explaining, as ratios to what the same runtime's matrix product reaches in the same run. */

import { describe, expect, it } from 'vitest';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { cpuSessions } from '../../src/main/engine/session.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { floats } from '../../src/main/onnx/runner.js';
import type { ModelSummary } from '../../src/shared/model.js';
import { shared, sharedIsPresent } from '../support/shared.js';
import { resolve } from 'node:path';

const demo = resolve(import.meta.dirname, '../../resources/demo/model');

/** Runs `work` for about two seconds and returns how often it ran in a second. */
async function perSecond(work: () => Promise<unknown>): Promise<number> {
  await work();
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 2000) {
    await work();
    count += 1;
  }
  return (count * 1000) / (performance.now() - start);
}

/** Multiplications and additions of the encoder on `tokens` tokens, in operations (2 a multiply-add). */
function encoderOperations({ width, blocks }: ModelSummary, tokens: number): number {
  return blocks * (2 * tokens * 12 * width * width + 4 * tokens * tokens * width);
}

/** Operations a second of one dense product at the model's shapes: the ceiling of everything else. */
async function ceiling({ width }: ModelSummary, tokens: number): Promise<number> {
  const g = new GraphBuilder('ceiling');
  const x = g.input('x', 'float32', ['rows', width]);
  const weight = g.floats(new Float32Array(width * 4 * width).fill(0.01), [width, 4 * width]);
  g.output('y', g.reduceSum(g.matMul(x, weight), 1, false), 'float32', ['rows']);
  const session = await cpuSessions(0)(g.model());
  const rows = 8 * tokens;
  const feed = { x: floats(new Float32Array(rows * width).fill(0.5), rows, width) };
  const rate = await perSecond(() => session.run(feed));
  await session.release();
  return rate * 2 * rows * width * 4 * width;
}

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
