/** Attention in plain operators becomes the runtime's fused operators. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { fuseAttention } from '../../../../src/main/onnx/passes/fuse-attention.js';
import { unfuse } from '../../../../src/main/onnx/passes/unfuse.js';
import { intTensor } from '../../../../src/main/onnx/tensor.js';
import { expectEqual, operatorsOf, randomFloats } from '../../../support/equal-graphs.js';

const width = 12;
const heads = 3;
const sizes = { batch: 2, tokens: 5 };
const attention = 'com.microsoft.Attention';
const multiHead = 'com.microsoft.MultiHeadAttention';

/** How one graph differs from the plain one. */
interface Form {
  readonly biases?: boolean;
  readonly valueWidth?: number;
  /** Queries are of the first token alone. */
  readonly firstToken?: boolean;
  readonly scale?: 'after' | 'divided' | 'on both' | 'none';
  readonly norms?: boolean;
  /** K transposed in two steps. */
  readonly twoSteps?: boolean;
  readonly mask?: boolean;
  readonly axis?: number;
  readonly keepProbabilities?: boolean;
  /** Weights are expressions rather than tensors. */
  readonly expressions?: boolean;
  readonly inputs?: 'one' | 'two';
}

function written(form: Form): Model {
  const g = new GraphBuilder('attention');
  const x = g.input('x', 'float32', ['batch', 'tokens', width]);
  const memory = form.inputs === 'two' ? g.input('memory', 'float32', ['batch', 'others', width]) : x;
  let seed = 0;
  const weight = (...dims: number[]): Value => {
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
  };
  const linear = (source: Value, outputs: number): Value => {
    const stored = form.expressions === true ? g.transpose(weight(outputs, width), 1, 0) : weight(width, outputs);
    const product = g.matMul(source, stored);
    return form.biases === false ? product : g.add(product, weight(outputs));
  };
  const norm = (apart: Value): Value =>
    form.norms === true ? g.op('LayerNormalization', [apart, weight(4), weight(4)], { axis: -1 }) : apart;
  const split = (value: Value, outputs = width): Value => g.reshape(value, 0, 0, heads, outputs / heads);
  const q = g.transpose(norm(split(linear(form.firstToken === true ? g.slice(x, 1, 0, 1) : x, width))), 0, 2, 1, 3);
  const keys = norm(split(linear(memory, width)));
  const k =
    form.twoSteps === true ? g.transpose(g.transpose(keys, 0, 2, 1, 3), 0, 1, 3, 2) : g.transpose(keys, 0, 2, 3, 1);
  const valueWidth = form.valueWidth ?? width;
  const v = g.transpose(split(linear(memory, valueWidth), valueWidth), 0, 2, 1, 3);
  const rooted = form.scale === 'on both' ? [g.mul(q, g.float(0.5 ** 0.5)), g.mul(g.float(0.5 ** 0.5), k)] : [q, k];
  let scores = g.matMul(rooted[0] ?? q, rooted[1] ?? k);
  if (form.scale === 'after' || form.scale === undefined) scores = g.mul(scores, g.float(0.5));
  if (form.scale === 'divided') scores = g.div(scores, g.floats(Float32Array.of(3), [1]));
  if (form.mask === true) scores = g.add(scores, weight(1, 1, 1, 5));
  const probabilities = g.softmax(scores, form.axis ?? -1);
  const mixed = g.transpose(g.matMul(probabilities, v), 0, 2, 1, 3);
  g.output('y', g.reshape(mixed, 0, 0, valueWidth), 'float32', ['batch', null, valueWidth]);
  if (form.keepProbabilities === true) g.output('p', probabilities, 'float32', ['batch', heads, null, null]);
  return g.model();
}

/** Operators that are not constant expressions. */
function working(model: Model): string[] {
  return operatorsOf(model).filter((op) => !['Concat', 'Transpose', 'Identity'].includes(op));
}

const oneInput: Readonly<Record<string, Form>> = {
  'three products with biases': {},
  'without biases': { biases: false },
  'a division by its own scale': { scale: 'divided' },
  'a scale on q and k each': { scale: 'on both' },
  'no scale': { scale: 'none' },
  'keys transposed in two steps': { twoSteps: true },
  'weights that are expressions': { expressions: true },
  'softmax over axis 3': { axis: 3 },
};

