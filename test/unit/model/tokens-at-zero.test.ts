/** The tokens of an all-zero picture: order, which tokens have a place, and interpolation against values worked out by hand. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { type StemParts, tokensAtZero } from '../../../src/main/model/tokens-at-zero.js';
import { type Weight, emit, storedWeight } from '../../../src/main/model/weight.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { floatOutput } from '../../../src/main/onnx/runner.js';
import { floatTensor } from '../../../src/main/onnx/tensor.js';

/** One column a token, so that values are tokens. */
function column(...values: number[]): Weight {
  return storedWeight(floatTensor(Float32Array.from(values), [values.length, 1]));
}

async function tokens(parts: StemParts): Promise<number[]> {
  const weight = tokensAtZero(parts);
  const g = new GraphBuilder('tokens');
  g.output('tokens', emit(g, weight), 'float32', weight.dims);
  const session = await cpuSessions(1)(g.model());
  const outputs = await session.run({});
  await session.release();
  const found = [...floatOutput(outputs, 'tokens')];
  expect(found).toHaveLength(weight.dims[0] ?? 0);
  return found;
}

const four = { height: 1, width: 4 };
const eight = { height: 1, width: 8 };
const bias = storedWeight(floatTensor(Float32Array.of(0.5), [1]));

describe('tokens of an all-zero picture', () => {
  it('prefix tokens with a place, then those without, then the patches with the bias', async () => {
    const prefix = [
      { rows: 1, weight: column(10) },
      { rows: 2, weight: column(20, 30) },
    ];
    const table = column(1, 2, 3, 4, 5);
    const positions = { table, leading: 1, grid: four, antialias: false };
    expect(await tokens({ width: 1, prefix, positions, bias, grid: four })).toEqual([11, 20, 30, 2.5, 3.5, 4.5, 5.5]);
  });

  it('all prefix tokens with a place, none, or no positions at all', async () => {
    const prefix = [{ rows: 2, weight: column(10, 20) }];
    const base = { width: 1, prefix, bias: null, grid: four };
    const all = { table: column(1, 2, 3, 4, 5, 6), leading: 2, grid: four, antialias: false };
    expect(await tokens({ ...base, positions: all })).toEqual([11, 22, 3, 4, 5, 6]);
    const none = { table: column(3, 4, 5, 6), leading: 0, grid: four, antialias: false };
    expect(await tokens({ ...base, positions: none })).toEqual([10, 20, 3, 4, 5, 6]);
    expect(await tokens({ ...base, positions: null, bias })).toEqual([10, 20, 0.5, 0.5, 0.5, 0.5]);
  });

  it.each([
    // Places of the first output: -0.25 on the old grid. Weights W(1.75), W(0.75), W(0.25), W(1.25) with a = -0.75, the
    // first three of them on the border.
    ['plain bicubic repeats the border', false, [-0.03515625 + 0.26171875 + 0.87890625, -0.10546875]],
    // W(0.25) and W(1.25) with a = -0.5, and their sum is made 1: what lies outside counts nothing.
    ['antialiased bicubic leaves out what is outside', true, [0.8671875 / 0.796875, -0.0703125 / 0.796875]],
  ] as const)('%s', async (_name, antialias, [first, second]) => {
    const interpolated = (...values: number[]): Promise<number[]> =>
      tokens({
        width: 1,
        prefix: [],
        positions: { table: column(...values), leading: 0, grid: four, antialias },
        bias: null,
        grid: eight,
      });
    const [ofFirst = Number.NaN] = await interpolated(1, 0, 0, 0);
    const [ofSecond = Number.NaN] = await interpolated(0, 1, 0, 0);
    expect(ofFirst).toBeCloseTo(first, 6);
    expect(ofSecond).toBeCloseTo(second, 6);
    for (const value of await interpolated(1, 1, 1, 1)) expect(value).toBeCloseTo(1, 6);
    const mirrored = (await interpolated(4, 3, 2, 1)).reverse();
    (await interpolated(1, 2, 3, 4)).forEach((value, at) => {
      expect(value).toBeCloseTo(mirrored[at] ?? Number.NaN, 5);
    });
  });
});
