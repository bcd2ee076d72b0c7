/** Maps from masks and scores: the published mean, and the prediction of scores that are missing, against plain loops. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { mapsGraph, regressionGraph } from '../../../src/main/explain/tis-maps.js';
import { type RunTensor, floatOutput, floats, indices } from '../../../src/main/onnx/runner.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { randomVit } from '../../support/random-vit.js';

const vit = randomVit({ grid: [5, 4], classes: 3 });
const patches = 20;

interface Scored {
  readonly maskIndices: Int32Array;
  readonly kept: number;
  readonly scores: Float32Array;
}

/** Random masks whose score is linear in the patches they keep, plus noise. */
function scoredMasks(masks: number, kept: number, noise: number): Scored {
  const random = seededRandom(7);
  const weights = Float64Array.from({ length: patches }, () => random() / patches);
  const maskIndices = new Int32Array(masks * kept);
  const scores = new Float32Array(masks * 3);
  for (let mask = 0; mask < masks; mask += 1) {
    const drawn = Array.from({ length: patches }, (_, patch) => ({ patch, key: random() }));
    const chosen = drawn
      .sort((a, b) => a.key - b.key)
      .slice(0, kept)
      .map(({ patch }) => patch);
    maskIndices.set(chosen, mask * kept);
    const sum = chosen.reduce((total, patch) => total + (weights[patch] ?? 0), 0);
    for (let c = 0; c < 3; c += 1) scores[mask * 3 + c] = sum * (c + 1) + noise * random();
  }
  return { maskIndices, kept, scores };
}

async function maps(graph: typeof mapsGraph, { maskIndices, kept, scores }: Scored, classes: number[]) {
  const session = await cpuSessions(1)(graph(vit));
  const masks = maskIndices.length / kept;
  const outputs: Readonly<Record<string, RunTensor>> = await session.run({
    mask_indices: { type: 'int32', data: maskIndices, dims: [masks, kept] },
    log_probabilities: floats(scores.map(Math.log), masks, 3),
    classes: indices(classes, classes.length),
  });
  await session.release();
  return (name: string) => floatOutput(outputs, name);
}

/** Mean score of the masks from `first` in steps of `step` that keep (or do not keep) each patch. */
function meanScores({ maskIndices, kept, scores }: Scored, classIndex: number, keeps: boolean, first = 0, step = 1) {
  const [sums, counts] = [new Float64Array(patches), new Float64Array(patches)];
  for (let mask = first; mask < maskIndices.length / kept; mask += step) {
    const chosen = new Set(maskIndices.subarray(mask * kept, (mask + 1) * kept));
    for (let patch = 0; patch < patches; patch += 1) {
      if (chosen.has(patch) !== keeps) continue;
      sums[patch] = (sums[patch] ?? 0) + (scores[mask * 3 + classIndex] ?? 0);
      counts[patch] = (counts[patch] ?? 0) + 1;
    }
  }
  return Float32Array.from(sums, (sum, patch) => sum / (counts[patch] ?? 0));
}

function expectClose(found: Float32Array, expected: Float32Array, digits = 5): void {
  expect(found).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) expect(found[at], `value ${String(at)}`).toBeCloseTo(value, digits);
}

/** Solves a small dense system by Gaussian elimination. */
function solved(matrix: number[][], right: number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at] ?? 0]);
  for (let at = 0; at < rows.length; at += 1) {
    const pivot = rows[at] ?? [];
    for (const [other, row] of rows.entries()) {
      if (other === at) continue;
      const factor = (row[at] ?? 0) / (pivot[at] ?? 1);
      for (let column = at; column < row.length; column += 1)
        row[column] = (row[column] ?? 0) - factor * (pivot[column] ?? 0);
    }
  }
  return rows.map((row, at) => (row.at(-1) ?? 0) / (row[at] ?? 1));
}

describe('the published maps', () => {
  it('are the mean scores of the masks that keep and that drop a patch', async () => {
    const all = scoredMasks(60, 8, 0.1);
    const found = await maps(mapsGraph, all, [2, 0]);
    for (const [row, classIndex] of [2, 0].entries()) {
      const part = (name: string, at = row) => found(name).slice(at * patches, (at + 1) * patches);
      expectClose(part('kept'), meanScores(all, classIndex, true));
      expectClose(part('dropped'), meanScores(all, classIndex, false));
      expectClose(part('halves'), meanScores(all, classIndex, true, 0, 2));
      expectClose(part('halves', row + 2), meanScores(all, classIndex, true, 1, 2));
    }
  });

  it('leave a patch that no mask keeps without a value', async () => {
    const all = { maskIndices: Int32Array.of(0, 1, 2, 3), kept: 2, scores: new Float32Array(6).fill(0.5) };
    const found = await maps(mapsGraph, all, [0]);
    expect(found('kept').filter(Number.isNaN)).toHaveLength(patches - 4);
    expect([...found('dropped')].every((value) => Math.abs(value - 0.5) < 1e-6)).toBe(true);
  });
});

