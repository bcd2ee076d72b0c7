/** Gradients of matrix products equal central differences. */

import { describe, it } from 'vitest';
import { expectGradients } from './central-differences.js';
import { randomFloats } from '../../../support/equal-graphs.js';

describe('MatMul', () => {
  it.each([
    ['matrices', [2, 3], [3, 4]],
    ['stacks', [2, 2, 3], [2, 3, 2]],
    ['a stack and one matrix, as in a linear layer', [2, 2, 3], [3, 2]],
    ['one matrix and a stack', [2, 3], [2, 3, 2]],
    ['a broadcast batch', [2, 1, 2, 3], [1, 2, 3, 2]],
    ['batches of different rank', [2, 2, 2, 3], [2, 3, 2]],
    ['a vector on the left', [3], [3, 2]],
    ['a vector on the left of a stack', [3], [2, 3, 2]],
    ['a vector on the right', [2, 3], [3]],
    ['a vector on the right of a stack', [2, 2, 3], [3]],
    ['two vectors', [3], [3]],
  ])('%s', async (_, a, b) => {
    await expectGradients({ variables: [{ dims: a }, { dims: b }], write: (g, x, y) => g.matMul(x, y) });
  });

  it('a constant weight and a dynamic batch', async () => {
    await expectGradients({
      variables: [{ dims: ['batch', 'tokens', 4] }],
      write: (g, x) => g.matMul(x, g.floats(randomFloats(12, 5), [4, 3])),
      sizes: { batch: 2, tokens: 3 },
    });
  });

  it('a dynamic batch on both sides', async () => {
    await expectGradients({
      variables: [{ dims: ['batch', 2, 'tokens', 3] }, { dims: ['batch', 2, 3, 'tokens'] }],
      write: (g, x, y) => g.matMul(x, y),
    });
  });

  it('the weight of a linear layer with a dynamic batch', async () => {
    await expectGradients({
      variables: [{ dims: ['batch', 'tokens', 3] }, { dims: [3, 2] }],
      write: (g, x, y) => g.matMul(x, y),
    });
  });
});

describe('Gemm', () => {
  const flags = [0, 1].flatMap((transA) => [0, 1].map((transB) => ({ transA, transB })));
  it.each(flags)('transA $transA, transB $transB', async ({ transA, transB }) => {
    await expectGradients({
      variables: [{ dims: transA ? [3, 2] : [2, 3] }, { dims: transB ? [4, 3] : [3, 4] }, { dims: [4] }],
      write: (g, a, b, c) => g.op('Gemm', [a, b, c], { transA, transB, alpha: { float: 0.5 }, beta: { float: 1.5 } }),
    });
  });

  it('without an addend', async () => {
    await expectGradients({
      variables: [{ dims: ['batch', 3] }, { dims: [3, 4] }],
      write: (g, a, b) => g.op('Gemm', [a, b]),
    });
  });

  it.each([[[]], [[1]], [[2, 1]], [[2, 4]]])('an addend of shape %j', async (dims) => {
    await expectGradients({
      variables: [{ dims: [2, 3] }, { dims: [3, 4] }, { dims }],
      write: (g, a, b, c) => g.op('Gemm', [a, b, c]),
    });
  });
});
