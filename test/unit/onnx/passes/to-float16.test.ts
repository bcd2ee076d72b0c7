/** Float16 models stay within 2e-2 of float32, and what is delicate stays in float32. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { foldConstants } from '../../../../src/main/onnx/passes/fold-constants.js';
import { toFloat16 } from '../../../../src/main/onnx/passes/to-float16.js';
import { upgradeOpset } from '../../../../src/main/onnx/passes/upgrade-opset.js';
import { inferShapes } from '../../../../src/main/onnx/shapes.js';
import { largestDifference, operatorsOf } from '../../../support/equal-graphs.js';
import { architecture } from '../../../support/export-styles/architecture.js';
import { Exporter } from '../../../support/export-styles/exporter.js';
import { randomParameters } from '../../../support/export-styles/parameters.js';
import { RuntimeFused } from '../../../support/export-styles/runtime-fused.js';
import { Torchvision } from '../../../support/export-styles/torchscript.js';

/** The types that nodes of an operator compute in. */
function computedIn(model: Model, op: string): ReadonlySet<string | undefined> {
  const shapes = inferShapes(model);
  const nodes = model.graph.nodes.filter((node) => node.op === op);
  return new Set(nodes.map(({ outputs }) => shapes.type(outputs[0] ?? '')));
}

const a = architecture();
const parameters = randomParameters(a, 4);

describe('a ViT in float16', () => {
  const exports: Readonly<Record<string, Model>> = {
    'LayerNormalization as one operator': new Exporter(a, parameters).model(),
    'norms in reductions': new Exporter(a, parameters, { opset: 14 }).model(),
    'products of three dimensions': new Torchvision(a, parameters).model(),
    'fused operators': new RuntimeFused(a, parameters).model(),
  };
  for (const [name, exported] of Object.entries(exports)) {
    it(`answers within 2e-2 of float32: ${name}`, async () => {
      const before = foldConstants(upgradeOpset(exported));
      const after = toFloat16(before);
      expect(after.graph.inputs).toEqual(before.graph.inputs);
      expect(after.graph.outputs).toEqual(before.graph.outputs);
      expect(await largestDifference(before, after, { batch_size: 2 })).toBeLessThan(2e-2);
    });
  }

  it('computes products in float16, softmax and norms in float32', () => {
    const after = toFloat16(foldConstants(upgradeOpset(new Exporter(a, parameters, { opset: 14 }).model())));
    for (const op of ['MatMul', 'Conv', 'Erf']) expect([op, computedIn(after, op)]).toEqual([op, new Set(['float16'])]);
    for (const op of ['Softmax', 'LayerNormalization'])
      expect([op, computedIn(after, op)]).toEqual([op, new Set(['float32'])]);
  });

  it('computes what follows a sum or a power in float32 until the next product', () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', ['n', 4]);
    const weight = g.floats(new Float32Array(16), [4, 4]);
    const product = g.matMul(x, weight);
    const norm = g.op('Sqrt', [g.reduceSum(g.op('Pow', [product, g.float(2)]), -1, true)]);
    g.output('y', g.matMul(g.div(product, norm), weight), 'float32', ['n', 4]);
    const after = toFloat16(g.model());
    for (const op of ['Pow', 'ReduceSum', 'Sqrt', 'Div'])
      expect([op, computedIn(after, op)]).toEqual([op, new Set(['float32'])]);
    expect(computedIn(after, 'MatMul')).toEqual(new Set(['float16']));
  });
});

it('a weight beyond the range of float16 is saturated, not infinite', async () => {
  const build = (): Model => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [1, 2]);
    const weight = g.floats(Float32Array.of(1e6, 0, 0, -65504), [2, 2]);
    const scale = g.floats(Float32Array.of(1 / 65504), [1]);
    g.output(
      'y',
      g.matMul(g.matMul(g.mul(x, scale), weight), g.floats(Float32Array.of(1, 0, 0, 1), [2, 2])),
      'float32',
      [1, 2],
    );
    return g.model();
  };
  const clipped = ((): Model => {
    const model = build();
    const initializers = [...model.graph.initializers].map(([name, tensor]) => {
      const data = Float32Array.from(new Float32Array(tensor.bytes.slice().buffer), (value) => Math.min(value, 65504));
      return [name, { ...tensor, bytes: new Uint8Array(data.buffer) }] as const;
    });
    return { ...model, graph: { ...model.graph, initializers: new Map(initializers) } };
  })();
  expect(await largestDifference(clipped, toFloat16(build()))).toBeLessThan(2e-2);
});

it('a Loop stays in float32, what it reads from outside too', async () => {
  const g = new GraphBuilder('main');
  const x = g.input('x', 'float32', ['n', 4]);
  const product = g.matMul(
    x,
    g.floats(
      Float32Array.from({ length: 16 }, (_, at) => at / 16),
      [4, 4],
    ),
  );
  const body = new GraphBuilder('body', 'body_');
  body.input('turn', 'int64', []);
  const go = body.input('go', 'bool', []);
  const state = body.input('state', 'float32', [null, null]);
  body.output('go_out', body.op('Identity', [go]), 'bool', []);
  body.output('state_out', body.add(state, product), 'float32', [null, null]);
  const turns = g.op('Gather', [g.ints(3), g.op('Squeeze', [g.ints(0)])]);
  g.output('y', g.op('Relu', [g.op('Loop', [turns, null, product], { body: body.graph() })]), 'float32', ['n', 4]);
  const after = toFloat16(g.model());
  expect(operatorsOf(after)).toContain('Loop');
  expect(await largestDifference(g.model(), after, { n: 3 })).toBeLessThan(2e-3);
});
