/** What stays as it was when a graph runs in float64: its inputs and outputs, stored weights, whole numbers, graphs inside nodes. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { toFloat64 } from '../../../../src/main/onnx/passes/to-float64.js';
import { type RunTensor, floatOutput, floats } from '../../../../src/main/onnx/runner.js';
import { inferShapes } from '../../../../src/main/onnx/shapes.js';
import type { Tensor } from '../../../../src/main/onnx/tensor.js';
import { expectEqual, largestDifference, operatorsOf, randomFloats } from '../../../support/equal-graphs.js';

function double(...values: number[]): Tensor {
  return { type: 'float64', dims: [values.length], bytes: new Uint8Array(Float64Array.from(values).buffer) };
}

async function outputOf(model: Model, feeds: Readonly<Record<string, RunTensor>> = {}): Promise<Float32Array> {
  const session = await cpuSessions(1)(model);
  const outputs = await session.run(feeds);
  await session.release();
  return floatOutput(outputs, 'y');
}

describe('a convolution', () => {
  it.each([
    ['known sizes', ['batch', 2, 4, 6]],
    ['pixels left over', ['batch', 2, 5, 8]],
    ['dynamic sizes', ['batch', 2, 'height', 'width']],
  ])('a patch projection is a matrix product: %s', async (_, dims) => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', dims);
    const [weight, bias] = [g.floats(randomFloats(36, 3), [3, 2, 2, 3]), g.floats(randomFloats(3, 4), [3])];
    const y = g.op('Conv', [x, weight, bias], { kernel_shape: [2, 3], strides: [2, 3] });
    g.output('y', y, 'float32', [null, 3, null, null]);
    const sizes = { batch: 2, height: 5, width: 7 };
    await expectEqual(g.model(), toFloat64(g.model()), sizes, 1e-6);
  });

  it('names convolutions that it cannot rewrite', () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [1, 2, 4, 4]);
    g.output('y', g.op('Conv', [x, g.floats(new Float32Array(36), [2, 2, 3, 3])]), 'float32', [1, 2, 2, 2]);
    expect(() => toFloat64(g.model())).toThrow(new RangeError("Nothing computes in float64: Conv (node 'Conv_2')"));
  });
});

describe('toFloat64', () => {
  it('keeps digits that float32 has not, and gives float32', async () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [2]);
    g.output('y', g.sub(g.add(x, g.float(2 ** 30)), g.float(2 ** 30)), 'float32', [2]);
    const after = toFloat64(g.model());
    expect(after.graph.inputs).toEqual(g.model().graph.inputs);
    expect(after.graph.outputs).toEqual(g.model().graph.outputs);
    expect([...(await outputOf(after, { x: floats(Float32Array.of(0.25, 3), 2) }))]).toEqual([0.25, 3]);
  });

  it('passes float64 constants through, beside float32 values and behind a Cast to float32', async () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [1]);
    const own = g.add(x, g.constant(double(1e-9)));
    const cast = g.add(own, g.cast(g.constant(double(1e-9)), 'float32'));
    g.output('y', g.mul(g.sub(cast, g.float(1)), g.float(2 ** 20)), 'float32', [1]);
    const [y] = await outputOf(toFloat64(g.model()), { x: floats(Float32Array.of(1), 1) });
    expect(y).toBeCloseTo(2e-9 * 2 ** 20, 9);
  });

  it('brings weights to float64 behind a Cast, without a copy, and small constants at once', () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', ['n', 16]);
    const weight = g.floats(randomFloats(256, 1), [16, 16]);
    g.output('y', g.mul(g.matMul(x, weight), g.float(0.1)), 'float32', ['n', 16]);
    const before = g.model();
    const after = toFloat64(before);
    const tensors = [...after.graph.initializers.values()];
    expect(tensors.map(({ type }) => type).sort()).toEqual(['float32', 'float64']);
    expect(tensors.find(({ type }) => type === 'float32')).toBe(before.graph.initializers.get(weight));
    const shapes = inferShapes(after);
    const products = after.graph.nodes.filter(({ op }) => op === 'MatMul' || op === 'Mul');
    expect(products.map(({ outputs }) => shapes.type(outputs[0] ?? ''))).toEqual(['float64', 'float64']);
  });

  it('keeps whole numbers, and an output that several nodes read', async () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', ['n', 4]);
    const [values = x, at = x] = g.ops('TopK', [x, g.ints(2)], {}, { outputs: 2 });
    g.output('y', g.add(values, g.cast(at, 'float32')), 'float32', ['n', 2]);
    g.output('at', at, 'int64', ['n', 2]);
    const graph = {
      ...g.graph(),
      outputs: [...g.graph().outputs, { name: values, type: 'float32', dims: ['n', 2] }],
    } as const;
    await expectEqual({ ...g.model(), graph }, toFloat64({ ...g.model(), graph }), { n: 3 }, 1e-6);
  });

  it('computes graphs inside nodes and made-up tensors in float64 too', async () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', ['n', 2]);
    const body = new GraphBuilder('body', 'body_');
    body.input('turn', 'int64', []);
    const condition = body.input('go_on', 'bool', []);
    const state = body.input('state', 'float32', ['n', 2]);
    body.output('go_on_out', condition, 'bool', []);
    body.output('state_out', body.add(body.mul(state, body.float(0.5)), x), 'float32', ['n', 2]);
    const zeros = g.op('ConstantOfShape', [g.op('Shape', [x])]);
    const turns = g.reshape(g.ints(3));
    g.output('y', g.op('Loop', [turns, null, zeros], { body: body.graph() }), 'float32', ['n', 2]);
    await expectEqual(g.model(), toFloat64(g.model()), { n: 3 }, 1e-6);
  });

  it('agrees with float32 on a layer of every kind', async () => {
    const g = new GraphBuilder('main');
    const x: Value = g.input('x', 'float32', ['n', 8]);
    const [scale, shift] = [g.floats(randomFloats(8, 3), [8]), g.floats(randomFloats(8, 4), [8])];
    const normal = g.op('LayerNormalization', [x, scale, shift], { axis: -1 });
    const rms = g.op('SimplifiedLayerNormalization', [normal, scale], { axis: -1, epsilon: { float: 1e-6 } });
    const products = g.op('Gemm', [g.op('Gelu', [rms]), g.floats(randomFloats(64, 5), [8, 8]), shift]);
    g.output('y', g.softmax(g.op('Relu', [g.op('Tanh', [products])])), 'float32', ['n', 8]);
    const after = toFloat64(g.model());
    expect(await largestDifference(g.model(), after, { n: 3 })).toBeLessThan(1e-5);
    expect(operatorsOf(after)).not.toContain('Gelu');
  });
});