describe('the maps of a regression', () => {
  it('are what a cross-validated ridge regression expects of masks with and without a patch', async () => {
    const [masks, kept] = [50, 8];
    const all = scoredMasks(masks, kept, 0.2);
    const found = await maps(regressionGraph, all, [0, 1]);
    const keeps = (mask: number, patch: number): number =>
      all.maskIndices.subarray(mask * kept, (mask + 1) * kept).includes(patch) ? 1 : 0;
    const known = Array.from({ length: masks }, (_, mask) => mask);
    const every = Array.from({ length: patches }, (_, patch) => patch);
    const centre = every.map((patch) => known.reduce((sum, mask) => sum + keeps(mask, patch), 0) / masks);
    const score = (mask: number): number => all.scores[mask * 3 + 1] ?? 0;
    const mean = known.reduce((sum, mask) => sum + score(mask), 0) / masks;
    const entry = (mask: number, patch: number): number => keeps(mask, patch) - (centre[patch] ?? 0);
    const fit = (rows: number[], strength: number): number[] => {
      const matrix = every.map((a) =>
        every.map((b) => rows.reduce((sum, mask) => sum + entry(mask, a) * entry(mask, b), a === b ? strength : 0)),
      );
      return solved(
        matrix,
        every.map((a) => rows.reduce((sum, mask) => sum + entry(mask, a) * (score(mask) - mean), 0)),
      );
    };
    const predict = (weights: number[], mask: number): number =>
      every.reduce((sum, patch) => sum + entry(mask, patch) * (weights[patch] ?? 0), mean);
    const strengths = [120, 400, 1200, 4000].map((strength) => strength * (kept / patches) * (1 - kept / patches));
    const halves = [0, 1].map((half) => known.filter((mask) => mask % 2 === half));
    const errors = strengths.map((strength) =>
      halves.reduce((sum, half, at) => {
        const weights = fit(half, strength);
        return sum + (halves[1 - at] ?? []).reduce((all, mask) => all + (predict(weights, mask) - score(mask)) ** 2, 0);
      }, 0),
    );
    const best = strengths[errors.indexOf(Math.min(...errors))] ?? NaN;
    const expected = (rows: number[], part: (patch: number) => number) =>
      Float32Array.from(fit(rows, best), (weight, patch) => mean + weight * part(patch));
    const rest = (patch: number): number => 1 - (centre[patch] ?? 0);
    const part = (name: string, at: number) => found(name).slice(at * patches, (at + 1) * patches);
    expectClose(part('kept', 1), expected(known, rest));
    expectClose(
      part('dropped', 1),
      expected(known, (patch) => rest(patch) - 1),
    );
    expectClose(part('halves', 1), expected(halves[0] ?? [], rest));
    expectClose(part('halves', 3), expected(halves[1] ?? [], rest));
  });

  it('finds the one patch that counts among those that come with it', async () => {
    // Patch 0 brings patch 1 along in nearly every mask, but only patch 0 scores.
    const random = seededRandom(3);
    const rows = Array.from({ length: 2000 }, (_, mask) => {
      const others = Array.from({ length: patches - 2 }, (_patch, at) => ({ patch: at + 2, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ patch }) => patch);
      const both = mask % 2 === 0;
      const odd = mask % 20;
      if (odd === 1) return [0, ...others.slice(0, 5)];
      if (odd === 2) return [1, ...others.slice(0, 5)];
      return both ? [0, 1, ...others.slice(0, 4)] : others.slice(0, 6);
    });
    const scores = Float32Array.from(rows.flatMap((row) => [row.includes(0) ? 0.9 : 0.1, 0, 0]));
    const all = { maskIndices: Int32Array.from(rows.flat()), kept: 6, scores };
    const published = (await maps(mapsGraph, all, [0]))('kept');
    const regression = (await maps(regressionGraph, all, [0]))('kept');
    const lead = (map: Float32Array) => ((map[0] ?? 0) - (map[1] ?? 0)) / ((map[0] ?? 0) - Math.min(...map));
    expect(lead(published)).toBeLessThan(0.3);
    expect(lead(regression)).toBeGreaterThan(0.7);
  });
});
