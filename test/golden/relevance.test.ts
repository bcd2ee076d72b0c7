/** Each rule of relevance against the published code's own inputs and outputs, in float64. */

import { beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import type { SafetensorsFile } from '../../src/main/model/safetensors.js';
import { relevanceRules } from '../../src/main/onnx/autodiff/relevance-rules.js';
import { stableDivide } from '../../src/main/onnx/autodiff/relevance-arithmetic.js';
import { reverseWalk } from '../../src/main/onnx/autodiff/reverse-walk.js';
import { GraphBuilder, type Value } from '../../src/main/onnx/builder.js';
import { toFloat64 } from '../../src/main/onnx/passes/to-float64.js';
import { type RunTensor, floatOutput, floats } from '../../src/main/onnx/runner.js';
import { floatsOf, golden, largestDifference } from '../support/golden.js';
import { sharedIsPresent } from '../support/shared.js';

/** Inputs and outputs cross into and out of the float64 graph as float32. */
const tolerance = 1e-6;

describe.skipIf(!sharedIsPresent)('rules of relevance', () => {
  let file: SafetensorsFile;

  beforeAll(async () => {
    file = await golden('common', 'lrp_rules');
  });

  const dims = (name: string): readonly number[] => file.tensors.get(name)?.shape ?? [];
  const tensor = (name: string): RunTensor => floats(floatsOf(file, name), ...dims(name));

  /** Feeds golden tensors to a graph written over them and compares its outputs with golden tensors. */
  async function check(
    names: readonly string[],
    write: (g: GraphBuilder, value: (name: string) => Value) => Readonly<Record<string, Value>>,
  ): Promise<void> {
    const g = new GraphBuilder('rule');
    const inputs = new Map(names.map((name) => [name, g.input(name.replace('/', '_'), 'float32', dims(name))]));
    const outputs = write(g, (name) => inputs.get(name) ?? g.float(NaN));
    for (const [name, value] of Object.entries(outputs))
      g.output(`out_${name.replace('/', '_')}`, value, 'float32', dims(name));
    const session = await cpuSessions(1)(toFloat64(g.model()));
    const feeds = Object.fromEntries(names.map((name) => [name.replace('/', '_'), tensor(name)]));
    const results = await session.run(feeds);
    await session.release();
    for (const name of Object.keys(outputs)) {
      const found = floatOutput(results, `out_${name.replace('/', '_')}`);
      const expected = floatsOf(file, name);
      const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      expect(largestDifference(found, expected) / scale).toBeLessThan(tolerance);
    }
  }

  const walk = (
    g: GraphBuilder,
    seeds: readonly (readonly [Value, Value])[],
    wrt: readonly Value[],
  ): readonly Value[] => {
    const found = reverseWalk(g, new Map(seeds), wrt, relevanceRules);
    return wrt.map((value) => found.get(value) ?? g.float(NaN));
  };

  it('divides with a stabiliser of one sign, and gives 0 for 0', () =>
    check([], (g) => {
      // As stored: in float32 -1e-9 would not meet the stabiliser exactly.
      const stored = (name: string): Value =>
        g.constant({ type: 'float64', dims: dims(name), bytes: file.tensors.get(name)?.data ?? new Uint8Array(0) });
      return { 'safe_divide/out': stableDivide(g, stored('safe_divide/a'), stored('safe_divide/b')) };
    }));

  it('linear: only products that are at least 0 count, the bias does not', () =>
    check(['linear/x', 'linear/R'], (g, value) => {
      const x = value('linear/x');
      const weight = g.transpose(g.floats(floatsOf(file, 'linear/weight'), dims('linear/weight')), 1, 0);
      const bias = g.floats(floatsOf(file, 'linear/bias_ignored'), dims('linear/bias_ignored'));
      const y = g.add(g.matMul(x, weight), bias);
      const [relevance = x] = walk(g, [[y, value('linear/R')]], [x]);
      return { 'linear/R_in': relevance };
    }));

  it('product of attention and values, before halving', () =>
    check(['av/A', 'av/v', 'av/R'], (g, value) => {
      const [a, v] = [value('av/A'), value('av/v')];
      const [left = a, right = v] = walk(g, [[g.matMul(a, v), value('av/R')]], [a, v]);
      return { 'av/R_A_before_halving': g.add(left, left), 'av/R_v_before_halving': g.add(right, right) };
    }));

  it('product of queries and keys, before halving', () =>
    check(['qk/q', 'qk/k', 'qk/R'], (g, value) => {
      const [q, k] = [value('qk/q'), value('qk/k')];
      const scores = g.mul(g.matMul(q, g.transpose(k, 0, 1, 3, 2)), g.float(0.125));
      const [left = q, right = k] = walk(g, [[g.softmax(scores), value('qk/R')]], [q, k]);
      // The scale is no part of the product whose relevance is shared, but our product is recorded before it too.
      return { 'qk/R_q_before_halving': g.add(left, left), 'qk/R_k_before_halving': g.add(right, right) };
    }));

  it('sum of two branches', () =>
    check(['add/a', 'add/b', 'add/R'], (g, value) => {
      const [a, b] = [value('add/a'), value('add/b')];
      const [left = a, right = b] = walk(g, [[g.add(a, b), value('add/R')]], [a, b]);
      return { 'add/R_a': left, 'add/R_b': right };
    }));

  it('copy of a value for two branches', () =>
    check(['clone/x', 'clone/R1', 'clone/R2'], (g, value) => {
      const x = value('clone/x');
      const [first, second] = [g.softmax(x), g.op('Gelu', [x])];
      const [relevance = x] = walk(
        g,
        [
          [first, value('clone/R1')],
          [second, value('clone/R2')],
        ],
        [x],
      );
      return { 'clone/R_x': relevance };
    }));

  it('choice of the first token', () =>
    check(['select/x', 'select/R'], (g, value) => {
      const x = value('select/x');
      const [relevance = x] = walk(g, [[g.slice(x, 1, 0, 1), value('select/R')]], [x]);
      return { 'select/R_x': relevance };
    }));
});
