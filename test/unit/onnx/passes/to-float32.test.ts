/** Half and double precision models mean the same in float32, their weights stored as they were. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { toFloat32 } from '../../../../src/main/onnx/passes/to-float32.js';
import { inferShapes } from '../../../../src/main/onnx/shapes.js';
import { type DataType, type Tensor, intTensor } from '../../../../src/main/onnx/tensor.js';
import { largestDifference } from '../../../support/equal-graphs.js';
import { architecture } from '../../../support/export-styles/architecture.js';
import { Exporter } from '../../../support/export-styles/exporter.js';
import { toBfloat, toHalf } from '../../../support/export-styles/number-formats.js';
import { randomParameters } from '../../../support/export-styles/parameters.js';
import { bfloatWeights, half } from '../../../support/export-styles/rewrites.js';

const a = architecture();
const exported = new Exporter(a, randomParameters(a, 3)).model();

function typesOf(model: Model): ReadonlySet<DataType | undefined> {
  const shapes = inferShapes(model);
  return new Set(model.graph.nodes.flatMap(({ outputs }) => outputs.map((output) => shapes.type(output))));
}

describe('a float16 model', () => {
  for (const options of [{ ends: false }, { ends: true }, { ends: true, blocked: ['Softmax', 'LayerNormalization'] }]) {
    it(`agrees with the float32 one it was made from: ${JSON.stringify(options)}`, async () => {
      const after = toFloat32(half(exported, options));
      expect(after.graph.inputs.map(({ type }) => type)).toEqual(['float32']);
      expect(after.graph.outputs.map(({ type }) => type)).toEqual(['float32']);
      expect(typesOf(after)).not.toContain('float16');
      expect(await largestDifference(exported, after, { batch_size: 2 })).toBeLessThan(2e-3);
    });
  }

  it('keeps its large weights as they lie in the file and turns small constants into numbers', () => {
    const before = half(exported, { ends: false });
    const after = toFloat32(before);
    const stored = [...after.graph.initializers.values()];
    for (const tensor of before.graph.initializers.values()) {
      const large = tensor.type === 'float16' && tensor.dims.reduce((product, dim) => product * dim, 1) > 64;
      if (large) expect(stored).toContain(tensor);
    }
    expect(stored.some(({ type, dims }) => type === 'float32' && dims.length === 1)).toBe(true);
  });
});

it('a model with bfloat16 weights behind Casts stays what it is', async () => {
  const before = bfloatWeights(exported);
  expect(await largestDifference(before, toFloat32(before), { batch_size: 2 })).toBeLessThan(1e-6);
});

it('a model in float32 comes back as it is', () => {
  expect(toFloat32(exported)).toBe(exported);
});

describe('constants and casts', () => {
  function evaluated(type: DataType, tensor: Tensor, write: (g: GraphBuilder, x: Value) => Value): Promise<number> {
    const build = (constant: Tensor, precision: DataType): Model => {
      const g = new GraphBuilder('main');
      const x = g.input('x', 'float32', [4]);
      const inner = g.cast(x, precision);
      g.output('y', g.cast(g.mul(write(g, inner), g.constant(constant)), 'float32'), 'float32', [null]);
      return g.model();
    };
    const before = build(tensor, type);
    const after = toFloat32(before);
    expect(typesOf(after)).toEqual(new Set(['float32']));
    return largestDifference(before, after);
  }

  it('of float16, bfloat16 and float64 are exact', async () => {
    const two = (bits: number): Uint8Array => new Uint8Array(Uint16Array.of(bits).buffer);
    const half16: Tensor = { type: 'float16', dims: [], bytes: two(toHalf(0.1)) };
    const double: Tensor = { type: 'float64', dims: [], bytes: new Uint8Array(Float64Array.of(0.1).buffer) };
    expect(await evaluated('float16', half16, (_, x) => x)).toBeLessThan(1e-3);
    expect(
      await evaluated('float64', double, (g, x) => g.op('ReduceSum', [x, g.constant(intTensor([0]))])),
    ).toBeLessThan(1e-6);
    const brain = toFloat32({
      ...exported,
      graph: {
        ...exported.graph,
        initializers: new Map([['b', { type: 'bfloat16', dims: [], bytes: two(toBfloat(-1.5)) }]]),
      },
    });
    const found = brain.graph.initializers.get('b');
    expect([found?.type, new Float32Array(found?.bytes.slice().buffer ?? new ArrayBuffer(0))[0]]).toEqual([
      'float32',
      -1.5,
    ]);
  });
});
