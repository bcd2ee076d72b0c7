/** Models of operator sets 11 to 19 mean the same in operator set 20. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Graph, Model } from '../../../../src/main/onnx/graph.js';
import { upgradeOpset } from '../../../../src/main/onnx/passes/upgrade-opset.js';
import { AppError } from '../../../../src/shared/errors.js';
import { expectEqual, largestDifference, operatorsOf } from '../../../support/equal-graphs.js';
import { architecture } from '../../../support/export-styles/architecture.js';
import { Exporter } from '../../../support/export-styles/exporter.js';
import { randomParameters } from '../../../support/export-styles/parameters.js';
import { weightsAsInputs } from '../../../support/export-styles/rewrites.js';

function model(opset: number, write: (g: GraphBuilder, x: Value) => Value): Model {
  const g = new GraphBuilder('main', '', { opset });
  const x = g.input('x', 'float32', [2, 3, 4, 5]);
  g.output('y', write(g, x), 'float32', [null, null]);
  return g.model();
}

async function same(before: Model): Promise<Model> {
  const after = upgradeOpset(before);
  expect(after.opsets.get('')).toBe(20);
  await expectEqual(before, after, {}, 1e-6);
  return after;
}

describe('an older operator set', () => {
  const a = architecture({ pooling: 'mean-patches' });
  const parameters = randomParameters(a, 9);
  for (const opset of [11, 12, 13, 14, 15, 16, 17, 18, 19]) {
    it(`is raised for a whole export: ${String(opset)}`, async () => {
      await same(new Exporter(a, parameters, { opset }).model());
    });
  }

  for (const op of ['Softmax', 'LogSoftmax', 'Hardmax']) {
    it(`keeps what ${op} did before 13: over all dimensions from the axis on`, async () => {
      await same(model(12, (g, x) => g.op(op, [x])));
      await same(model(12, (g, x) => g.op(op, [x], { axis: 2 })));
      await same(model(11, (g, x) => g.op(op, [x], { axis: -2 })));
      const last = await same(model(12, (g, x) => g.op(op, [x], { axis: 3 })));
      expect(operatorsOf(last)).toEqual([op, 'Identity']);
    });
  }

  it('gives reductions, Squeeze, Unsqueeze and Split their axes as inputs', async () => {
    const names = ['L1', 'L2', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];
    for (const name of names) {
      await same(model(17, (g, x) => g.op(`Reduce${name}`, [x], { axes: [-1, 1], keepdims: 0 })));
    }
    await same(model(12, (g, x) => g.op('ReduceSum', [x], { axes: [2] })));
    await same(model(17, (g, x) => g.op('ReduceMean', [x])));
    await same(model(12, (g, x) => g.op('Squeeze', [g.op('Unsqueeze', [x], { axes: [0, 3] })], { axes: [3] })));
    await same(model(12, (g, x) => g.ops('Split', [x], { axis: 3, split: [2, 3] }, { outputs: 2 })[1] ?? x));
    await same(model(17, (g, x) => g.ops('Split', [x], { axis: 2 }, { outputs: 2 })[1] ?? x));
  });

  it('drops what Dropout and BatchNormalization kept for training', async () => {
    await same(model(11, (g, x) => g.op('Dropout', [x], { ratio: { float: 0.3 } })));
    const three = (g: GraphBuilder): Value => g.floats(Float32Array.of(1, 2, 3), [3]);
    await same(model(13, (g, x) => g.op('BatchNormalization', [x, three(g), three(g), three(g), three(g)])));
  });

  it('says sizes of Resize without the empty scales', async () => {
    const empty = { type: 'float32', dims: [0], bytes: new Uint8Array(0) } as const;
    const before = model(11, (g, x) => {
      const none = g.constant(empty);
      return g.op('Resize', [x, none, none, g.ints(2, 3, 8, 10)], { mode: 'linear' });
    });
    expect(await largestDifference(before, upgradeOpset(before))).toBeLessThan(1e-6);
  });

  it('is raised inside branches too', async () => {
    const before = model(12, (g, x) => {
      const branch = (name: string, op: string): Graph => {
        const b = new GraphBuilder(name, `${name}_`, { opset: 12 });
        b.output(`${name}_out`, b.op(op, [x], { axes: [1], keepdims: 0 }), 'float32', [null, null, null]);
        return b.graph();
      };
      const condition = g.op('Greater', [g.op('ReduceMax', [x], { keepdims: 0 }), g.float(0)]);
      return g.op('If', [condition], {
        then_branch: branch('then', 'ReduceSum'),
        else_branch: branch('else', 'ReduceMax'),
      });
    });
    await same(before);
  });
});

describe('other operator sets', () => {
  it('stay when they are newer', () => {
    const before = model(21, (g, x) => g.op('Relu', [x]));
    expect(upgradeOpset(before)).toEqual(before);
  });

  it('are refused when they are older than 11, with the way out', () => {
    const attempt = (): Model => upgradeOpset(model(10, (g, x) => g.op('Relu', [x])));
    expect(attempt).toThrow(AppError);
    expect(attempt).toThrow('The model is written in ONNX operator set 10; 11 is the oldest that can be opened.');
  });
});

it('weights that are listed as inputs become constants', () => {
  const a = architecture();
  const before = weightsAsInputs(new Exporter(a, randomParameters(a, 9)).model());
  expect(before.graph.inputs.length).toBeGreaterThan(10);
  expect(upgradeOpset(before).graph.inputs.map(({ name }) => name)).toEqual(['input']);
});
