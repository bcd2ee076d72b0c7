/** Gradients of softmax, norms and reductions equal central differences. */

import { describe, it } from 'vitest';
import { expectGradients } from './central-differences.js';

describe('softmax', () => {
  const cases = ['Softmax', 'LogSoftmax'].flatMap((op) => [-1, 0, 1].map((axis) => [op, axis] as const));
  it.each(cases)('%s over axis %d', async (op, axis) => {
    await expectGradients({
      variables: [{ dims: ['batch', 3, 2] }],
      write: (g, x) => g.op(op, [x], { axis }),
    });
  });
});

describe('LayerNormalization', () => {
  it.each([-1, 2])('over axis %d, with scale and shift', async (axis) => {
    await expectGradients({
      variables: [{ dims: ['batch', 2, 5] }, { dims: [5] }, { dims: [5] }],
      write: (g, x, scale, shift) => g.op('LayerNormalization', [x, scale, shift], { axis, epsilon: { float: 1e-3 } }),
    });
  });

  it('over two axes', async () => {
    await expectGradients({
      variables: [{ dims: [2, 2, 3] }, { dims: [2, 3] }, { dims: [2, 3] }],
      write: (g, x, scale, shift) => g.op('LayerNormalization', [x, scale, shift], { axis: 1 }),
    });
  });

  it('without shift', async () => {
    await expectGradients({
      variables: [{ dims: [2, 5] }, { dims: [5] }],
      write: (g, x, scale) => g.op('LayerNormalization', [x, scale]),
    });
  });
});

describe('SimplifiedLayerNormalization', () => {
  it('with respect to input and scale', async () => {
    await expectGradients({
      variables: [{ dims: ['batch', 2, 5] }, { dims: [5] }],
      write: (g, x, scale) => g.op('SimplifiedLayerNormalization', [x, scale], { axis: -1, epsilon: { float: 1e-3 } }),
    });
  });
});

describe.each(['ReduceSum', 'ReduceMean'])('%s', (op) => {
  it.each([
    ['one axis, kept', [1], 1],
    ['one axis, dropped', [1], 0],
    ['two axes from the end, dropped', [-1, 0], 0],
    ['all axes named, kept', [0, 1, 2], 1],
  ])('%s', async (_, axes, keepdims) => {
    await expectGradients({
      variables: [{ dims: [2, 3, 2] }],
      write: (g, x) => g.op(op, [x, g.ints(...axes)], { keepdims }),
    });
  });

  it('all axes without naming them', async () => {
    await expectGradients({ variables: [{ dims: [2, 3] }], write: (g, x) => g.op(op, [x], { keepdims: 0 }) });
  });

  it('no axis at all', async () => {
    await expectGradients({
      variables: [{ dims: [2, 3] }],
      write: (g, x) => g.op(op, [x], { noop_with_empty_axes: 1 }),
    });
  });

  it('dynamic axes', async () => {
    await expectGradients({
      variables: [{ dims: ['batch', 'tokens', 2] }],
      write: (g, x) => g.op(op, [x, g.ints(0, 1)], { keepdims: 0 }),
      sizes: { batch: 2, tokens: 3 },
    });
  });
});
