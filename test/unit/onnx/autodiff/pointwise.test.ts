/** Gradients of functions of one value equal central differences. */

import { describe, it } from 'vitest';
import { expectGradients } from './central-differences.js';

const values = [-5.8, -3.2, -1.4, -0.6, -0.1, 0.05, 0.3, 0.9, 1.7, 2.6, 4.1, 6.9];

describe('functions of one value', () => {
  it.each(['Neg', 'Exp', 'Erf', 'Tanh', 'Sigmoid', 'Relu', 'Gelu', 'Abs', 'Identity', 'Dropout', 'Reciprocal'])(
    '%s',
    async (op) => {
      const some = op === 'Exp' ? values.map((value) => value / 4) : values;
      await expectGradients({ variables: [{ dims: [12], values: some }], write: (g, x) => g.op(op, [x]) });
    },
  );

  it.each(['Sqrt', 'Log'])('%s', async (op) => {
    await expectGradients({ variables: [{ dims: [2, 4], range: [0.2, 3] }], write: (g, x) => g.op(op, [x]) });
  });

  it('Gelu by tanh', async () => {
    await expectGradients({
      variables: [{ dims: [12], values }],
      write: (g, x) => g.op('Gelu', [x], { approximate: 'tanh' }),
    });
  });

  it.each(['Sign', 'Floor', 'Ceil', 'Round'])('%s is flat: only what lies beside it counts', async (op) => {
    await expectGradients({ variables: [{ dims: [12], values }], write: (g, x) => g.mul(x, g.op(op, [x])) });
  });

  it('Cast between floating-point types', async () => {
    await expectGradients({
      variables: [{ dims: [12], values }],
      write: (g, x) => g.cast(g.op('Tanh', [g.cast(x, 'float64')]), 'float32'),
    });
  });
});
