/** Fused operators opened into plain ones compute the same. */

import { describe, expect, it } from 'vitest';
import { type AttributeInput, GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Dimension, Model } from '../../../../src/main/onnx/graph.js';
import { unfuse } from '../../../../src/main/onnx/passes/unfuse.js';
import type { DataType } from '../../../../src/main/onnx/tensor.js';
import { expectEqual, largestDifference, operatorsOf, randomFloats } from '../../../support/equal-graphs.js';

const microsoft = 'com.microsoft';
let seed = 100;

function weight(g: GraphBuilder, ...dims: number[]): Value {
  seed += 1;
  return g.floats(
    randomFloats(
      dims.reduce((a, b) => a * b, 1),
      seed,
      0.5,
    ),
    dims,
    'weight',
  );
}

interface Given {
  readonly inputs: readonly (readonly [string, readonly Dimension[], DataType?])[];
  readonly op: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeInput>>;
  /** Operands in order: a shape is a weight, a name an input, null left out. */
  readonly operands: readonly (readonly number[] | string | null)[];
  /** Ranks of the outputs; 0 leaves one out. */
  readonly ranks?: readonly number[];
  readonly opset?: number;
}

/** A model of one operator. */
function single({ inputs, op, domain = microsoft, attributes = {}, operands, ranks = [3], opset = 20 }: Given): Model {
  const g = new GraphBuilder('single', '', { opset });
  const values = new Map(inputs.map(([name, dims, type = 'float32']) => [name, g.input(name, type, dims)]));
  const given = operands.map((operand) => {
    if (operand === null) return null;
    return typeof operand === 'string' ? (values.get(operand) ?? null) : weight(g, ...operand);
  });
  const outputs = g.ops(op, given, attributes, { domain, outputs: ranks.length });
  ranks.forEach((rank, index) => {
    const output = outputs[index];
    if (rank > 0 && output) g.output(`y${String(index)}`, output, 'float32', Array<null>(rank).fill(null));
  });
  const model = g.model();
  // Outputs that are left out have no name, as exporters write them.
  const nodes = model.graph.nodes.map((node) => ({
    ...node,
    outputs: node.outputs.map((name, index) => (node.op === op && ranks[index] === 0 ? '' : name)),
  }));
  return { ...model, graph: { ...model.graph, nodes } };
}

function opened(model: Model, op: string): Model {
  const plain = unfuse(model);
  expect(operatorsOf(model)).toContain(op);
  expect(operatorsOf(plain)).not.toContain(op);
  // Numbers are plain constants where the type of what they meet is known.
  expect(operatorsOf(plain)).not.toContain('CastLike');
  return plain;
}

const sequence: readonly Dimension[] = ['batch', 'tokens', 12];
const sizes = { batch: 2, tokens: 5, others: 7 };

interface Case extends Given {
  readonly name: string;
}

const plainAttention: Case = {
  name: 'plain',
  inputs: [['x', sequence]],
  op: 'Attention',
  operands: ['x', [12, 24], [24]],
  attributes: { num_heads: 2 },
};

