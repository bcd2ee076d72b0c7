/** Measures what predicting and explaining cost on this machine, and what rough numbers do to maps. */

import { tokenRatios } from '../../shared/audit.js';
import { spearman } from '../../shared/correlation.js';
import { AppError } from '../../shared/errors.js';
import { type Precision, precisions } from '../../shared/precision.js';
import { type FidelityFigures, type ScoringSpeed, type SpeedFigures, fidelityMasks } from '../../shared/speed.js';
import type { Tis } from '../explain/tis.js';
import { classRanking } from './choose-classes.js';
import type { FidelityRequest, SpeedRequest } from './exchange.js';
import type { ModelRuntime } from './runtime.js';

/** Milliseconds that each figure is measured for; with the clustering about three seconds come together. */
const budget = 350;
/** Images predicted at once. */
const batch = 8;

/** Lets other work in between two runs of a graph; rejects when the measurement was cancelled. */
export type Pause = () => Promise<void>;

/** How often a second `work` runs, which answers how much it did; after one run to warm up. */
async function rateOf(work: () => Promise<number>, pause: Pause): Promise<number> {
  await work();
  let [done, spent] = [0, 0];
  while (spent < budget) {
    await pause();
    const start = performance.now();
    done += await work();
    spent += performance.now() - start;
  }
  return (done * 1000) / spent;
}

/** Masks a second; the masks themselves do not matter. */
async function scoringRate(tis: Tis, pixels: Float32Array, ratio: number, pause: Pause): Promise<number> {
  const plan = await tis.plan(
    pixels,
    Int32Array.from({ length: 32 }, (_, row) => row),
    ratio,
  );
  return rateOf(async () => {
    for await (const { done } of tis.scoring(plan)) return done;
    return 0;
  }, pause);
}

/** Precisions other than float32 that this device has operators for. */
function roughOn(target: 'cpu' | 'cuda'): readonly Precision[] {
  return precisions.filter((precision) => precision === (target === 'cpu' ? 'int8' : 'float16'));
}

/** @param pixels of one image of the project: clustering takes as long as its features make it take. */
export async function measureSpeed(
  runtime: ModelRuntime,
  pixels: Float32Array,
  { masks, ratio }: SpeedRequest,
  pause: Pause,
): Promise<SpeedFigures> {
  const several = new Float32Array(batch * pixels.length);
  for (let at = 0; at < batch; at += 1) several.set(pixels, at * pixels.length);
  const imagesPerSecond = await rateOf(async () => {
    await runtime.predict(several, batch);
    return batch;
  }, pause);
  const tis = await runtime.tis('float32');
  const scoring: ScoringSpeed[] = [];
  for (const share of new Set([...tokenRatios, ratio])) {
    scoring.push({ precision: 'float32', ratio: share, masksPerSecond: await scoringRate(tis, pixels, share, pause) });
  }
  for (const precision of roughOn(runtime.target)) {
    const rough = await runtime.tis(precision);
    scoring.push({ precision, ratio, masksPerSecond: await scoringRate(rough, pixels, ratio, pause) });
  }
  await pause();
  const start = performance.now();
  await tis.plan(pixels, runtime.initialRows(masks, 0), ratio);
  const milliseconds = performance.now() - start;
  return {
    provider: runtime.target === 'cpu' ? 'CPU' : 'CUDA',
    imagesPerSecond,
    plan: { masks, milliseconds },
    scoring,
    megabytes: Math.round(process.memoryUsage.rss() / 1e6),
  };
}

/**
 * Compares maps of the most probable class, scored with a rough precision and with float32 from the same masks.
 * @param images pixels of one image after the other.
 * @throws AppError `IMAGE_NOT_FOUND` when there is none; `PRECISION_UNSUPPORTED`.
 */
export async function measureFidelity(
  runtime: ModelRuntime,
  images: AsyncIterable<Float32Array>,
  { precision, ratio }: FidelityRequest,
  pause: Pause,
): Promise<FidelityFigures> {
  const [exact, rough] = [await runtime.tis('float32'), await runtime.tis(precision)];
  const correlations: number[] = [];
  for await (const pixels of images) {
    const plan = await exact.plan(pixels, runtime.initialRows(fidelityMasks, 0), ratio);
    const classes = Int32Array.from(classRanking(plan.probabilities).slice(0, 1));
    const maps: Float32Array[] = [];
    for (const tis of [exact, rough]) {
      let all = new Float32Array(0);
      for await (const { scores } of tis.scoring(plan)) {
        await pause();
        all = scores;
      }
      maps.push((await exact.maps(plan, all, classes)).kept);
    }
    const [one = new Float32Array(0), other = new Float32Array(0)] = maps;
    correlations.push(spearman(one, other) ?? 0);
  }
  if (correlations.length === 0) {
    throw new AppError('IMAGE_NOT_FOUND', 'There is no image that could be read to compare maps of.');
  }
  const sum = correlations.reduce((total, value) => total + value, 0);
  const count = correlations.length;
  return { precision, ratio, images: count, spearman: sum / count, lowest: Math.min(...correlations) };
}
