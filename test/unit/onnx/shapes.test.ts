/** Shape inference agrees with what ONNX Runtime computes, follows shape arithmetic, and survives nonsense. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { GraphBuilder, type Value } from '../../../src/main/onnx/builder.js';
import type { Dimension, Graph, Model, Node } from '../../../src/main/onnx/graph.js';
import { type RunTensor, floats, indices } from '../../../src/main/onnx/runner.js';
import { inferShapes } from '../../../src/main/onnx/shapes.js';
import { DimensionAlgebra } from '../../../src/main/onnx/shapes/algebra.js';
import { intTensor } from '../../../src/main/onnx/tensor.js';
import { randomFloats } from '../../support/equal-graphs.js';
import { architecture } from '../../support/export-styles/architecture.js';
import { DynamoGelu } from '../../support/export-styles/dynamo.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { randomParameters } from '../../support/export-styles/parameters.js';
import { RuntimeFused, RuntimeMultiHead } from '../../support/export-styles/runtime-fused.js';
import { Torchvision } from '../../support/export-styles/torchscript.js';

const runnable: ReadonlySet<string> = new Set(['float32', 'int64', 'int32', 'uint8']);

/** Every value that a node writes as an output of the model. */
function exposed(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const outputs = names.map((name) => ({ name, type: inferShapes(model).type(name) ?? 'float32', dims: null }));
  return { ...model, graph: { ...graph, outputs } };
}

async function run(
  model: Model,
  feeds: Readonly<Record<string, RunTensor>>,
): Promise<Readonly<Record<string, RunTensor>>> {
  const session = await cpuSessions(1)(model);
  const outputs = await session.run(feeds);
  await session.release();
  return outputs;
}

/** Compares every inferred shape and integer of a model with the runtime; returns how many values were compared. */
async function compare(model: Model, feeds: Readonly<Record<string, RunTensor>>): Promise<number> {
  const shapes = inferShapes(model, new Map(Object.entries(feeds).map(([name, { dims }]) => [name, dims])));
  // The runtime on the CPU never writes the statistics of SkipLayerNormalization.
  const written = model.graph.nodes
    .flatMap(({ op, outputs }) => outputs.filter((_, index) => op !== 'SkipLayerNormalization' || index % 3 === 0))
    .filter((name) => name !== '');
  const names = written.filter((name) => runnable.has(shapes.type(name) ?? ''));
  const found = await run(exposed(model, names), feeds);
  for (const name of names) {
    const tensor = found[name];
    expect([name, shapes.dims(name)]).toEqual([name, tensor?.dims]);
    expect([name, shapes.type(name)]).toEqual([name, tensor?.type]);
    const integers = shapes.integers(name);
    if (integers) expect([name, integers]).toEqual([name, Array.from(tensor?.data ?? [], Number)]);
  }
  return names.length;
}

describe('whole exports', () => {
  const a = architecture({ prefix: ['cls', 'distillation'], pooling: 'distilled' });
  const p = randomParameters(a, 1);
  const feeds = { input: floats(randomFloats(2 * 3 * 32 * 32, 1), 2, 3, 32, 32) };
  const exports: Readonly<Record<string, Exporter>> = {
    'traced, opset 11': new Exporter(a, p, { opset: 11 }),
    'traced, opset 17': new Exporter(a, p),
    'inferred shapes': new Exporter(a, p, { shapes: 'inferred' }),
    torchvision: new Torchvision(a, p),
    dynamo: new DynamoGelu(a, p, { opset: 20 }),
    'fused by the runtime': new RuntimeFused(a, p),
    'fused to MultiHeadAttention': new RuntimeMultiHead(a, p),
  };
  for (const [name, exporter] of Object.entries(exports)) {
    it(`has the shapes that the runtime computes (${name})`, async () => {
      expect(await compare(exporter.model(), feeds)).toBeGreaterThan(40);
    });
  }

  it('keeps the name of the batch to the end', () => {
    const model = new Exporter(a, p).model();
    expect(inferShapes(model).dims('logits')).toEqual(['batch_size', 7]);
  });
});

type Write = (g: GraphBuilder, x: Value, index: Value) => readonly Value[];

