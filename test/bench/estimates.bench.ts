/** How good and how stable TIS maps are with fewer masks and with a regression: Insertion - Deletion and Spearman correlation over the sample images. */

import { readdirSync } from 'node:fs';
import { describe, it } from 'vitest';
import { decodeRgb } from '../../src/main/engine/decode.js';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { cpuSessions } from '../../src/main/engine/session.js';
import { drawInitialRows } from '../../src/main/explain/initial-rows.js';
import { expectedCorrelation } from '../../src/main/explain/stability.js';
import type { Plan, Tis } from '../../src/main/explain/tis.js';
import { readSource } from '../../src/main/dataset/source.js';
import { PerturbationCurves, areaOf } from '../../src/main/metrics/insertion-deletion.js';
import { pixelOrder } from '../../src/main/metrics/pixel-order.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import { type Vit, hiddenColumns, patchCount } from '../../src/main/model/vit.js';
import { spearman } from '../../src/shared/correlation.js';
import { shared, sharedIsPresent } from '../support/shared.js';
import { tisOf } from '../support/tis.js';

/** Images, evenly spread over the classes. */
const count = Number(process.env.IMAGES ?? '200');
/** Every so many of the 224 steps of Insertion and Deletion; the end point is always in. */
const every = Number(process.env.EVERY ?? '4');
const masks = 1024;
const step = 64;
const thresholds = [0.9, 0.93, 0.95, 0.96, 0.97];
const threshold = 0.95;

interface Row {
  readonly image: string;
  /** Masks at which each threshold stops, and the Spearman correlation with the map of all masks there. */
  readonly stops: readonly { readonly masks: number; readonly spearman: number }[];
  /** Insertion and Deletion of each map. */
  readonly metrics: Readonly<Record<string, readonly [insertion: number, deletion: number]>>;
}

interface Subject {
  readonly vit: Vit;
  readonly tis: Tis;
  readonly curves: PerturbationCurves;
}

/** Masks after which the two most probable classes are expected to correlate with all masks as well as that. */
async function stopsOf(tis: Tis, plan: Plan, scores: Float32Array, classes: Int32Array): Promise<readonly number[]> {
  const stability: number[] = [];
  for (let done = 2 * step; done <= masks; done += step) {
    const { halves } = await tis.maps(plan, scores, classes, { masks: done });
    const patches = halves.length / 4;
    const half = (row: number): Float32Array => halves.subarray(row * patches, (row + 1) * patches);
    stability.push(Math.min(...[0, 1].map((row) => expectedCorrelation(half(row), half(row + 2), done, masks))));
  }
  return thresholds.map((wanted) => {
    const at = stability.findIndex((value) => value >= wanted);
    return at < 0 ? masks : (at + 2) * step;
  });
}

async function rowOf(image: string, pixels: Float32Array, { vit, tis, curves }: Subject): Promise<Row> {
  const plan = await tis.plan(pixels, drawInitialRows(masks, hiddenColumns(vit), 0), 0.5);
  const scores = await tis.score(plan);
  const ranked = Array.from(plan.probabilities.keys()).sort(
    (a, b) => (plan.probabilities[b] ?? 0) - (plan.probabilities[a] ?? 0),
  );
  const classes = Int32Array.from(ranked.slice(0, 2));
  const stops = await stopsOf(tis, plan, scores, classes);
  const mapOf = async (some: number, estimate: 'published' | 'regression'): Promise<Float32Array> =>
    (await tis.maps(plan, scores, classes, { masks: some, estimate })).kept.slice(0, patchCount(vit));
  const whole = await mapOf(masks, 'published');
  const stopped = stops[thresholds.indexOf(threshold)] ?? masks;
  const maps = {
    'published 1024': whole,
    'published stopped': await mapOf(stopped, 'published'),
    'regression 1024': await mapOf(masks, 'regression'),
    'regression stopped': await mapOf(stopped, 'regression'),
    'regression 256': await mapOf(256, 'regression'),
  };
  const baseline = await curves.blurBaseline(pixels);
  const metrics: Record<string, readonly [number, number]> = {};
  for (const [name, map] of Object.entries(maps)) {
    const order = pixelOrder(vit, map);
    const made = await curves.curves({ pixels, baseline, order, classIndex: classes[0] ?? 0, every });
    metrics[name] = [areaOf(made.insertion), areaOf(made.deletion)];
  }
  const rows = stops.map(async (some) => ({
    masks: some,
    spearman: spearman(await mapOf(some, 'published'), whole) ?? NaN,
  }));
  return { image, stops: await Promise.all(rows), metrics };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Half the width of the 95 % interval of a mean. */
function interval(values: readonly number[]): number {
  const middle = mean(values);
  return 1.96 * Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) / values.length);
}

function tell(rows: readonly Row[]): void {
  const lines = thresholds.map((wanted, at) => {
    const found = rows.map(({ stops }) => stops[at] ?? { masks: NaN, spearman: NaN });
    const correlations = found.map((stop) => stop.spearman).sort((a, b) => a - b);
    const low = correlations[Math.floor(correlations.length / 20)] ?? NaN;
    return `| ${String(wanted)} | ${mean(found.map((stop) => stop.masks)).toFixed(0)} | ${mean(correlations).toFixed(3)} | ${low.toFixed(3)} |`;
  });
  const differences = (name: string): number[] =>
    rows.map(({ metrics }) => {
      const [insertion = NaN, deletion = NaN] = metrics[name] ?? [];
      return insertion - deletion;
    });
  const reference = differences('published 1024');
  const scores = Object.keys(rows[0]?.metrics ?? {}).map((name) => {
    const own = differences(name);
    const gain = own.map((value, at) => value - (reference[at] ?? NaN));
    const part = (at: 0 | 1): string => mean(rows.map(({ metrics }) => metrics[name]?.[at] ?? NaN)).toFixed(3);
    return `| ${name} | ${part(0)} | ${part(1)} | ${mean(own).toFixed(3)} | ${mean(gain).toFixed(4)} ± ${interval(gain).toFixed(4)} |`;
  });
  const stopHead = '| stability | masks | Spearman | 5 % of the images below |\n| --- | --- | --- | --- |';
  const scoreHead =
    '| map | Insertion | Deletion | difference | against published 1024 |\n| --- | --- | --- | --- | --- |';
  process.stdout.write(`${[stopHead, ...lines, '', scoreHead, ...scores].join('\n')}\n`);
}

describe.skipIf(!sharedIsPresent)('estimates on ViT-Tiny', () => {
  it(`of ${String(count)} images`, { timeout: 0 }, async () => {
    const model = shared('models/vit-tiny-hf');
    const runtime = await ModelRuntime.open({ path: model }, { threads: 0 });
    const { vit } = await readVitFolder(model);
    const { tis, release } = await tisOf(vit, cpuSessions(0));
    const curves = await PerturbationCurves.create(vit, cpuSessions(0));
    const names = readdirSync(shared('images')).filter((name) => name.endsWith('.JPEG'));
    const chosen = Array.from(
      { length: count },
      (_, at) => names.sort()[Math.floor((at * names.length) / count)] ?? '',
    );
    const rows: Row[] = [];
    for (const name of chosen) {
      const pixels = await runtime.preprocess(await decodeRgb(await readSource({ path: shared('images', name) })));
      const row = await rowOf(name, pixels, { vit, tis, curves });
      rows.push(row);
      process.stdout.write(`${JSON.stringify(row)}\n`);
      if (rows.length % 20 === 0) tell(rows);
    }
    tell(rows);
    await curves.release();
    await release();
    await runtime.close();
  });
});
