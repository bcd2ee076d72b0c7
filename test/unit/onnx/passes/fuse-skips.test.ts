/** Residual additions, biases and scales go into the operators around them. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { fuseScales } from '../../../../src/main/onnx/passes/fuse-scales.js';
import { fuseBiasGelu, fuseSkips } from '../../../../src/main/onnx/passes/fuse-skips.js';
import { unfuse } from '../../../../src/main/onnx/passes/unfuse.js';
import { expectEqual, operatorsOf, randomFloats } from '../../../support/equal-graphs.js';

const sizes = { batch: 2, tokens: 5 };
let seed = 0;

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

type Write = (g: GraphBuilder, x: Value, skip: Value) => Value;

function model(write: Write): Model {
  const g = new GraphBuilder('skips');
  const x = g.input('x', 'float32', ['batch', 'tokens', 8]);
  const skip = g.input('skip', 'float32', ['batch', 'tokens', 8]);
  g.output('y', write(g, x, skip), 'float32', ['batch', 'tokens', 8]);
  return g.model();
}

const norm = (g: GraphBuilder, x: Value): Value =>
  g.op('LayerNormalization', [x, weight(g, 8), weight(g, 8)], { axis: -1, epsilon: { float: 0.01 } });
const rms = (g: GraphBuilder, x: Value): Value =>
  g.op('SimplifiedLayerNormalization', [x, weight(g, 8)], { axis: -1, epsilon: { float: 0.01 } });
const linear = (g: GraphBuilder, x: Value): Value => g.add(g.matMul(x, weight(g, 8, 8)), weight(g, 8));

async function same(plain: Model, fused: Model, operators: readonly string[]): Promise<void> {
  expect(operatorsOf(fused)).toEqual(operators);
  await expectEqual(plain, fused, sizes);
  await expectEqual(plain, unfuse(fused), sizes);
}

const skipNorm = 'com.microsoft.SkipLayerNormalization';
const skipRms = 'com.microsoft.SkipSimplifiedLayerNormalization';

describe('a residual addition before a norm', () => {
  it('takes the bias along', async () => {
    const plain = model((g, x, skip) => norm(g, g.add(skip, linear(g, x))));
    const fused = fuseSkips(plain);
    await same(plain, fused, ['MatMul', skipNorm, 'Identity']);
    expect(fused.graph.nodes[1]?.inputs).toHaveLength(5);
    expect(fused.graph.nodes[1]?.outputs).toHaveLength(1);
    expect(fuseSkips(fused)).toBe(fused);
  });

  it('gives the sum that others read', async () => {
    const plain = model((g, x, skip) => {
      const sum = g.add(linear(g, x), skip);
      return g.mul(g.op('Tanh', [sum]), norm(g, sum));
    });
    await same(plain, fuseSkips(plain), ['MatMul', skipNorm, 'Tanh', 'Mul', 'Identity']);
  });

  it('without bias or shift', async () => {
    const plain = model((g, x, skip) => g.op('LayerNormalization', [g.add(x, skip), weight(g, 8)], { axis: -1 }));
    await same(plain, fuseSkips(plain), [skipNorm, 'Identity']);
  });

  it('before an RMS norm', async () => {
    const plain = model((g, x, skip) => {
      const sum = g.add(linear(g, x), skip);
      return g.add(sum, rms(g, sum));
    });
    await same(plain, fuseSkips(plain), ['MatMul', skipRms, 'Add', 'Identity']);
  });

  it('fuses once where two norms read the sum', async () => {
    const plain = model((g, x, skip) => {
      const sum = g.add(linear(g, x), skip);
      return g.mul(norm(g, sum), norm(g, sum));
    });
    await same(plain, fuseSkips(plain), ['MatMul', skipNorm, 'LayerNormalization', 'Mul', 'Identity']);
  });

  const others: Readonly<Record<string, Write>> = {
    'of a constant': (g, x) => norm(g, g.add(x, weight(g, 1, 3, 8))),
    'of one token to all': (g, x, skip) => norm(g, g.add(x, g.slice(skip, 1, 0, 1))),
    'over two dimensions': (g, x, skip) => g.op('LayerNormalization', [g.add(x, skip), weight(g, 5, 8)], { axis: 1 }),
    'with a scale that is computed': (g, x, skip) =>
      g.op('LayerNormalization', [g.add(x, skip), g.op('ReduceMean', [x, g.ints(0, 1)], { keepdims: 0 })], {
        axis: -1,
      }),
  };
  it.each(Object.entries(others))('stays: %s', (_name, write) => {
    const plain = model(write);
    expect(fuseSkips(plain)).toBe(plain);
  });
});

describe('a bias before GELU', () => {
  it('by the error function becomes BiasGelu', async () => {
    const plain = model((g, x) => g.op('Gelu', [linear(g, x)]));
    await same(plain, fuseBiasGelu(plain), ['MatMul', 'com.microsoft.BiasGelu', 'Identity']);
  });

  it('by tanh becomes FastGelu', async () => {
    const plain = model((g, x) => g.op('Gelu', [linear(g, x)], { approximate: 'tanh' }));
    await same(plain, fuseBiasGelu(plain), ['MatMul', 'com.microsoft.FastGelu', 'Identity']);
  });

  const others: Readonly<Record<string, Write>> = {
    'that others read': (g, x) => {
      const sum = linear(g, x);
      return g.mul(sum, g.op('Gelu', [sum]));
    },
    'that is no vector': (g, x) => g.op('Gelu', [g.add(x, weight(g, 5, 8))]),
    'that is computed': (g, x, skip) => g.op('Gelu', [g.add(x, skip)]),
  };
  it.each(Object.entries(others))('stays: %s', (_name, write) => {
    const plain = model(write);
    expect(fuseBiasGelu(plain)).toBe(plain);
  });
});

describe('LayerScale', () => {
  it('goes into the linear layer', async () => {
    const plain = model((g, x, skip) => g.add(skip, g.mul(linear(g, x), weight(g, 8))));
    const fused = fuseScales(plain);
    // Two of them are of constants.
    await same(plain, fused, ['Mul', 'MatMul', 'Mul', 'Add', 'Add', 'Identity']);
    expect(fuseScales(fused)).toBe(fused);
  });

  it('stays where the layer is read elsewhere', () => {
    const plain = model((g, x) => {
      const y = linear(g, x);
      return g.add(y, g.mul(y, weight(g, 8)));
    });
    expect(fuseScales(plain)).toBe(plain);
  });
});
