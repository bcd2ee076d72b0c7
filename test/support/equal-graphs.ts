/** Whether two models compute the same on random inputs in ONNX Runtime. */

import { expect } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import { type Model, pureInputs } from '../../src/main/onnx/graph.js';
import type { RunTensor } from '../../src/main/onnx/runner.js';
import { elementCount } from '../../src/main/onnx/tensor.js';

/** Normally distributed numbers from a seed (mulberry32 and Box-Muller). */
export function randomFloats(count: number, seed: number, scale = 1): Float32Array {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Float32Array.from({ length: count }, () => scale * normal());
}

/** Sizes of named dimensions, 2 for those that are not named. */
export type Sizes = Readonly<Record<string, number>>;

function randomFeeds(model: Model, sizes: Sizes): Record<string, RunTensor> {
  const feeds: Record<string, RunTensor> = {};
  pureInputs(model.graph).forEach(({ name, type, dims }, index) => {
    const shape = (dims ?? []).map((dim) => (typeof dim === 'number' ? dim : (sizes[dim ?? ''] ?? 2)));
    const count = elementCount(shape);
    if (type === 'int32') {
      const data = Int32Array.from(randomFloats(count, index + 1), (value) => (value > -0.5 ? 1 : 0));
      feeds[name] = { type, dims: shape, data };
    } else {
      feeds[name] = { type: 'float32', dims: shape, data: randomFloats(count, index + 1) };
    }
  });
  return feeds;
}

async function outputsOf(model: Model, feeds: Readonly<Record<string, RunTensor>>): Promise<RunTensor[]> {
  const session = await cpuSessions(1)(model);
  const outputs = await session.run(feeds);
  await session.release();
  return model.graph.outputs.flatMap(({ name }) => outputs[name] ?? []);
}

/** The largest difference between the outputs of two models, relative to the largest value of each output. */
export async function largestDifference(before: Model, after: Model, sizes: Sizes = {}): Promise<number> {
  const feeds = randomFeeds(before, sizes);
  const expected = await outputsOf(before, feeds);
  const found = await outputsOf(after, feeds);
  expect(found.map(({ dims }) => dims)).toEqual(expected.map(({ dims }) => dims));
  let largest = 0;
  expected.forEach(({ data }, output) => {
    const other = found[output]?.data ?? [];
    let scale = 1e-6;
    for (const value of data) scale = Math.max(scale, Math.abs(Number(value)));
    data.forEach((value: number | bigint, index: number) => {
      const difference = Math.abs(Number(value) - Number(other[index])) / scale;
      // Not a number is as different as can be.
      largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
    });
  });
  return largest;
}

/** Expects both models to have the same inputs and outputs, and the same values within `tolerance`, relative. */
export async function expectEqual(before: Model, after: Model, sizes: Sizes = {}, tolerance = 1e-5): Promise<void> {
  expect(after.graph.inputs).toEqual(before.graph.inputs);
  expect(after.graph.outputs).toEqual(before.graph.outputs);
  expect(await largestDifference(before, after, sizes)).toBeLessThanOrEqual(tolerance);
}

/** The operators of a model in order, with `domain.` before those that are not standard. */
export function operatorsOf(model: Model): string[] {
  return model.graph.nodes.map(({ domain, op }) => (domain === '' ? op : `${domain}.${op}`));
}
