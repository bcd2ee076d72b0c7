/** Folding removes shape arithmetic and operators that do nothing, and changes no result. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Graph, Model } from '../../../../src/main/onnx/graph.js';
import { foldConstants } from '../../../../src/main/onnx/passes/fold-constants.js';
import { intTensor, integersOf } from '../../../../src/main/onnx/tensor.js';
import { expectEqual, operatorsOf } from '../../../support/equal-graphs.js';
import { architecture } from '../../../support/export-styles/architecture.js';
import { Exporter } from '../../../support/export-styles/exporter.js';
import { randomParameters } from '../../../support/export-styles/parameters.js';
import { Torchvision } from '../../../support/export-styles/torchscript.js';

function model(write: (g: GraphBuilder, x: Value) => Value): Model {
  const g = new GraphBuilder('main');
  const x = g.input('x', 'float32', ['n', 4]);
  g.output('y', write(g, x), 'float32', [null, null]);
  return g.model();
}

/** A branch of an If that reads `x` of the graph around it. */
function branch(name: string, write: (g: GraphBuilder) => Value): Graph {
  const g = new GraphBuilder(name, `${name}_`);
  g.output(`${name}_out`, write(g), 'float32', [null, null]);
  return g.graph();
}

describe('folding', () => {
  it('leaves the products of an export and no shape arithmetic when all sizes are fixed', async () => {
    const a = architecture();
    const exported = new Exporter(a, randomParameters(a, 2), { batch: 2 }).model();
    const folded = foldConstants(exported);
    const before = operatorsOf(exported);
    const after = operatorsOf(folded);
    const shapeOperators = ['Shape', 'Gather', 'Unsqueeze', 'ConstantOfShape', 'Equal', 'Where', 'Constant'];
    expect(before).toEqual(expect.arrayContaining(['Shape', 'Constant']));
    expect(after.filter((op) => shapeOperators.includes(op))).toEqual(['Gather']);
    expect(after.filter((op) => op === 'MatMul').length).toBe(before.filter((op) => op === 'MatMul').length);
    await expectEqual(exported, folded, {}, 1e-6);
  });

  it('keeps what depends on a dynamic batch', async () => {
    const a = architecture();
    const exported = new Torchvision(a, randomParameters(a, 2)).model();
    const folded = foldConstants(exported);
    expect(operatorsOf(folded)).toContain('Shape');
    for (const batch_size of [1, 3]) await expectEqual(exported, folded, { batch_size }, 1e-6);
  });

  it('removes Identity, Dropout and Casts to the same type, and keeps the name of the output', async () => {
    const before = model((g, x) => g.op('Dropout', [g.cast(g.op('Identity', [g.op('Relu', [x])]), 'float32')]));
    const after = foldConstants(before);
    expect(operatorsOf(after)).toEqual(['Relu', 'Identity']);
    await expectEqual(before, after, { n: 3 }, 0);
  });

  it('keeps a Dropout that drops', () => {
    const training = { type: 'bool', dims: [], bytes: Uint8Array.of(1) } as const;
    const before = model((g, x) => g.op('Dropout', [x, g.float(0.5), g.constant(training)]));
    expect(operatorsOf(foldConstants(before))).toContain('Dropout');
  });

  it('puts the taken branch in the place of an If, branches inside it too', async () => {
    const before = model((g, x) => {
      const rank = g.op('Size', [g.op('Shape', [x])]);
      const isTwo = g.op('Equal', [rank, g.constant(intTensor([2], []))]);
      const inner = branch('inner', (b) => b.op('Abs', [b.op('Neg', [x])]));
      const other = branch('other', (b) => b.op('Exp', [x]));
      const outer = branch('outer', (b) => {
        const condition = b.op('Not', [isTwo]);
        return b.op('Relu', [b.op('If', [condition], { then_branch: other, else_branch: inner })]);
      });
      return g.add(g.op('If', [isTwo], { then_branch: outer, else_branch: other }), x);
    });
    const after = foldConstants(before);
    expect(operatorsOf(after)).toEqual(expect.arrayContaining(['Neg', 'Abs', 'Relu', 'Add']));
    expect(operatorsOf(after)).not.toContain('If');
    await expectEqual(before, after, { n: 3 }, 0);
  });

  it('takes a branch that hands on an outer value', async () => {
    const before = model((g, x) => {
      const pass = branch('pass', (b) => b.op('Identity', [x]));
      const condition = g.constant({ type: 'bool', dims: [], bytes: Uint8Array.of(1) });
      return g.op('Relu', [g.op('If', [condition], { then_branch: pass, else_branch: pass })]);
    });
    const after = foldConstants(before);
    expect(operatorsOf(after)).toEqual(['Relu', 'Identity']);
    await expectEqual(before, after, { n: 2 }, 0);
  });

  it('computes integers and leaves large weights as expressions', () => {
    const before = model((g, x) => {
      const weight = g.floats(
        Float32Array.from({ length: 4 * 40 }, (_, at) => at),
        [40, 4],
        'weight',
      );
      const width = g.mul(g.constant(intTensor([5], [])), g.constant(intTensor([8], [])));
      const target = g.concat(0, g.ints(-1), g.op('Unsqueeze', [width, g.ints(0)]));
      return g.op('Reshape', [g.matMul(x, g.transpose(weight, 1, 0)), target]);
    });
    const after = foldConstants(before);
    expect(operatorsOf(after)).toEqual(['Transpose', 'MatMul', 'Reshape', 'Identity']);
    const target = after.graph.nodes[2]?.inputs[1] ?? '';
    expect(integersOf(after.graph.initializers.get(target) ?? intTensor([]))).toEqual([-1, 40]);
    const [weight] = [...before.graph.initializers].filter(([name]) => name.startsWith('weight'));
    expect(after.graph.initializers.get(weight?.[0] ?? '')).toBe(weight?.[1]);
  });
});
