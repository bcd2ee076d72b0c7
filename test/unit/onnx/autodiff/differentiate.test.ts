/** What differentiating a graph gives: total derivatives, zeros, no weights, and errors that name every node. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { chosenScalar } from '../../../../src/main/onnx/autodiff/chosen-scalar.js';
import { differentiate } from '../../../../src/main/onnx/autodiff/differentiate.js';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import { type RunTensor, floatOutput, floats, indices } from '../../../../src/main/onnx/runner.js';
import { operatorsOf, randomFloats } from '../../../support/equal-graphs.js';

type Feeds = Readonly<Record<string, RunTensor>>;

/** The values of `results` as lists. */
async function valuesOf(g: GraphBuilder, results: readonly Value[], feeds: Feeds): Promise<number[][]> {
  results.forEach((value, index) => g.output(`result${String(index)}`, value, 'float32', [null]));
  const session = await cpuSessions(1)(g.model());
  const outputs = await session.run(feeds);
  await session.release();
  return results.map((_, index) => [...floatOutput(outputs, `result${String(index)}`)]);
}

const three: Feeds = { x: floats(Float32Array.of(1, 2, 3), 3) };

describe('differentiate', () => {
  it('adds up what comes back from every reader of a value', async () => {
    const g = new GraphBuilder('readers');
    const x = g.input('x', 'float32', [3]);
    const square = g.mul(x, x);
    const y = g.add(g.mul(square, x), g.sub(square, g.mul(g.float(4), x)));
    // x^3 + x^2 - 4 x
    expect(await valuesOf(g, differentiate(g, y, [x]), three)).toEqual([[1, 12, 29]]);
  });

  it('gives the total derivative at values that are computed from one another, and ones at the value itself', async () => {
    const g = new GraphBuilder('chain');
    const x = g.input('x', 'float32', [3]);
    const square = g.mul(x, x);
    const fourth = g.mul(square, square);
    const y = g.add(fourth, square);
    const gradients = differentiate(g, y, [x, square, fourth, y]);
    expect(await valuesOf(g, gradients, three)).toEqual([
      [6, 36, 114],
      [3, 9, 19],
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it('gives zeros of its shape for a value that nothing depends on', async () => {
    const g = new GraphBuilder('apart');
    const x = g.input('x', 'float32', [3]);
    const other = g.input('other', 'float32', ['n', 2]);
    const later = g.op('Exp', [x]);
    const gradients = differentiate(g, g.mul(x, x), [other, later, x]);
    const feeds = { ...three, other: floats(new Float32Array(4), 2, 2) };
    expect(await valuesOf(g, gradients, feeds)).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0],
      [2, 4, 6],
    ]);
  });

  it('lets no gradient through whole numbers and conditions', async () => {
    const g = new GraphBuilder('flat');
    const x = g.input('x', 'float32', [3]);
    const count = g.cast(g.cast(x, 'int64'), 'float32');
    const isLarge = g.op('Greater', [x, g.float(1.5)]);
    const y = g.op('Where', [isLarge, g.mul(count, x), x]);
    expect(await valuesOf(g, differentiate(g, y, [x]), three)).toEqual([[1, 2, 3]]);
  });

  it('lets callers go on with the gradients: a derivative of a derivative', async () => {
    const g = new GraphBuilder('twice');
    const x = g.input('x', 'float32', [3]);
    const [first = x] = differentiate(g, g.op('Pow', [x, g.float(3)]), [x]);
    expect(await valuesOf(g, differentiate(g, first, [x]), three)).toEqual([[6, 12, 18]]);
  });

  it('computes nothing for weights', () => {
    const g = new GraphBuilder('linear');
    const x = g.input('x', 'float32', ['batch', 4]);
    const y = g.add(g.matMul(x, g.floats(randomFloats(12, 1), [4, 3])), g.floats(randomFloats(3, 2), [3]));
    const before = operatorsOf(g.model()).length;
    g.output('gradient', differentiate(g, y, [x])[0] ?? x, 'float32', ['batch', 4]);
    expect(operatorsOf(g.model()).slice(before)).toEqual([
      'Shape',
      'ConstantOfShape',
      'Transpose',
      'MatMul',
      'Identity',
    ]);
  });

  it('visits only what lies between: what stands before and beside needs no rule', async () => {
    const g = new GraphBuilder('between');
    const x = g.input('x', 'float32', [3]);
    const start = g.op('CumSum', [x, g.reshape(g.ints(0))]);
    const y = g.mul(start, g.op('Cos', [x]));
    const [gradient = x] = differentiate(g, y, [start]);
    const [found = []] = await valuesOf(g, [gradient], three);
    found.forEach((value, index) => expect(value).toBeCloseTo(Math.cos(index + 1), 6));
  });

  it('names every node without a rule at once', () => {
    const g = new GraphBuilder('unknown');
    const x = g.input('x', 'float32', [3]);
    const y = g.op('Cos', [g.op('Tanh', [g.op('FastGelu', [x], {}, 'com.microsoft')])]);
    expect(() => differentiate(g, y, [x])).toThrow(
      new RangeError("No backward rule for com.microsoft.FastGelu (node 'FastGelu_1'), Cos (node 'Cos_3')"),
    );
  });

  it('refuses to guess whether a dynamic dimension was broadcast', () => {
    const g = new GraphBuilder('unclear');
    const x = g.input('x', 'float32', ['rows', 3]);
    const y = g.add(x, g.input('y', 'float32', ['columns', 3]));
    expect(() => differentiate(g, y, [x])).toThrow(
      new RangeError(
        "Add (node 'Add_1') cannot be reversed: whether the dimension rows of [rows, 3] was broadcast is not known",
      ),
    );
  });

  it.each([
    ['a rank', (g: GraphBuilder, x: Value) => g.op('Softmax', [g.op('Reshape', [x, 'shape' as Value])])],
    ['bounds', (g: GraphBuilder, x: Value) => g.op('Slice', [x, 'shape' as Value, g.ints(3)])],
    [
      'a convolution whose windows overlap',
      (g: GraphBuilder, x: Value) =>
        g.op('Conv', [g.reshape(x, 1, 1, 1, 3), g.floats(new Float32Array(2), [1, 1, 1, 2])]),
    ],
    ['training', (g: GraphBuilder, x: Value) => g.op('Dropout', [x, null, 'training' as Value])],
  ])('names operator and node where it does not know %s', (_, write) => {
    const g = new GraphBuilder('unclear');
    const x = g.input('x', 'float32', [3]);
    g.input('shape', 'int64', ['n']);
    g.input('training', 'bool', []);
    expect(() => differentiate(g, write(g, x), [x])).toThrow(/^\w+ \(node '\w+'\) cannot be reversed/);
  });
});

describe('chosenScalar', () => {
  it('adds the chosen logits; its gradient at a row is that of the row alone', async () => {
    const g = new GraphBuilder('chosen');
    const x = g.input('x', 'float32', ['batch', 3]);
    const classes = g.input('classes', 'int64', ['batch']);
    const sum = chosenScalar(g, g.mul(x, x), classes, 3);
    const [gradient = x] = differentiate(g, sum, [x]);
    const feeds = { x: floats(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3), classes: indices([2, 0], 2) };
    expect(await valuesOf(g, [sum, gradient], feeds)).toEqual([[25], [0, 0, 6, 8, 0, 0]]);
  });
});
