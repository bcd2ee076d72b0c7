/** Evidence and contrast maps of real pictures: against float64 arithmetic from the scores, and whether their errors cover. */

import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../src/main/dataset/source.js';
import { decodeRgb } from '../../src/main/engine/decode.js';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import type { Plan, Tis } from '../../src/main/explain/tis.js';
import { contrastMap, type Evidence, evidenceOf, interval95, jackknifeGroups } from '../../src/shared/evidence.js';
import { seededRandom } from '../../src/shared/seeded-random.js';
import { shared, sharedIsPresent } from '../support/shared.js';

const masks = 1024;
const patches = 196;
/** Images of the coverage, evenly spread over the classes. */
const pictures = 5;

interface Scored {
  readonly plan: Plan;
  readonly scores: Float32Array;
  /** The four most probable classes. */
  readonly classes: Int32Array;
}

/** Kept minus dropped mean of the log-probabilities in double precision, over the masks that `takes` names. */
function plainEvidence({ plan, scores }: Scored, classIndex: number, takes: (mask: number) => boolean): Float64Array {
  const count = scores.length / plan.masks;
  const sums = { kept: new Float64Array(patches), dropped: new Float64Array(patches) };
  const counts = { kept: new Float64Array(patches), dropped: new Float64Array(patches) };
  for (let mask = 0; mask < plan.masks; mask += 1) {
    if (!takes(mask)) continue;
    const chosen = new Set(plan.maskIndices.subarray(mask * plan.kept, (mask + 1) * plan.kept));
    for (let patch = 0; patch < patches; patch += 1) {
      const side = chosen.has(patch) ? 'kept' : 'dropped';
      sums[side][patch] = (sums[side][patch] ?? 0) + (scores[mask * count + classIndex] ?? 0);
      counts[side][patch] = (counts[side][patch] ?? 0) + 1;
    }
  }
  const mean = (side: 'kept' | 'dropped', patch: number): number =>
    (sums[side][patch] ?? 0) / (counts[side][patch] ?? 0);
  return Float64Array.from({ length: patches }, (_, patch) => mean('kept', patch) - mean('dropped', patch));
}

describe.skipIf(!sharedIsPresent)('evidence of real pictures', () => {
  let runtime: ModelRuntime;
  let tis: Tis;
  const scored: Scored[] = [];

  beforeAll(async () => {
    runtime = await ModelRuntime.open({ path: shared('models/vit-tiny-hf') }, { threads: 0 });
    tis = await runtime.tis('float32');
    const files = readdirSync(shared('images')).filter((name) => name.endsWith('.JPEG'));
    for (let at = 0; at < pictures; at += 1) {
      const file = files[Math.floor(((at + 0.5) * files.length) / pictures)] ?? '';
      const image = await decodeRgb(await readSource({ path: shared('images', file) }));
      const plan = await tis.plan(await runtime.preprocess(image), runtime.initialRows(masks, at), 0.5);
      const ranked = Array.from(plan.probabilities.keys()).sort(
        (a, b) => (plan.probabilities[b] ?? 0) - (plan.probabilities[a] ?? 0),
      );
      scored.push({ plan, scores: await tis.score(plan), classes: Int32Array.from(ranked.slice(0, 4)) });
    }
  });
  afterAll(() => runtime.close());

  async function evidenceFor({ plan, scores, classes }: Scored): Promise<readonly Evidence[]> {
    const { evidence, evidenceWithout } = await tis.evidence(plan, scores, classes);
    return Array.from(classes, (_, row) => {
      const groups = Float32Array.from({ length: jackknifeGroups * patches }, (__, at) => {
        const [group, patch] = [Math.floor(at / patches), at % patches];
        return evidenceWithout[(group * classes.length + row) * patches + patch] ?? NaN;
      });
      return evidenceOf(evidence.slice(row * patches, (row + 1) * patches), groups);
    });
  }

  it('equals a computation in double precision, whole and without each group', async () => {
    for (const one of scored.slice(0, 2)) {
      const { evidence, evidenceWithout } = await tis.evidence(one.plan, one.scores, one.classes);
      for (const [row, classIndex] of one.classes.entries()) {
        const whole = plainEvidence(one, classIndex, () => true);
        for (const [patch, value] of whole.entries()) {
          expect(Math.abs((evidence[row * patches + patch] ?? NaN) - value)).toBeLessThan(1e-5);
        }
        const without = plainEvidence(one, classIndex, (mask) => mask % jackknifeGroups !== 3);
        for (const [patch, value] of without.entries()) {
          const found = evidenceWithout[(3 * one.classes.length + row) * patches + patch] ?? NaN;
          expect(Math.abs(found - value)).toBeLessThan(1e-5);
        }
      }
    }
  });

  it('makes contrasts that are antisymmetric, errors included', async () => {
    for (const one of scored) {
      const [a, b] = await evidenceFor(one);
      if (a === undefined || b === undefined) throw new Error('No evidence.');
      const [there, back] = [contrastMap(a, b), contrastMap(b, a)];
      expect(back.values).toEqual(there.values.map((value) => -value));
      expect(back.errors).toEqual(there.errors);
    }
  });

  it('has errors that cover: 95 % intervals of a random eighth of the masks hold the map of all', async () => {
    const random = seededRandom(11);
    let [held, all] = [0, 0];
    for (const one of scored) {
      const whole = await evidenceFor(one);
      const order = Array.from({ length: masks }, (_, mask) => ({ mask, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ mask }) => mask);
      for (let part = 0; part < 8; part += 1) {
        const chosen = order.slice((part * masks) / 8, ((part + 1) * masks) / 8);
        const few = await evidenceFor(someOf(one, chosen));
        for (const [a, b] of [
          [0, 1],
          [2, 0],
          [3, 1],
        ] as const) {
          const [left, right, wholeLeft, wholeRight] = [few[a], few[b], whole[a], whole[b]];
          if (!left || !right || !wholeLeft || !wholeRight) throw new Error('No evidence.');
          const [found, expected] = [contrastMap(left, right), contrastMap(wholeLeft, wholeRight)];
          // The eighth is part of what it is compared with.
          const correction = Math.sqrt(1 - chosen.length / masks);
          for (const [patch, value] of found.values.entries()) {
            const error = found.errors[patch] ?? NaN;
            if (Number.isNaN(error)) continue;
            all += 1;
            if (Math.abs(value - (expected.values[patch] ?? NaN)) <= interval95 * error * correction) held += 1;
          }
        }
      }
    }
    expect(all).toBeGreaterThan(pictures * 8 * 3 * patches * 0.95);
    expect(held / all).toBeGreaterThan(0.92);
    expect(held / all).toBeLessThan(0.98);
  });
});

/** The same with some of the masks, in that order. */
function someOf({ plan, scores, classes }: Scored, chosen: readonly number[]): Scored {
  const count = scores.length / plan.masks;
  const maskIndices = new Int32Array(chosen.length * plan.kept);
  const some = new Float32Array(chosen.length * count);
  for (const [place, mask] of chosen.entries()) {
    maskIndices.set(plan.maskIndices.subarray(mask * plan.kept, (mask + 1) * plan.kept), place * plan.kept);
    some.set(scores.subarray(mask * count, (mask + 1) * count), place * count);
  }
  return { plan: { ...plan, maskIndices, masks: chosen.length }, scores: some, classes };
}