const attention: readonly Case[] = [
  plainAttention,
  {
    name: 'with v of another width and a scale',
    inputs: [['x', sequence]],
    op: 'Attention',
    operands: ['x', [12, 22], [22]],
    attributes: { num_heads: 2, qkv_hidden_sizes: [8, 8, 6], scale: { float: 0.3 } },
  },
  {
    name: 'with a mask of keys',
    inputs: [
      ['x', sequence],
      ['mask', ['batch', 'tokens'], 'int32'],
    ],
    op: 'Attention',
    operands: ['x', [12, 24], [24], 'mask'],
    attributes: { num_heads: 2 },
  },
  {
    name: 'with a mask of queries and keys and its own filter value',
    inputs: [
      ['x', sequence],
      ['mask', ['batch', 'tokens', 'tokens'], 'int32'],
    ],
    op: 'Attention',
    operands: ['x', [12, 24], [24], 'mask'],
    attributes: { num_heads: 2, mask_filter_value: { float: -3 } },
  },
  {
    name: 'with an attention bias',
    inputs: [
      ['x', sequence],
      ['bias', [1, 2, 'tokens', 'tokens']],
    ],
    op: 'Attention',
    operands: ['x', [12, 24], [24], null, null, 'bias'],
    attributes: { num_heads: 2 },
  },
  {
    name: 'of separate q, k and v',
    inputs: [
      ['q', sequence],
      ['k', ['batch', 'others', 12]],
      ['v', ['batch', 'others', 12]],
    ],
    op: 'MultiHeadAttention',
    operands: ['q', 'k', 'v'],
    attributes: { num_heads: 3 },
  },
  {
    name: 'of separate q, k and v with biases, a scale and an attention bias',
    inputs: [
      ['q', sequence],
      ['k', sequence],
      ['v', ['batch', 'tokens', 6]],
      ['bias', ['batch', 3, 'tokens', 'tokens']],
    ],
    op: 'MultiHeadAttention',
    operands: ['q', 'k', 'v', [30], null, 'bias'],
    attributes: { num_heads: 3, scale: { float: 0.7 } },
  },
  {
    name: 'of k and v with their heads apart',
    inputs: [
      ['q', sequence],
      ['k', ['batch', 3, 'others', 4]],
      ['v', ['batch', 3, 'others', 4]],
    ],
    op: 'MultiHeadAttention',
    operands: ['q', 'k', 'v'],
    attributes: { num_heads: 3 },
  },
  {
    name: 'with a padding mask',
    inputs: [
      ['q', sequence],
      ['k', sequence],
      ['v', sequence],
      ['mask', ['batch', 'tokens'], 'int32'],
    ],
    op: 'MultiHeadAttention',
    operands: ['q', 'k', 'v', null, 'mask'],
    attributes: { num_heads: 3 },
  },
  {
    name: 'of the standard with heads side by side',
    inputs: [
      ['q', sequence],
      ['k', sequence],
      ['v', sequence],
    ],
    op: 'Attention',
    domain: '',
    operands: ['q', 'k', 'v'],
    attributes: { q_num_heads: 3, kv_num_heads: 3 },
    opset: 23,
  },
  {
    name: 'of the standard with several query heads to one key head, a scale and a mask',
    inputs: [
      ['q', ['batch', 4, 'tokens', 6]],
      ['k', ['batch', 2, 'others', 6]],
      ['v', ['batch', 2, 'others', 3]],
      ['mask', ['tokens', 'others']],
    ],
    op: 'Attention',
    domain: '',
    operands: ['q', 'k', 'v', 'mask'],
    attributes: { scale: { float: 0.4 } },
    ranks: [4],
    opset: 23,
  },
];

