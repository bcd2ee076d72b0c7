/** TIS against the reference implementation: from its initial rows the same masks, scores and saliency. */

import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import { kMeans } from '../../src/main/explain/kmeans.js';
import type { Plan, Tis } from '../../src/main/explain/tis.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import type { SafetensorsFile } from '../../src/main/model/safetensors.js';
import type { Vit } from '../../src/main/model/vit.js';
import { embed, encode } from '../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { floatOutput, floats, indices } from '../../src/main/onnx/runner.js';
import {
  classesOf,
  floatsOf,
  golden,
  goldenImages,
  integersOf,
  largestDifference,
  minMaxScaled,
} from '../support/golden.js';
import { shared, sharedIsPresent } from '../support/shared.js';
import { tisOf } from '../support/tis.js';

const patches = 196;

/** Runs with the same seed share their initial rows; only one of the files carries them. */
async function initialRows(image: string, run: SafetensorsFile): Promise<Int32Array> {
  return (
    integersOf(run, 'init_indices') ??
    integersOf(await golden(image, 'tis_m256_r0.5'), 'init_indices') ??
    new Int32Array(0)
  );
}

function sameMasks(plan: Plan, expected: Int32Array): number {
  const rows = (all: Int32Array): string[] =>
    Array.from({ length: plan.masks }, (_, mask) =>
      all
        .slice(mask * plan.kept, (mask + 1) * plan.kept)
        .sort()
        .join(),
    );
  const wanted = rows(expected);
  return rows(plan.maskIndices).filter((row, mask) => row === wanted[mask]).length;
}

describe.skipIf(!sharedIsPresent)('TIS equals its reference', () => {
  let vit: Vit;
  let tis: Tis;
  let release: () => Promise<void>;
  const runs = sharedIsPresent
    ? goldenImages.flatMap((image) =>
        readdirSync(shared('golden', image))
          .filter((file) => file.startsWith('tis_m'))
          .map((file) => [image, file.replace('.safetensors', '')] as const),
      )
    : [];

  beforeAll(async () => {
    ({ vit } = await readVitFolder(shared('models/vit-tiny-hf')));
    ({ tis, release } = await tisOf(vit, cpuSessions(0)));
  });
  afterAll(() => release());

  it('covers every golden run of the four images', () => {
    expect(runs).toHaveLength(10);
  });

  it.each(runs)('%s %s: the same masks, raw and scaled saliency within 1e-3', async (image, name) => {
    const run = await golden(image, name);
    const pixels = floatsOf(await golden(image, 'input'), 'pixels');
    const plan = await tis.plan(pixels, await initialRows(image, run), Number(run.metadata.tokens_ratio));
    expect(sameMasks(plan, integersOf(run, 'mask_indices') ?? new Int32Array(0))).toBeGreaterThanOrEqual(
      Math.ceil(0.99 * plan.masks),
    );
    const scores = await tis.score(plan);
    const classes = classesOf(run);
    const { kept } = await tis.maps(plan, scores, classes);
    classes.forEach((classIndex, position) => {
      const map = kept.slice(position * patches, (position + 1) * patches);
      expect(largestDifference(map, floatsOf(run, `saliency_raw/${String(classIndex)}`))).toBeLessThan(1e-3);
      expect(largestDifference(minMaxScaled(map), floatsOf(run, `saliency/${String(classIndex)}`))).toBeLessThan(1e-3);
    });
  });

  it('leaves a token that no mask covers NaN, as the reference does', async () => {
    const run = await golden('n01729322', 'tis_quirk_uncovered_m4_r0.125');
    const pixels = floatsOf(await golden('n01729322', 'input'), 'pixels');
    const plan = await tis.plan(pixels, await initialRows('n01729322', run), 0.125);
    const scores = await tis.score(plan);
    const { kept } = await tis.maps(plan, scores, Int32Array.of(54));
    expect(kept.filter(Number.isNaN)).toHaveLength(120);
    expect(largestDifference(kept, floatsOf(run, 'saliency_raw/54'))).toBeLessThan(1e-5);
  });

  it.each(['tis_quirk_repeated_init_m64_r0.5', 'tis_quirk_zero_centroids_m256_r0.5'])(
    '%s: from its masks the same scores and saliency (its clustering hangs on the last bit of the activations)',
    async (name) => {
      const run = await golden('n01729322', name);
      const pixels = floatsOf(await golden('n01729322', 'input'), 'pixels');
      const clean = await tis.plan(pixels, Int32Array.of(0), 0.5);
      const maskIndices = integersOf(run, 'mask_indices') ?? new Int32Array(0);
      const plan: Plan = { ...clean, maskIndices, masks: maskIndices.length / clean.kept };
      const scores = await tis.score(plan);
      const { kept } = await tis.maps(plan, scores, Int32Array.of(54));
      expect(largestDifference(kept, floatsOf(run, 'saliency_raw/54'))).toBeLessThan(1e-5);
    },
  );

  it('keeps empty clusters as zero centroids, exactly as the reference does on its own activations', async () => {
    const run = await golden('n01729322', 'tis_quirk_zero_centroids_m256_r0.5');
    const activations = floatsOf(await golden('n01729322', 'tis_m256_r0.5'), 'encoder_activations');
    const columns = 2304;
    const samples = new Float32Array(columns * patches);
    for (let token = 0; token < patches; token += 1) {
      for (let column = 0; column < columns; column += 1) {
        samples[column * patches + token] = activations[(token + 1) * columns + column] ?? 0;
      }
    }
    const g = new GraphBuilder('kmeans_alone');
    const x = g.input('x', 'float32', [columns, patches]);
    const init = g.input('init', 'int64', ['k']);
    g.output('centroids', kMeans(g, x, init, patches), 'float32', ['k', patches]);
    const session = await cpuSessions(0)(g.model());
    const rows = await initialRows('n01729322', run);
    const outputs = await session.run({ x: floats(samples, columns, patches), init: indices(rows, rows.length) });
    const centroids = floatOutput(outputs, 'centroids');
    expect(largestDifference(centroids, floatsOf(run, 'centroids'))).toBeLessThan(1e-3);
    const zeros = rows.filter((_, cluster) =>
      centroids.slice(cluster * patches, (cluster + 1) * patches).every((value) => value === 0),
    );
    expect(zeros).toHaveLength(133);
  });

  it('has the hidden columns of the reference, within float32 rounding', async () => {
    const expected = floatsOf(await golden('n01729322', 'tis_m256_r0.5'), 'encoder_activations');
    const pixels = floatsOf(await golden('n01729322', 'input'), 'pixels');
    const g = new GraphBuilder('hidden');
    const input = g.input('pixels', 'float32', [1, 3, 224, 224]);
    const { blockOutputs } = encode(g, vit, embed(g, vit, input), { blockOutputs: true });
    g.output('hidden', g.concat(2, ...blockOutputs), 'float32', [1, 197, 2304]);
    const session = await cpuSessions(0)(g.model());
    const hidden = floatOutput(await session.run({ pixels: floats(pixels, 1, 3, 224, 224) }), 'hidden');
    // Values reach 504, where one unit in the last place is 3e-5.
    expect(largestDifference(hidden, expected)).toBeLessThan(2e-3);
  });
});
