/** Speed of predicting and of every part of TIS, against what the same runtime's matrix product reaches in the same seconds. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { cpuSessions } from '../../src/main/engine/session.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import { type Vit, classCount, patchCount, prefixCount } from '../../src/main/model/vit.js';
import { embed, encode } from '../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { fuse } from '../../src/main/onnx/passes/fuse.js';
import { type Session, floats } from '../../src/main/onnx/runner.js';
import { shared, sharedIsPresent } from '../support/shared.js';
import { type Work, blockProducts, encoderOperations, inTurn, median, table } from './measure.js';
import { writeRandomVit } from '../support/random-vit-folder.js';

const demo = resolve(import.meta.dirname, '../../resources/demo/model');
const ratios = [0.125, 0.25, 0.5];
const maskCounts = [128, 256, 512, 1024, 2048];
const scratch = await mkdtemp(join(tmpdir(), 'hognose-bench-'));
afterAll(() => rm(scratch, { recursive: true }));

const models: readonly (readonly [name: string, path: string, milliseconds: number])[] = [
  ['demo', demo, 60],
  ...(sharedIsPresent ? ([['ViT-Tiny/16', shared('models/vit-tiny-hf'), 100]] as const) : []),
  ['ViT-B/16', join(scratch, 'vit-base'), 800],
];

/** Pixels to probabilities in one graph: the fastest that predicting can be. */
async function bareSession(vit: Vit): Promise<Session> {
  const g = new GraphBuilder('bare');
  const pixels = g.input('pixels', 'float32', ['n', vit.channels, vit.inputHeight, vit.inputWidth]);
  const { logits } = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false });
  g.output('probabilities', g.softmax(logits), 'float32', ['n', classCount(vit)]);
  return cpuSessions(0)(fuse(g.model(), 'cpu'));
}

describe.each(models)('%s', (name, path, milliseconds) => {
  let runtime: ModelRuntime;
  let vit: Vit;
  let pixels: Float32Array;
  const rounds = 9;
  const rates = new Map<number, number>();
  const plans = new Map<number, number>();

  beforeAll(async () => {
    if (name === 'ViT-B/16') await writeRandomVit(path, 'base');
    runtime = await ModelRuntime.open({ path }, { threads: 0 });
    ({ vit } = await readVitFolder(path));
    const size = vit.channels * vit.inputHeight * vit.inputWidth;
    // Patches that differ, so that clustering takes as many steps as on photographs.
    pixels = Float32Array.from({ length: size }, (_, at) => Math.sin(at * at * 1e-6) * Math.cos(at / 900));
  });
  afterAll(() => runtime.close());

  it('predicts as fast as a bare session', async () => {
    const batch = new Float32Array(8 * pixels.length);
    for (let at = 0; at < 8; at += 1) batch.set(pixels, at * pixels.length);
    const session = await bareSession(vit);
    const feed = { pixels: floats(batch, 8, vit.channels, vit.inputHeight, vit.inputWidth) };
    const [own = [], bare = []] = await inTurn(
      [
        { amount: 8, run: () => runtime.predict(batch, 8) },
        { amount: 8, run: () => session.run(feed) },
      ],
      rounds,
      2 * milliseconds,
    );
    await session.release();
    const figures = {
      model: name,
      imagesASecond: Number(median(own).toFixed(1)),
      overBareSession: Number(median(own.map((rate, at) => rate / (bare[at] ?? NaN))).toFixed(3)),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(figures.imagesASecond).toBeGreaterThan(0);
  });

  it.each(ratios)('scores masks that keep %d of the patches, beside the products of a block', async (ratio) => {
    const tis = await runtime.tis('float32');
    const plan = await tis.plan(pixels, runtime.initialRows(64, 0), ratio);
    const tokens = plan.kept + prefixCount(vit);
    const shape = { width: vit.width, blocks: vit.blocks.length };
    const products = await blockProducts(shape, tokens);
    const operations = encoderOperations(shape, tokens);
    const scoring: Work = {
      amount: 8 * operations,
      run: async () => {
        for await (const { done } of tis.scoring(plan)) if (done >= 8) return;
      },
    };
    const [own = [], ...others] = await inTurn([scoring, ...products], rounds, milliseconds);
    for (const product of products) await product.release();
    const best = own.map((_, round) => Math.max(...others.map((each) => each[round] ?? 0)));
    const rate = median(own) / operations;
    rates.set(ratio, rate);
    const figures = {
      model: name,
      ratio,
      masksASecond: Number(rate.toFixed(1)),
      gflops: Math.round(median(own) / 1e9),
      ceilingGflops: Math.round(median(best) / 1e9),
      floorOverMeasured: Number(median(own.map((value, at) => value / (best[at] ?? NaN))).toFixed(3)),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(figures.floorOverMeasured).toBeGreaterThan(0);
  });

  it.each(maskCounts)('plans %i masks', async (masks) => {
    const init = runtime.initialRows(masks, 0);
    if (init.length < masks) return;
    const tis = await runtime.tis('float32');
    await tis.plan(pixels, init, 0.5);
    const times: number[] = [];
    const forwards: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const start = performance.now();
      await tis.plan(pixels, init, 0.5);
      const middle = performance.now();
      await tis.plan(pixels, init.slice(0, 1), 0.5);
      times.push(middle - start);
      forwards.push(performance.now() - middle);
    }
    plans.set(masks, median(times));
    const kMeansMilliseconds = Math.round(median(times) - median(forwards));
    const figures = { model: name, masks, planMilliseconds: Math.round(median(times)), kMeansMilliseconds };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(figures.planMilliseconds).toBeGreaterThan(0);
  });

  it('makes the maps of label and top five together', async () => {
    const masks = runtime.initialRows(name === 'ViT-B/16' ? 128 : 1024, 0).length;
    const request = { parameters: { masks, ratio: 0.5, seed: 0 }, classes: [1], top: 5 };
    const tis = await runtime.tis('float32');
    const begun = performance.now();
    const plan = await tis.plan(pixels, runtime.initialRows(masks, 0), 0.5);
    const planning = performance.now() - begun;
    let scoring = 0;
    const start = performance.now();
    for await (const { done } of tis.scoring(plan)) if (done === masks) scoring = performance.now() - start;
    const { milliseconds: whole } = await runtime.explainTis(pixels, request);
    const figures = {
      model: name,
      masks,
      mapsMilliseconds: Math.round(whole),
      /** Everything but scoring; of 1,024 masks where fewer were scored here. */
      shareBesidesScoring: Number(
        (
          (plans.get(1024) ?? planning) /
          ((plans.get(1024) ?? planning) + (Math.max(masks, 1024) * scoring) / masks)
        ).toFixed(3),
      ),
      overSumOfParts: Number((whole / (planning + scoring)).toFixed(3)),
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    expect(figures.mapsMilliseconds).toBeGreaterThan(0);
  });

  afterAll(() => {
    const seconds = (masks: number, ratio: number): string | null => {
      const [plan, rate] = [plans.get(masks), rates.get(ratio)];
      return plan === undefined || rate === undefined ? null : (plan / 1000 + masks / rate).toFixed(2);
    };
    const rows = maskCounts.map((masks) => [masks, ...ratios.map((ratio) => seconds(masks, ratio))]);
    process.stdout.write(`Seconds of the maps of an image, ${name} (${String(patchCount(vit))} patches)\n`);
    process.stdout.write(table(['masks', ...ratios.map(String)], rows));
  });
});