describe('attention opened', () => {
  it.each(attention)('$name', async (given) => {
    const model = single(given);
    const plain = opened(model, given.domain === '' ? given.op : `${microsoft}.${given.op}`);
    await expectEqual(model, plain, sizes);
  });

  it('names the probabilities after the output', () => {
    const plain = unfuse(single(plainAttention));
    const softmax = plain.graph.nodes.find(({ op }) => op === 'Softmax');
    expect(softmax?.outputs).toEqual(['Attention_3_probabilities']);
  });

  it('opens attention without bias, which crashes the runtime', async () => {
    const graph = (bias: 'zeros' | 'none'): Model => {
      seed = 400;
      const g = new GraphBuilder('graph');
      const operands = [g.input('x', 'float32', sequence), weight(g, 12, 24)];
      if (bias === 'zeros') operands.push(g.floats(new Float32Array(24), [24]));
      g.output('y', g.op('Attention', operands, { num_heads: 2 }, microsoft), 'float32', [null, null, null]);
      return g.model();
    };
    const plain = opened(graph('none'), 'com.microsoft.Attention');
    expect(operatorsOf(plain)).not.toContain('Add');
    await expectEqual(graph('zeros'), plain, sizes);
  });

  it('leaves a causal mask alone', () => {
    const given = { ...plainAttention, attributes: { num_heads: 2, unidirectional: 1 } };
    const model = single(given);
    expect(unfuse(model)).toBe(model);
  });

  it('unpacks q, k and v of one tensor', async () => {
    const packed = (separate: boolean): Model => {
      const g = new GraphBuilder('packed');
      const q = g.input('qkv', 'float32', ['batch', 'tokens', 3, 3, 4]);
      const part = (index: number): Value => g.reshape(g.slice(q, 3, index, index + 1), 0, 0, 12);
      const inputs = separate ? [part(0), part(1), part(2)] : [q];
      g.output('y', g.op('MultiHeadAttention', inputs, { num_heads: 3 }, microsoft), 'float32', [null, null, null]);
      return g.model();
    };
    await expectEqual(packed(true), opened(packed(false), 'com.microsoft.MultiHeadAttention'), sizes);
  });

  it('unpacks k and v of one tensor', async () => {
    const packed = (separate: boolean): Model => {
      const g = new GraphBuilder('packed');
      const q = g.input('q', 'float32', sequence);
      const kv = g.input('kv', 'float32', ['batch', 'others', 3, 2, 4]);
      const part = (index: number): Value => g.reshape(g.slice(kv, 3, index, index + 1), 0, 0, 12);
      const inputs = separate ? [q, part(0), part(1)] : [q, kv];
      g.output('y', g.op('MultiHeadAttention', inputs, { num_heads: 3 }, microsoft), 'float32', [null, null, null]);
      return g.model();
    };
    await expectEqual(packed(true), opened(packed(false), 'com.microsoft.MultiHeadAttention'), sizes);
  });

  it('works in half precision, whose constants get the type of the inputs', async () => {
    const g = new GraphBuilder('half');
    const x = g.cast(g.input('x', 'float32', sequence), 'float16');
    const [w, b] = [g.cast(weight(g, 12, 24), 'float16'), g.cast(weight(g, 24), 'float16')];
    const y = g.op('Attention', [x, w, b], { num_heads: 2 }, microsoft);
    g.output('y', g.cast(y, 'float32'), 'float32', [null, null, null]);
    const model = g.model();
    expect(await largestDifference(model, opened(model, 'com.microsoft.Attention'), sizes)).toBeLessThan(3e-3);
  });
});

const x: Given['inputs'] = [['x', sequence]];
const two: Given['inputs'] = [
  ['x', sequence],
  ['skip', sequence],
];

