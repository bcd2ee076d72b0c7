/** Gradients of operators that move elements equal central differences. */

import { describe, it } from 'vitest';
import type { GraphBuilder, Value } from '../../../../src/main/onnx/builder.js';
import { expectGradients } from './central-differences.js';

const sizes = { batch: 2, tokens: 3 };
const fixed = [2, 3, 4];
const dynamic = ['batch', 'tokens', 4];

/** Formulas of one value of shape `[2, 3, 4]`. */
const formulas: Readonly<Record<string, (g: GraphBuilder, x: Value) => Value>> = {
  'Reshape that splits': (g, x) => g.reshape(x, 0, 0, 2, 2),
  'Reshape that joins': (g, x) => g.reshape(x, 0, -1),
  'Reshape to a list': (g, x) => g.reshape(x, -1),
  Flatten: (g, x) => g.op('Flatten', [x], { axis: 2 }),
  Transpose: (g, x) => g.transpose(x, 1, 2, 0),
  'Transpose without an order': (g, x) => g.op('Transpose', [x]),
  Unsqueeze: (g, x) => g.op('Unsqueeze', [x, g.ints(0, -1)]),
  Squeeze: (g, x) => g.op('Squeeze', [g.op('Unsqueeze', [x, g.ints(1)]), g.ints(1)]),
  'Concat with itself and a constant': (g, x) =>
    g.concat(2, x, g.op('Tanh', [x]), g.mul(x, g.float(0)), g.op('Exp', [x])),
  'Concat of what is reduced': (g, x) => g.concat(1, g.op('ReduceMean', [x, g.ints(1)]), x),
  'Split, all parts': (g, x) => {
    const [a = x, b = x] = g.ops('Split', [x, g.ints(1, 3)], { axis: 2 }, { outputs: 2 });
    return g.concat(2, g.op('Tanh', [b]), a);
  },
  'Split, one part unread': (g, x) => {
    const [a = x, , c = x] = g.ops('Split', [x, g.ints(1, 2, 1)], { axis: -1 }, { outputs: 3 });
    return g.mul(a, c);
  },
  Expand: (g, x) => g.op('Expand', [g.op('ReduceMean', [x, g.ints(2)]), g.ints(1, 1, 5)]),
  'Expand to a higher rank': (g, x) => g.op('Expand', [x, g.ints(2, 1, 1, 1)]),
  'Pad at both ends': (g, x) => g.op('Pad', [x, g.ints(0, 1, 0, 0, 0, 2)]),
  'Pad along a named axis': (g, x) => g.op('Pad', [x, g.ints(1, 1), null, g.ints(-1)]),
  'Pad that cuts': (g, x) => g.op('Pad', [x, g.ints(0, 0, -1, 0, 1, 2)]),
  'Slice at the start': (g, x) => g.slice(x, 1, 0, 1),
  'Slice to the end': (g, x) => g.slice(x, 1, 1, Number.MAX_SAFE_INTEGER),
  'Slice in the middle': (g, x) => g.slice(x, 1, 1, 2),
  'Slice from the end': (g, x) => g.slice(x, 1, -2, Number.MAX_SAFE_INTEGER),
  'Slice to before the end': (g, x) => g.slice(x, 1, -2, -1),
  'Slice of two axes': (g, x) => g.op('Slice', [x, g.ints(1, -3), g.ints(2, 4), g.ints(1, 2)]),
  'Slice in steps': (g, x) => g.slice(x, 2, 1, 4, 2),
  'Slice backwards': (g, x) => g.slice(x, 2, -1, -1000, -1),
  'Slice backwards in steps': (g, x) => g.slice(x, 2, 3, 0, -2),
  'Slice of everything': (g, x) => g.slice(x, 2, -1000, 1000),
  'Gather of one': (g, x) => g.op('Gather', [x, g.reshape(g.ints(0))], { axis: 1 }),
  'Gather of the first rows': (g, x) => g.gather(x, g.ints(0, 1), 1),
  'Gather in another order': (g, x) => g.gather(x, g.ints(3, 0, 2), 2),
  'Gather from the end': (g, x) => g.gather(x, g.ints(-1, -3), 2),
  'Gather of one twice': (g, x) => g.gather(x, g.ints(2, 0, 2), 1),
  'Gather by a matrix': (g, x) => g.gather(x, g.reshape(g.ints(2, 0, 2, 1), 2, 2), 1),
};

describe.each([
  ['known sizes', fixed],
  ['dynamic sizes', dynamic],
])('%s', (_, dims) => {
  it.each(Object.entries(formulas))('%s', async (__, write) => {
    await expectGradients({ variables: [{ dims }], write, sizes });
  });
});

describe('indices known at run time', () => {
  const indices = (data: readonly number[], ...dims: number[]) =>
    ({ type: 'int64', dims, data: BigInt64Array.from(data, BigInt) }) as const;

  it.each([0, 1, 2])('Gather along axis %d adds up what was taken twice', async (axis) => {
    await expectGradients({
      variables: [{ dims: dynamic }],
      write: (g, x) => g.gather(x, 'rows' as Value, axis),
      sizes,
      feeds: { rows: indices([1, 0, -1], 3) },
    });
  });

  it.each([0, 1, 2])('GatherElements along axis %d', async (axis) => {
    const dims = [2, 3, 4].with(axis, 2);
    await expectGradients({
      variables: [{ dims: fixed }],
      write: (g, x) => g.op('GatherElements', [x, 'at' as Value], { axis }),
      feeds: {
        at: indices(
          Array.from({ length: (24 / (fixed[axis] ?? 1)) * 2 }, (_, at) => ((at * 7) % 3 === 1 ? 1 : 0)),
          ...dims,
        ),
      },
    });
  });
});

describe('sizes that are not known where the graph is read', () => {
  it('Concat of dynamic sizes', async () => {
    await expectGradients({
      variables: [{ dims: ['a', 2] }, { dims: ['b', 2] }],
      write: (g, a, b) => g.concat(0, a, b, g.op('Tanh', [a])),
      sizes: { a: 2, b: 3 },
    });
  });

  it('Reshape of more than one dynamic size', async () => {
    await expectGradients({
      variables: [{ dims: ['batch', 'tokens', 4] }],
      write: (g, x) => g.reshape(g.transpose(x, 2, 1, 0), 2, -1),
      sizes,
    });
  });
});