describe('self-attention', () => {
  it.each(Object.entries(oneInput))('becomes one operator: %s', async (_name, form) => {
    const plain = written(form);
    const fused = fuseAttention(plain);
    expect(working(fused)).toEqual([attention]);
    await expectEqual(plain, fused, sizes);
    expect(fuseAttention(fused)).toBe(fused);
    await expectEqual(plain, unfuse(fused), sizes);
  });

  it('leaves the scale out when it is the usual one', () => {
    const attributes = (form: Form): string[] =>
      fuseAttention(written(form)).graph.nodes.flatMap(({ op, attributes: found }) =>
        op === 'Attention' ? [...found.keys()] : [],
      );
    expect(attributes({})).toEqual(['num_heads']);
    expect(attributes({ scale: 'divided' })).toEqual(['num_heads', 'scale']);
  });

  it.each(Object.entries(oneInput))(
    'becomes a product and an operator where joining is off: %s',
    async (_name, form) => {
      const plain = written(form);
      const fused = fuseAttention(plain, { joined: false });
      expect(working(fused)).toEqual(['MatMul', 'Split', multiHead]);
      await expectEqual(plain, fused, sizes);
      await expectEqual(plain, unfuse(fused), sizes);
    },
  );

  it('with v of another width keeps its product apart', async () => {
    const plain = written({ valueWidth: 6 });
    const fused = fuseAttention(plain);
    expect(working(fused)).toEqual(['MatMul', 'Split', multiHead]);
    await expectEqual(plain, fused, sizes);
    await expectEqual(plain, unfuse(fused), sizes);
  });

  it('of the first token alone joins k and v', async () => {
    const plain = written({ firstToken: true });
    const fused = fuseAttention(plain);
    expect(working(fused)).toEqual(['Slice', 'MatMul', 'MatMul', 'Split', multiHead]);
    await expectEqual(plain, fused, sizes);
  });

  it('with normalised heads keeps the linear layers', async () => {
    const plain = written({ norms: true });
    const fused = fuseAttention(plain);
    expect(working(fused).filter((op) => op === 'LayerNormalization')).toHaveLength(2);
    expect(working(fused).at(-1)).toBe(multiHead);
    expect(working(fused)).not.toContain('Softmax');
    await expectEqual(plain, fused, sizes);
    await expectEqual(plain, unfuse(fused), sizes);
  });
});

/** Heads of q, k and v cut out of one product, as timm exports them. */
function packed(
  by: 'split' | 'gather',
  changes: { readonly order?: readonly number[]; readonly bias?: boolean } = {},
): Model {
  const g = new GraphBuilder('packed');
  const x = g.input('x', 'float32', ['batch', 'tokens', width]);
  const product = g.matMul(x, g.floats(randomFloats(width * 3 * width, 1, 0.5), [width, 3 * width]));
  const bias = g.floats(randomFloats(3 * width, 2, 0.5), [3 * width]);
  const linear = changes.bias === false ? product : g.add(bias, product);
  const apart = g.transpose(g.reshape(linear, 0, 0, 3, heads, 4), 2, 0, 3, 1, 4);
  const parts =
    by === 'split'
      ? g
          .ops('Split', [apart], { axis: 0, num_outputs: 3 }, { outputs: 3 })
          .map((part) => g.op('Squeeze', [part, g.ints(0)]))
      : [0, 1, 2].map((index) => g.gather(apart, g.constant(intTensor([index], [])), 0));
  const [q = x, k = x, v = x] = (changes.order ?? [0, 1, 2]).map((index) => parts[index] ?? x);
  const scores = g.mul(g.matMul(q, g.transpose(k, 0, 1, 3, 2)), g.float(0.5));
  const mixed = g.transpose(g.matMul(g.softmax(scores), v), 0, 2, 1, 3);
  g.output('y', g.reshape(mixed, 0, 0, width), 'float32', ['batch', 'tokens', width]);
  return g.model();
}

describe('q, k and v cut out of one product', () => {
  it.each(['split', 'gather'] as const)('by %s become one operator', async (by) => {
    const plain = packed(by);
    const fused = fuseAttention(plain);
    expect(working(fused)).toEqual([attention]);
    await expectEqual(plain, fused, sizes);
    await expectEqual(plain, unfuse(fused), sizes);
  });

  it.each([true, false])('become a product and an operator where joining is off, biases: %s', async (bias) => {
    const plain = packed('split', { bias });
    const fused = fuseAttention(plain, { joined: false });
    expect(working(fused)).toEqual(['MatMul', 'Split', multiHead]);
    await expectEqual(plain, fused, sizes);
  });

  it('without biases get zeros, which the operator needs', async () => {
    const plain = packed('split', { bias: false });
    await expectEqual(plain, fuseAttention(plain), sizes);
  });

  it('in another order stay', () => {
    const plain = packed('split', { order: [1, 0, 2] });
    expect(fuseAttention(plain)).toBe(plain);
  });
});

describe('attention to another sequence', () => {
  it('becomes MultiHeadAttention', async () => {
    const plain = written({ inputs: 'two' });
    const fused = fuseAttention(plain);
    expect(working(fused)).toEqual(['MatMul', 'MatMul', 'Split', multiHead]);
    await expectEqual(plain, fused, { ...sizes, others: 7 });
  });
});

describe('what is no plain attention', () => {
  const others: Readonly<Record<string, Form>> = {
    'a mask': { mask: true },
    'softmax over the queries': { axis: 2 },
    'probabilities that are an output': { keepProbabilities: true },
  };
  it.each(Object.entries(others))('stays: %s', (_name, form) => {
    const plain = written(form);
    expect(fuseAttention(plain)).toBe(plain);
  });
});
