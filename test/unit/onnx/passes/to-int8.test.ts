/** Linear layers on 8-bit integers: which products change, and how near the result stays. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { GraphBuilder } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { toInt8 } from '../../../../src/main/onnx/passes/to-int8.js';
import { floatOutput, floats } from '../../../../src/main/onnx/runner.js';
import { operatorsOf, randomFloats } from '../../../support/equal-graphs.js';

const rows = 6;

function model(
  write: (g: GraphBuilder, x: ReturnType<GraphBuilder['input']>) => ReturnType<GraphBuilder['input']>,
): Model {
  const g = new GraphBuilder('linear');
  const x = g.input('x', 'float32', [2, 3, 32]);
  g.output('y', write(g, x), 'float32', [2, 3, 16]);
  return g.model();
}

async function run(graph: Model, data: Float32Array): Promise<Float32Array> {
  const session = await cpuSessions(1)(graph);
  const found = floatOutput(await session.run({ x: floats(data, 2, 3, 32) }), 'y');
  await session.release();
  return found;
}

const weight = randomFloats(32 * 16, 3, 0.5);
const linear = model((g, x) => g.matMul(x, g.floats(weight, [32, 16])));
const data = randomFloats(rows * 32, 5, 1);

describe('toInt8', () => {
  it('rounds weights by column and activations by run, to about a percent', async () => {
    const rough = toInt8(linear);
    expect(operatorsOf(rough)).toContain('com.microsoft.DynamicQuantizeMatMul');
    const [exact, found] = [await run(linear, data), await run(rough, data)];
    const size = Math.sqrt(exact.reduce((sum, value) => sum + value * value, 0));
    const miss = Math.sqrt(exact.reduce((sum, value, at) => sum + (value - (found[at] ?? NaN)) ** 2, 0));
    expect(miss / size).toBeLessThan(0.02);
    expect(miss).toBeGreaterThan(0);
  });

  it('takes weights that are computed from others at loading, and columns of zeros', async () => {
    const zeros = weight.map((value, at) => (at % 16 === 4 ? 0 : value));
    const turned = model((g, x) => g.matMul(x, g.transpose(g.floats(zeros, [16, 32]), 1, 0)));
    const found = await run(toInt8(turned), data);
    const exact = await run(turned, data);
    expect(found.every(Number.isFinite)).toBe(true);
    for (const [at, value] of exact.entries()) expect(Math.abs((found[at] ?? NaN) - value)).toBeLessThan(0.2);
  });

  it('leaves products of two computed values alone', () => {
    const products = model((g, x) => g.matMul(x, g.reshape(g.concat(1, x, x, x), 2, 32, -1)));
    expect(toInt8(products)).toBe(products);
  });
});
