/** Checks the gradients of a formula against central differences, taken in double precision inside of a graph. */

import { expect } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { differentiate } from '../../../../src/main/onnx/autodiff/differentiate.js';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Dimension, Model } from '../../../../src/main/onnx/graph.js';
import { toFloat64 } from '../../../../src/main/onnx/passes/to-float64.js';
import { type RunTensor, floatOutput } from '../../../../src/main/onnx/runner.js';
import { type Tensor, elementCount } from '../../../../src/main/onnx/tensor.js';
import { randomFloats } from '../../../support/equal-graphs.js';

/** An input to differentiate with respect to. */
export interface Variable {
  /** As declared; names of dynamic dimensions have the sizes in `sizes`. */
  readonly dims: readonly Dimension[];
  /** Values within this range instead of normally distributed ones. */
  readonly range?: readonly [number, number];
  readonly values?: readonly number[];
}

export interface Formula {
  readonly variables: readonly Variable[];
  /** The formula's one value; differentiated is a number made of it that has another slope at every element. */
  readonly write: (g: GraphBuilder, ...inputs: Value[]) => Value;
  readonly sizes?: Readonly<Record<string, number>>;
  /** Further inputs that are not differentiated. */
  readonly feeds?: Readonly<Record<string, RunTensor>>;
}

const step = 1e-5;

function double(value: number): Tensor {
  return { type: 'float64', dims: [], bytes: new Uint8Array(Float64Array.of(value).buffer) };
}

function shapeOf({ dims }: Variable, { sizes = {} }: Formula): number[] {
  return dims.map((dim) => (typeof dim === 'number' ? dim : (sizes[dim ?? ''] ?? 2)));
}

function drawn(variable: Variable, formula: Formula, seed: number): Float32Array {
  if (variable.values) return Float32Array.from(variable.values);
  const normal = randomFloats(elementCount(shapeOf(variable, formula)), seed);
  if (!variable.range) return normal;
  const [low, high] = variable.range;
  return normal.map((value) => low + (high - low) * (0.5 + Math.atan(value) / Math.PI));
}

/** `sum of y (y + 0.7)`: upstream is different at every element. */
function total(g: GraphBuilder, y: Value): Value {
  return g.op('ReduceSum', [g.mul(y, g.add(y, g.float(0.7)))], { keepdims: 0 });
}

function declare(g: GraphBuilder, formula: Formula, suffix = ''): Value[] {
  return formula.variables.map(({ dims }, index) => g.input(`x${String(index)}${suffix}`, 'float32', dims));
}

function gradientModel(formula: Formula): Model {
  const g = new GraphBuilder('gradients');
  const inputs = declare(g, formula);
  declareFeeds(g, formula);
  const gradients = differentiate(g, total(g, formula.write(g, ...inputs)), inputs);
  gradients.forEach((gradient, index) => {
    g.output(`gradient${String(index)}`, gradient, 'float32', formula.variables[index]?.dims ?? []);
  });
  return g.model();
}

function declareFeeds(g: GraphBuilder, { feeds = {} }: Formula): void {
  for (const [name, { type, dims }] of Object.entries(feeds)) g.input(name, type, dims);
}

/** Slope of the total along `direction`, one input a variable. */
function slopeModel(formula: Formula): Model {
  const g = new GraphBuilder('slope');
  const inputs = declare(g, formula);
  const directions = declare(g, formula, '_direction');
  declareFeeds(g, formula);
  const h = g.cast(g.constant(double(step)), 'float32');
  const at = (op: string): Value =>
    total(g, formula.write(g, ...inputs.map((x, index) => g.op(op, [x, g.mul(directions[index] ?? x, h)]))));
  g.output('slope', g.div(g.sub(at('Add'), at('Sub')), g.mul(h, g.float(2))), 'float32', []);
  return toFloat64(g.model());
}

interface Drawn {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

async function differences(formula: Formula, inputs: readonly Drawn[]): Promise<readonly Float32Array[]> {
  const session = await cpuSessions(1)(slopeModel(formula));
  const feeds: Record<string, RunTensor> = { ...formula.feeds };
  for (const { name, dims, data } of inputs) {
    feeds[name] = { type: 'float32', dims, data };
    feeds[`${name}_direction`] = { type: 'float32', dims, data: new Float32Array(data.length) };
  }
  const results: Float32Array[] = [];
  for (const { name, dims, data } of inputs) {
    const slopes = new Float32Array(data.length);
    for (const at of data.keys()) {
      const direction = new Float32Array(data.length);
      direction[at] = 1;
      const outputs = await session.run({
        ...feeds,
        [`${name}_direction`]: { type: 'float32', dims, data: direction },
      });
      slopes[at] = floatOutput(outputs, 'slope')[0] ?? Number.NaN;
    }
    results.push(slopes);
  }
  await session.release();
  return results;
}

/** Expects the gradients in float64 within 1e-6, those in float32 within 1e-4 of the differences, relative to the largest. */
export async function expectGradients(formula: Formula): Promise<void> {
  const inputs = formula.variables.map((variable, index) => ({
    name: `x${String(index)}`,
    dims: shapeOf(variable, formula),
    data: drawn(variable, formula, 7 * index + 1),
  }));
  const expected = await differences(formula, inputs);
  const model = gradientModel(formula);
  const feeds: Record<string, RunTensor> = { ...formula.feeds };
  for (const { name, dims, data } of inputs) feeds[name] = { type: 'float32', dims, data };
  for (const [tolerance, precise] of [
    [1e-6, toFloat64(model)],
    [1e-4, model],
  ] as const) {
    const session = await cpuSessions(1)(precise);
    const outputs = await session.run(feeds);
    await session.release();
    expected.forEach((slopes, index) => {
      const gradient = floatOutput(outputs, `gradient${String(index)}`);
      expect(outputs[`gradient${String(index)}`]?.dims).toEqual(inputs[index]?.dims);
      const scale = slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 1e-3);
      slopes.forEach((slope, at) => {
        const found = (gradient[at] ?? Number.NaN) / scale;
        expect(Math.abs(found - slope / scale), `${String(found)} for ${String(slope / scale)}`).toBeLessThan(
          tolerance,
        );
      });
    });
  }
}