const others: readonly Case[] = [
  { name: 'skip', inputs: two, op: 'SkipLayerNormalization', operands: ['x', 'skip', [12], [12]] },
  {
    name: 'skip with bias, epsilon and its sum',
    inputs: two,
    op: 'SkipLayerNormalization',
    operands: ['x', 'skip', [12], [12], [12]],
    attributes: { epsilon: { float: 0.1 } },
    ranks: [3, 0, 0, 3],
  },
  { name: 'skip without shift', inputs: two, op: 'SkipLayerNormalization', operands: ['x', 'skip', [12]] },
  {
    name: 'skip of an RMS norm with bias and its sum',
    inputs: two,
    op: 'SkipSimplifiedLayerNormalization',
    operands: ['x', 'skip', [12], [12]],
    attributes: { epsilon: { float: 0.1 } },
    ranks: [3, 0, 0, 3],
  },
  {
    name: 'RMS norm',
    inputs: x,
    op: 'RMSNormalization',
    domain: '',
    operands: ['x', [12]],
    attributes: { epsilon: { float: 0.01 } },
    opset: 23,
  },
  { name: 'bias and GELU', inputs: x, op: 'BiasGelu', operands: ['x', [12]] },
  { name: 'GELU', inputs: x, op: 'Gelu', operands: ['x'] },
  { name: 'tanh GELU', inputs: x, op: 'FastGelu', operands: ['x'] },
  { name: 'bias and tanh GELU', inputs: x, op: 'FastGelu', operands: ['x', [12]] },
  { name: 'quick GELU', inputs: x, op: 'QuickGelu', operands: ['x'] },
  { name: 'SiLU as quick GELU', inputs: x, op: 'QuickGelu', operands: ['x'], attributes: { alpha: { float: 1 } } },
  {
    name: 'product with a factor',
    inputs: x,
    op: 'FusedMatMul',
    operands: ['x', [12, 4]],
    attributes: { alpha: { float: 0.25 } },
  },
  {
    name: 'product with a transposed weight',
    inputs: x,
    op: 'FusedMatMul',
    operands: ['x', [4, 12]],
    attributes: { transB: 1 },
  },
  {
    name: 'product of transposed batches',
    inputs: [
      ['a', [3, 'batch', 5]],
      ['b', [3, 'batch', 4]],
    ],
    op: 'FusedMatMul',
    operands: ['a', 'b'],
    attributes: { transA: 1, transBatchA: 1, transBatchB: 1 },
    ranks: [3],
  },
  {
    name: 'Gemm and ReLU',
    inputs: [['x', ['batch', 6]]],
    op: 'FusedGemm',
    operands: ['x', [4, 6], [4]],
    attributes: { transB: 1, activation: 'Relu' },
    ranks: [2],
  },
  {
    name: 'Gemm and leaky ReLU',
    inputs: [['x', ['batch', 6]]],
    op: 'FusedGemm',
    operands: ['x', [6, 4], [4]],
    attributes: { alpha: { float: 0.5 }, activation: 'LeakyRelu', activation_alpha: { float: 0.2 } },
    ranks: [2],
  },
  {
    name: 'convolution and ReLU',
    inputs: [['x', ['batch', 3, 8, 8]]],
    op: 'FusedConv',
    operands: ['x', [5, 3, 4, 4], [5]],
    attributes: { strides: [4, 4], activation: 'Relu' },
    ranks: [4],
  },
  {
    name: 'convolution, sum and sigmoid',
    inputs: [
      ['x', ['batch', 3, 8, 8]],
      ['z', ['batch', 5, 2, 2]],
    ],
    op: 'FusedConv',
    operands: ['x', [5, 3, 4, 4], [5], 'z'],
    attributes: { strides: [4, 4], activation: 'Sigmoid' },
    ranks: [4],
  },
];