const operators: Readonly<Record<string, Write>> = {
  'Reshape with 0 and -1': (g, x) => [g.reshape(x, 0, -1, 2)],
  'Transpose without order': (g, x) => [g.op('Transpose', [x])],
  'Split in parts that differ': (g, x) => g.ops('Split', [x, g.ints(1, 3)], { axis: 1 }, { outputs: 2 }),
  'Split by number': (g, x) => g.ops('Split', [x], { axis: -1, num_outputs: 3 }, { outputs: 3 }),
  'Slice with steps': (g, x) => [g.slice(x, 2, 5, -100, -2), g.slice(x, 2, 1, 100, 2), g.slice(x, 1, -3, -1)],
  'Gather of a matrix': (g, x) => [g.op('Gather', [x, g.constant(intTensor([0, 1, 1, 0], [2, 2]))], { axis: 1 })],
  GatherElements: (g, x) => [g.op('GatherElements', [x, g.constant(intTensor([0, 1], [1, 2, 1]))], { axis: 1 })],
  GatherND: (g, x) => [g.op('GatherND', [x, g.constant(intTensor([0, 1, 1, 2], [2, 2]))])],
  'Expand both ways': (g, x) => [g.op('Expand', [g.slice(x, 1, 0, 1), g.ints(3, 1, 5, 1)])],
  Tile: (g, x) => [g.op('Tile', [x, g.ints(1, 2, 3)])],
  'Pad of some axes': (g, x) => [g.op('Pad', [x, g.ints(1, 2), null, g.ints(-1)])],
  'Squeeze and Unsqueeze': (g, x) => {
    const wide = g.op('Unsqueeze', [x, g.ints(0, -1)]);
    return [wide, g.op('Squeeze', [wide, g.ints(-1)])];
  },
  reductions: (g, x) => [
    g.op('ReduceMean', [x, g.ints(-1, 0)], { keepdims: 0 }),
    g.op('ReduceMax', [x]),
    g.op('ReduceSum', [x], { noop_with_empty_axes: 1 }),
  ],
  'arguments of maxima': (g, x) => [
    g.op('ArgMax', [x], { axis: 1, keepdims: 0 }),
    ...g.ops('TopK', [x, g.ints(2)], { axis: 1 }, { outputs: 2 }),
  ],
  norms: (g, x) => [
    ...g.ops('LayerNormalization', [x, g.floats(new Float32Array(6), [6])], { axis: -1 }, { outputs: 3 }),
    g.op('InstanceNormalization', [x, g.floats(new Float32Array(4), [4]), g.floats(new Float32Array(4), [4])]),
  ],
  'Gemm with transposed weights': (g, x) => [
    g.op('Gemm', [g.op('Flatten', [x], { axis: 2 }), g.floats(new Float32Array(30), [5, 6])], { transB: 1 }),
  ],
  'MatMul of a vector': (g, x) => [g.matMul(x, g.floats(new Float32Array(6), [6]))],
  'MatMul of batches': (g, x) => [g.matMul(x, g.floats(new Float32Array(3 * 2 * 6 * 5), [3, 2, 6, 5]))],
  'Conv with padding, stride and dilation': (g, x) => [
    g.op('Conv', [g.op('Unsqueeze', [x, g.ints(0)]), g.floats(new Float32Array(5 * 2 * 2 * 3), [5, 2, 2, 3])], {
      strides: [2, 1],
      pads: [1, 0, 0, 2],
      dilations: [1, 2],
    }),
  ],
  'pooling with rounding up': (g, x) => [
    g.op('AveragePool', [g.op('Unsqueeze', [x, g.ints(0)])], { kernel_shape: [2, 3], strides: [2, 2], ceil_mode: 1 }),
    g.op('GlobalAveragePool', [x]),
  ],
  'Resize by scales and by sizes': (g, x) => [
    g.op('Resize', [g.op('Unsqueeze', [x, g.ints(0)]), null, g.floats(Float32Array.of(1, 1, 1.5, 2.3), [4])]),
    g.op('Resize', [g.op('Unsqueeze', [x, g.ints(0)]), null, null, g.ints(1, 2, 7, 3)]),
  ],
  'Einsum with and without output': (g, x) => [
    g.op('Einsum', [x, x], { equation: 'bij, bkj -> bik' }),
    g.op('Einsum', [x, x], { equation: '...ij,...kj->...ki' }),
  ],
  'fused products': (g, x) => [g.op('FusedMatMul', [x, x], { transB: 1 }, 'com.microsoft')],
  quantisation: (g, x) => {
    const [codes, scale, zero] = g.ops('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
    return [g.op('DequantizeLinear', [codes ?? x, scale ?? x, zero ?? x])];
  },
  'shape arithmetic': (g, x) => {
    const shape = g.op('Shape', [x]);
    const rows = g.op('Gather', [shape, g.constant(intTensor([1], []))], { axis: 0 });
    const half = g.div(rows, g.constant(intTensor([3], [])));
    const list = g.concat(0, g.op('Unsqueeze', [half, g.ints(0)]), g.slice(shape, 0, -1, 99), g.ints(-7));
    const root = g.op('Sqrt', [g.cast(g.op('ReduceProd', [shape], { keepdims: 0 }), 'float32')]);
    return [
      g.op('Mod', [list, g.ints(4)]),
      g.op('Where', [
        g.op('Equal', [list, g.ints(-7)]),
        g.op('ConstantOfShape', [g.ints(3)], { value: intTensor([9]) }),
        list,
      ]),
      g.cast(g.op('Floor', [root]), 'int64'),
      g.op('Range', [g.constant(intTensor([10], [])), rows, g.constant(intTensor([-3], []))]),
      g.op('Shape', [x], { start: 1, end: -1 }),
      g.op('Size', [x]),
      g.op('Min', [shape, g.ints(3)]),
      g.op('Tile', [shape, g.ints(2)]),
      g.op('Transpose', [g.op('Reshape', [g.op('Tile', [shape, g.ints(2)]), g.ints(2, 3)])]),
      g.op('ReduceSum', [g.op('Reshape', [g.op('Tile', [shape, g.ints(2)]), g.ints(2, 3)]), g.ints(0)]),
      ...g.ops('Split', [shape, g.ints(1, 2)], {}, { outputs: 2 }),
      g.op('Cast', [g.float(-2.7)], { to: 7 }),
    ];
  },
  'a taken branch': (g, x) => {
    const branch = (size: number): Graph => {
      const inner = new GraphBuilder('branch', `branch${String(size)}_`);
      inner.output(
        `taken${String(size)}`,
        inner.op('Slice', [x, inner.ints(0), inner.ints(size), inner.ints(1)]),
        'float32',
        [null, null, null],
      );
      return inner.graph();
    };
    const condition = g.op('Equal', [g.op('Size', [x]), g.constant(intTensor([48], []))]);
    return [g.op('If', [condition], { then_branch: branch(2), else_branch: branch(3) })];
  },
};

describe('an operator', () => {
  for (const [name, write] of Object.entries(operators)) {
    it(`has the shape and the integers that the runtime computes: ${name}`, async () => {
      const g = new GraphBuilder('one');
      const x = g.input('x', 'float32', ['a', 'b', 'c']);
      const index = g.input('index', 'int64', ['n']);
      g.output('used', index, 'int64', [null]);
      write(g, x, index).forEach((value, at) => g.output(`y${String(at)}`, value, 'float32', [null]));
      const feeds = { x: floats(randomFloats(48, 2), 2, 4, 6), index: indices([1, 2], 2) };
      expect(await compare(g.model(), feeds)).toBeGreaterThan(0);
    });
  }
});

describe('named dimensions', () => {
  function dims(shape: readonly Dimension[], write: (g: GraphBuilder, x: Value) => Value): readonly Dimension[] | null {
    const g = new GraphBuilder('named');
    const x = g.input('x', 'float32', shape);
    const y = write(g, x);
    g.output('y', y, 'float32', [null]);
    return inferShapes(g.model()).dims(y);
  }

  it('go through Reshape, Concat, Slice and products of shapes', () => {
    const shape = ['batch', 'tokens', 12];
    expect(dims(shape, (g, x) => g.reshape(x, 0, 0, 3, 4))).toEqual(['batch', 'tokens', 3, 4]);
    expect(dims(shape, (g, x) => g.reshape(x, 0, -1, 3, 4))).toEqual(['batch', 'tokens', 3, 4]);
    expect(dims(shape, (g, x) => g.reshape(x, -1, 12))).toEqual(['batch*tokens', 12]);
    expect(dims(shape, (g, x) => g.reshape(x, -1, 4))).toEqual(['3*batch*tokens', 4]);
    expect(dims(shape, (g, x) => g.concat(1, x, x, x))).toEqual(['batch', '3*tokens', 12]);
    expect(dims(shape, (g, x) => g.slice(x, 1, 1, Number.MAX_SAFE_INTEGER))).toEqual(['batch', 'tokens - 1', 12]);
    expect(dims(shape, (g, x) => g.op('Reshape', [x, g.op('Shape', [x])]))).toEqual(shape);
    const pixels = ['n', 3, 'h', 'w'];
    const patches = (g: GraphBuilder, x: Value): Value =>
      g.op('Conv', [x, g.floats(new Float32Array(2 * 3 * 16 * 16), [2, 3, 16, 16])], { strides: [16, 16] });
    expect(dims(pixels, patches)).toEqual(['n', 2, 'floor((h - 16) / 16) + 1', 'floor((w - 16) / 16) + 1']);
  });

  it('are null where nothing is known', () => {
    expect(dims(['n', 4], (g, x) => g.op('NonZero', [x]))).toEqual([2, null]);
    expect(dims(['n', 4], (g, x) => g.op('NoSuchOperator', [x]))).toBeNull();
    expect(dims(['n', 4], (g, x) => g.op('Add', [x, g.op('Mystery', [x], {}, 'some.domain')]))).toBeNull();
  });
});

describe('nonsense', () => {
  function node(op: string, inputs: readonly string[], attributes: Node['attributes'] = new Map()): Node {
    return { name: op, op, domain: '', inputs, outputs: [`${op}_out`], attributes };
  }

  function model(nodes: readonly Node[], constants: Readonly<Record<string, readonly number[]>>): Model {
    const initializers = new Map(Object.entries(constants).map(([name, values]) => [name, intTensor(values)]));
    const inputs = [{ name: 'x', type: 'float32' as const, dims: [2, 3] }];
    return {
      irVersion: 9,
      opsets: new Map([['', 20]]),
      graph: { name: 'nonsense', nodes, initializers, inputs, outputs: [] },
      metadata: new Map(),
      producer: '',
    };
  }

  it('never throws: every operator without inputs, and with inputs that do not fit', () => {
    const names =
      'Add Cast Concat Constant ConstantOfShape Conv DequantizeLinear Einsum Expand Flatten Gather GatherND Gemm If LayerNormalization ' +
      'Loop MatMul Pad Range ReduceSum Reshape Resize Shape Slice Softmax Split Squeeze Tile TopK Transpose Unsqueeze Where';
    for (const op of names.split(' ')) {
      for (const inputs of [
        [],
        ['missing'],
        ['x'],
        ['x', 'x', 'x', 'x'],
        ['x', 'list'],
        ['list', 'list', 'list', 'list', 'list'],
        ['', ''],
      ]) {
        const shapes = inferShapes(model([node(op, inputs)], { list: [-5, 2 ** 40, 0, -1] }));
        expect(shapes.dims('no such value')).toBeNull();
        expect(() => shapes.dims(`${op}_out`)).not.toThrow();
      }
    }
  });

  it('allocates nothing for absurd sizes', () => {
    const huge = [2 ** 40, 2 ** 40];
    const started = performance.now();
    const nodes = [node('ConstantOfShape', ['huge']), node('Expand', ['x', 'huge']), node('Tile', ['one', 'many'])];
    const shapes = inferShapes(model(nodes, { huge, one: [1], many: [2 ** 45] }));
    expect(shapes.dims('ConstantOfShape_out')).toEqual(huge);
    expect(shapes.integers('Tile_out')).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(200);
  });

  it('does not grow names without end', () => {
    const nodes = Array.from({ length: 200 }, (_, index) => {
      const input = index === 0 ? 'x' : `y${String(index - 1)}`;
      return {
        ...node('Concat', [input, input], new Map([['axis', { kind: 'int', value: 0 } as const]])),
        outputs: [`y${String(index)}`],
      };
    });
    const base = model(nodes, {});
    const shapes = inferShapes(base, new Map([['x', ['n', 'm']]]));
    expect(shapes.dims('y3')).toEqual(['16*n', 'm']);
    expect(shapes.dims('y199')).toEqual([null, 'm']);
  });
});

describe('arithmetic of dimensions', () => {
  const algebra = new DimensionAlgebra();

  it('is that of polynomials', () => {
    const sum = algebra.add('n', 1);
    expect(sum).toBe('n + 1');
    expect(algebra.multiply(sum, sum)).toBe('2*n + n*n + 1');
    expect(algebra.subtract(sum, 'n')).toBe(1);
    expect(algebra.divide(algebra.multiply(6, 'n'), 3)).toBe('2*n');
    expect(algebra.divide(algebra.multiply('m', 'n'), 'n')).toBe('m');
    expect(algebra.ratio(['b', sum, 12], ['b', 3])).toBe(algebra.multiply(4, sum));
    expect(algebra.ratio(['b', 5], [3])).toBeNull();
  });

  it('evaluates', () => {
    const grid = algebra.divide(algebra.subtract('h', 16), 16);
    expect(algebra.evaluate(algebra.multiply(algebra.add(grid, 1), 'n'), new Map([['h', 230], ['n', 3]]))).toBe(42); // prettier-ignore
    expect(algebra.evaluate('unknown', new Map())).toBeNull();
  });
});
