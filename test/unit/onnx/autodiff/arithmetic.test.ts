/** Gradients of arithmetic, with every kind of broadcasting, equal central differences. */

import { describe, it } from 'vitest';
import type { GraphBuilder, Value } from '../../../../src/main/onnx/builder.js';
import { intTensor } from '../../../../src/main/onnx/tensor.js';
import { type Variable, expectGradients } from './central-differences.js';

const positive: Variable = { dims: [2, 3], range: [0.5, 2] };

function binary(op: string) {
  return (g: GraphBuilder, a: Value, b: Value): Value => g.op(op, [a, b]);
}

describe.each(['Add', 'Sub', 'Mul', 'Div'])('%s', (op) => {
  it.each([
    ['equal shapes', [2, 3], [2, 3]],
    ['a row', [2, 3], [3]],
    ['a column and a row', [2, 1], [1, 3]],
    ['a scalar', [2, 3], []],
    ['a scalar on the left', [], [2, 3]],
    ['dimensions missing and 1 at once', [2, 2, 3], [1, 3]],
    ['a stack and a vector of one', [2, 2, 3], [1]],
  ])('%s', async (_, a, b) => {
    await expectGradients({
      variables: [{ dims: a }, { dims: b, range: [0.5, 2] }],
      write: binary(op),
    });
  });

  it('a dynamic batch', async () => {
    await expectGradients({
      variables: [{ dims: ['batch', 3] }, { dims: [3], range: [0.5, 2] }],
      write: binary(op),
      sizes: { batch: 4 },
    });
  });

  it('the same value twice', async () => {
    await expectGradients({ variables: [positive], write: (g, x) => g.op(op, [x, x]) });
  });
});

describe('Pow', () => {
  it.each([-1.5, 0, 0.5, 1, 2, 3, 3.7])('to the constant %d', async (exponent) => {
    await expectGradients({ variables: [positive], write: (g, x) => g.op('Pow', [x, g.float(exponent)]) });
  });

  it('of negative numbers to whole exponents of integer type', async () => {
    await expectGradients({
      variables: [{ dims: [2, 3] }],
      write: (g, x) => g.op('Pow', [x, g.constant(intTensor([2, 3, 4]))]),
    });
  });

  it('with respect to base and exponent, broadcast', async () => {
    await expectGradients({ variables: [positive, { dims: [3] }], write: binary('Pow') });
  });

  it('with respect to the exponent where the base is 0', async () => {
    const zero: Variable = { dims: [2], values: [0, 0] };
    await expectGradients({
      variables: [{ dims: [2], range: [1, 2] }],
      write: (g, x) => g.op('Pow', [g.floats(new Float32Array(zero.values ?? []), [2]), x]),
    });
  });
});

describe('Where', () => {
  it('each element from the side that it was taken from', async () => {
    await expectGradients({
      variables: [{ dims: [2, 3] }, { dims: [3] }, { dims: [2, 1] }],
      write: (g, a, b, c) => g.op('Where', [g.op('Greater', [a, c]), g.mul(a, b), c]),
    });
  });
});