describe('other operators opened', () => {
  it.each(others)('$name', async (given) => {
    const model = single(given);
    const plain = opened(model, given.domain === '' ? given.op : `${microsoft}.${given.op}`);
    expect(operatorsOf(plain).filter((op) => op.startsWith(microsoft))).toEqual([]);
    await expectEqual(model, plain, sizes);
  });

  it('opens Clip behind a convolution, whose bounds are parameters', async () => {
    const operands = ['x', [5, 3, 4, 4], [5]];
    const inputs = [['x', ['batch', 3, 8, 8]]] as const;
    const model = single({ inputs, op: 'FusedConv', operands, attributes: { strides: [4, 4] }, ranks: [4] });
    const parameters = { kind: 'floats', value: [-0.5, 0.75] } as const;
    const nodes = model.graph.nodes.map((node) =>
      node.op === 'FusedConv'
        ? {
            ...node,
            attributes: new Map([
              ...node.attributes,
              ['activation', { kind: 'string', value: 'Clip' }],
              ['activation_params', parameters],
            ]),
          }
        : node,
    ) as Model['graph']['nodes'];
    const clipped = { ...model, graph: { ...model.graph, nodes } };
    await expectEqual(clipped, opened(clipped, 'com.microsoft.FusedConv'), sizes);
  });

  it('opens a convolution over channels last', async () => {
    const graph = (nhwc: boolean): Model => {
      seed = 500;
      const g = new GraphBuilder('nhwc');
      const image = g.input('image', 'float32', ['batch', 8, 8, 3]);
      const kernel = weight(g, 5, 4, 4, 3);
      const bias = weight(g, 5);
      const strides = { strides: [4, 4] };
      const y = nhwc
        ? g.op('NhwcConv', [image, kernel, bias], strides, microsoft)
        : g.transpose(
            g.op('Conv', [g.transpose(image, 0, 3, 1, 2), g.transpose(kernel, 0, 3, 1, 2), bias], strides),
            0,
            2,
            3,
            1,
          );
      g.output('y', y, 'float32', ['batch', 2, 2, 5]);
      return g.model();
    };
    await expectEqual(graph(false), opened(graph(true), 'com.microsoft.NhwcConv'));
  });

  it.each(['BiasAdd', 'BiasSplitGelu', 'BiasSoftmax', 'Swish'])('opens %s, which the CPU does not run', async (op) => {
    const graph = (fused: boolean): Model => {
      seed = 600;
      const g = new GraphBuilder('graph', '', { opset: op === 'Swish' ? 24 : 20 });
      const input = g.input('x', 'float32', sequence);
      const skip = g.input('skip', 'float32', sequence);
      const bias = weight(g, 12);
      const plain = (): Value => {
        const sum = g.add(input, bias);
        if (op === 'BiasAdd') return g.add(sum, skip);
        if (op === 'BiasSoftmax') return g.softmax(sum);
        if (op === 'Swish') return g.mul(input, g.op('Sigmoid', [g.mul(input, g.float(1.5))]));
        return g.mul(g.slice(sum, 2, 0, 6), g.op('Gelu', [g.slice(sum, 2, 6, 12)]));
      };
      const operands = { BiasAdd: [input, bias, skip], Swish: [input] }[op] ?? [input, bias];
      const attributes: Record<string, AttributeInput> = op === 'BiasSoftmax' ? { axis: 2, is_inner_broadcast: 1 } : {};
      if (op === 'Swish') attributes.alpha = { float: 1.5 };
      const y = fused ? g.op(op, operands, attributes, op === 'Swish' ? '' : microsoft) : plain();
      g.output('y', y, 'float32', [null, null, null]);
      return g.model();
    };
    await expectEqual(graph(false), opened(graph(true), op === 'Swish' ? op : `${microsoft}.${op}`), sizes);
  });

  it('keeps the name of the sum and adds the bias to the product', () => {
    const g = new GraphBuilder('block');
    const input = g.input('x', 'float32', sequence);
    const branch = g.matMul(input, weight(g, 12, 12));
    const operands = [branch, input, weight(g, 12), weight(g, 12), weight(g, 12)];
    const [normed, , , sum] = g.ops('SkipLayerNormalization', operands, {}, { domain: microsoft, outputs: 4 });
    if (normed === undefined || sum === undefined) throw new RangeError('Four outputs were asked for');
    g.output('y', g.add(normed, sum), 'float32', [null, null, null]);
    const model = g.model();
    const nodes = model.graph.nodes.map((node) => ({
      ...node,
      outputs: node.outputs.map((name) => (node.outputs.length === 4 && name !== normed && name !== sum ? '' : name)),
    }));
    const plain = unfuse({ ...model, graph: { ...model.graph, nodes } });
    expect(operatorsOf(plain)).toEqual(['MatMul', 'Add', 'Add', 'LayerNormalization', 'Add', 'Identity']);
    expect(plain.graph.nodes[1]?.inputs[0]).toBe(branch);
    expect(plain.graph.nodes[2]?.outputs).toEqual([sum]);
  });

  it('leaves a plain model as it is', () => {
    const model = single({ inputs: x, op: 'LayerNormalization', domain: '', operands: ['x', [12], [12]] });
    expect(unfuse(model)).toBe(model);
  });
});
