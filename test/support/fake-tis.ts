/** TIS maps as an engine might give them: settled ones, and noisier ones after some of the masks. */

import type { TisMaps } from '../../src/main/engine/engine.js';
import type { TisParameters } from '../../src/shared/audit.js';
import { jackknifeGroups, withoutGroup } from '../../src/shared/evidence.js';
import { seededRandom } from '../../src/shared/seeded-random.js';
import { fakeEvidence } from './fake-evidence.js';

/** Share of the masks after which fake maps are stable. */
const stableAfter = 0.4375;

/** Masks that are scored with these parameters. */
export function scoredMasks({ masks, stability }: TisParameters): number {
  return stability === undefined ? masks : Math.round(masks * stableAfter);
}

/** A blob where the class is seen on this image: in what masks that keep or drop a patch score, `[grid * grid]`. */
function blob(seed: number, probability: number, grid: number, noise: () => number) {
  const next = seededRandom(seed);
  const [x, y, spread] = [next() * grid, next() * grid, 2 + next() * 3];
  const kept = new Float32Array(grid * grid);
  const dropped = new Float32Array(grid * grid);
  for (let token = 0; token < kept.length; token += 1) {
    const away = ((token % grid) - x) ** 2 + (Math.floor(token / grid) - y) ** 2;
    const heat = Math.exp(-away / (2 * spread * spread));
    const error = noise();
    kept[token] = probability * (0.55 + 0.4 * heat + 0.04 * next() + error);
    dropped[token] = probability * (0.75 - 0.35 * heat + 0.04 * next() - error);
  }
  return { kept, dropped };
}

/** Tables of one length, one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const length = parts[0]?.length ?? 0;
  const all = new Float32Array(parts.length * length);
  for (const [at, part] of parts.entries()) all.set(part, at * length);
  return all;
}

/**
 * The maps of some classes of an image once `scored` of `masks` masks were scored.
 * @param image tells one image from another
 */
export function fakeTis(
  image: number,
  classes: readonly number[],
  probabilities: Float32Array,
  { grid, scored, masks }: { readonly grid: number; readonly scored: number; readonly masks: number },
): TisMaps {
  const share = scored / masks;
  const maps = classes.map((index) => {
    const unsettled = seededRandom(image * 31 + index * 7 + scored);
    const amplitude = 0.12 * (1 / Math.sqrt(share) - 1);
    const noise = (): number => amplitude * (unsettled() + unsettled() - 1);
    const { kept, dropped } = blob(image * 101 + index, probabilities[index] ?? 0, grid, noise);
    const logarithms = kept.map((value, token) => Math.log(value / (dropped[token] ?? 1)));
    const evidence = fakeEvidence(logarithms, 0.05 / Math.sqrt(share), image * 13 + index);
    const error = kept.map((value) => (value * 0.012) / Math.sqrt(share));
    const half = (sign: number): Float32Array => kept.map((value, token) => value + sign * (error[token] ?? 0));
    return { kept, dropped, error, evidence, halves: [half(1), half(-1)] as const };
  });
  const groups = Array.from({ length: jackknifeGroups }, (_, group) =>
    maps.map(({ evidence }) => withoutGroup(evidence, group)),
  );
  return {
    gridWidth: grid,
    gridHeight: grid,
    probabilities,
    classes: Int32Array.from(classes),
    kept: joined(maps.map(({ kept }) => kept)),
    dropped: joined(maps.map(({ dropped }) => dropped)),
    keptError: joined(maps.map(({ error }) => error)),
    halves: joined([...maps.map(({ halves }) => halves[0]), ...maps.map(({ halves }) => halves[1])]),
    evidence: joined(maps.map(({ evidence }) => evidence.values)),
    evidenceWithout: joined(groups.flat()),
    scored,
  };
}
