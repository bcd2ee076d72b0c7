/** TIS maps as an engine might give them: settled ones, and noisier ones after some of the masks. */

import type { ClassIndex, ImageId, ImageRow, SaliencyMap, TisParameters } from '../../src/shared/audit.js';
import { fakeEvidence } from './fake-evidence.js';
import { seededRandom } from '../../src/shared/seeded-random.js';

/** Share of the masks after which fake maps are stable. */
const stableAfter = 0.4375;

/** Masks that are scored with these parameters. */
export function scoredMasks({ masks, stability }: TisParameters): number {
  return stability === undefined ? masks : Math.round(masks * stableAfter);
}

/** What the logarithm of a patch's means differs by. */
function logarithms(kept: Float32Array, dropped: Float32Array): Float32Array {
  return kept.map((value, token) => Math.log(value / (dropped[token] ?? 1)));
}

/** @param share of the masks scored so far. */
export function fakeTisMap(
  id: ImageId,
  classIndex: ClassIndex,
  row: ImageRow,
  { grid, share }: { readonly grid: number; readonly share: number },
): SaliencyMap {
  const next = seededRandom(id * 101 + classIndex);
  const probability = row.prediction?.top.find((entry) => entry.classIndex === classIndex)?.probability ?? 0.002;
  const [x, y, spread] = [next() * grid, next() * grid, 2 + next() * 3];
  const kept = new Float32Array(grid * grid);
  const dropped = new Float32Array(grid * grid);
  const unsettled = seededRandom(id * 31 + classIndex * 7 + Math.round(share * 1000));
  const noise = 0.12 * (1 / Math.sqrt(share) - 1);
  for (let token = 0; token < kept.length; token += 1) {
    const away = ((token % grid) - x) ** 2 + (Math.floor(token / grid) - y) ** 2;
    const heat = Math.exp(-away / (2 * spread * spread));
    const error = noise * (unsettled() + unsettled() - 1);
    kept[token] = probability * (0.55 + 0.4 * heat + 0.04 * next() + error);
    dropped[token] = probability * (0.75 - 0.35 * heat + 0.04 * next() - error);
  }
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  return {
    classIndex,
    probability,
    kept,
    dropped,
    contrast: Math.max(...kept) - mean,
    samplingError: (probability * 0.012) / Math.sqrt(share),
    splitHalfCorrelation: 0.93 * Math.sqrt(share),
    evidence: fakeEvidence(logarithms(kept, dropped), 0.05 / Math.sqrt(share), id * 13 + classIndex),
  };
}
