/** Normalisations written out in plain operators become one operator each. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { fuseNorms } from '../../../../src/main/onnx/passes/fuse-norms.js';
import { expectEqual, largestDifference, operatorsOf, randomFloats } from '../../../support/equal-graphs.js';

type Write = (g: GraphBuilder, x: Value) => Value;

function model(write: Write): Model {
  const g = new GraphBuilder('norm');
  const x = g.input('x', 'float32', ['batch', 'tokens', 8]);
  g.output('y', write(g, x), 'float32', ['batch', 'tokens', 8]);
  return g.model();
}

const mean = (g: GraphBuilder, x: Value, axis = -1): Value => g.op('ReduceMean', [x, g.ints(axis)], { keepdims: 1 });
const epsilon = (g: GraphBuilder): Value => g.floats(Float32Array.of(0.01), [1]);
const vector = (g: GraphBuilder, seed: number, ...dims: number[]): Value =>
  g.floats(randomFloats(8, seed), dims.length > 0 ? dims : [8], 'vector');
const square = (g: GraphBuilder, x: Value): Value => g.op('Pow', [x, g.float(2)]);
const root = (g: GraphBuilder, power: Value): Value => g.op('Sqrt', [g.add(power, epsilon(g))]);
const inverse = (g: GraphBuilder, power: Value): Value => g.op('Reciprocal', [root(g, power)]);

/** `(x - mean) / root`, as PyTorch writes it. */
const torch: Write = (g, x) => {
  const centred = g.sub(x, mean(g, x));
  return g.div(centred, root(g, mean(g, square(g, centred))));
};

const layers: Readonly<Record<string, Write>> = {
  'with scale and shift': (g, x) => g.add(g.mul(torch(g, x), vector(g, 1)), vector(g, 2)),
  'with sides swapped': (g, x) => g.add(vector(g, 2), g.mul(vector(g, 1), torch(g, x))),
  'with scale alone': (g, x) => g.mul(torch(g, x), vector(g, 1)),
  'with shift alone': (g, x) => g.add(torch(g, x), vector(g, 2)),
  'without scale and shift': torch,
  'with scale and shift of three dimensions': (g, x) =>
    g.add(g.mul(torch(g, x), vector(g, 1, 1, 1, 8)), vector(g, 2, 1, 8)),
  'with one number as scale': (g, x) => g.mul(torch(g, x), g.float(1.5)),
  'with a scale that is an expression': (g, x) =>
    g.mul(torch(g, x), g.reshape(g.transpose(vector(g, 1, 4, 2), 1, 0), 8)),
  'with a positive axis': (g, x) => {
    const centred = g.sub(x, mean(g, x, 2));
    return g.div(centred, root(g, mean(g, g.mul(centred, centred), 2)));
  },
  'with a difference written twice': (g, x) => {
    const twice = g.sub(x, mean(g, x));
    return g.add(g.mul(g.div(g.sub(x, mean(g, x)), root(g, mean(g, g.mul(twice, twice)))), vector(g, 1)), vector(g, 2));
  },
  'with a reciprocal root and a scale after it': (g, x) => {
    const centred = g.sub(x, mean(g, x));
    return g.add(g.mul(g.mul(centred, inverse(g, mean(g, g.mul(centred, centred)))), vector(g, 1)), vector(g, 2));
  },
  'with a scale in the factor': (g, x) => {
    const centred = g.sub(x, mean(g, x));
    return g.add(g.mul(centred, g.mul(vector(g, 1), inverse(g, mean(g, square(g, centred))))), vector(g, 2));
  },
  'with one divided by the root': (g, x) => {
    const centred = g.sub(x, mean(g, x));
    return g.mul(centred, g.div(g.float(1), root(g, mean(g, square(g, centred)))));
  },
  'with powers of a half': (g, x) => {
    const centred = g.sub(x, mean(g, x));
    return g.mul(centred, g.op('Pow', [g.add(mean(g, square(g, centred)), epsilon(g)), g.float(-0.5)]));
  },
  'as TensorFlow spreads it': (g, x) => {
    const average = mean(g, x);
    const difference = g.sub(x, average);
    const factor = g.mul(inverse(g, mean(g, g.mul(difference, difference))), vector(g, 1));
    return g.add(g.mul(x, factor), g.sub(vector(g, 2), g.mul(average, factor)));
  },
  'as TensorFlow spreads it without shift': (g, x) => {
    const average = mean(g, x);
    const difference = g.sub(x, average);
    const factor = inverse(g, mean(g, g.mul(difference, difference)));
    return g.sub(g.mul(x, factor), g.mul(average, factor));
  },
  'with a variance from two moments': (g, x) => {
    const average = mean(g, x);
    const variance = g.op('Max', [g.float(0), g.sub(mean(g, g.mul(x, x)), g.mul(average, average))]);
    return g.add(g.mul(g.sub(x, average), g.mul(inverse(g, variance), vector(g, 1))), vector(g, 2));
  },
  'as normalisation of instances': (g, x) => {
    const tokens = g.op('Slice', [g.op('Shape', [x]), g.ints(1), g.ints(2), g.ints(0)]);
    const filled = (value: number): Value =>
      g.op('ConstantOfShape', [tokens], {
        value: { type: 'float32', dims: [1], bytes: new Uint8Array(Float32Array.of(value).buffer) },
      });
    const normed = g.op('InstanceNormalization', [x, filled(1), filled(0)], { epsilon: { float: 0.01 } });
    return g.add(g.mul(normed, vector(g, 1)), vector(g, 2));
  },
};

const rms: Readonly<Record<string, Write>> = {
  'with a factor and scale': (g, x) => g.mul(vector(g, 1), g.mul(x, inverse(g, mean(g, square(g, x))))),
  'with a division, without scale': (g, x) => g.div(x, root(g, mean(g, g.mul(x, x)))),
};

describe('layer normalisation', () => {
  it.each(Object.entries(layers))('%s', async (_name, write) => {
    const written = model(write);
    const fused = fuseNorms(written);
    const left = operatorsOf(fused).filter((op) => !['Transpose', 'Reshape', 'Expand'].includes(op));
    expect(left).toEqual(['LayerNormalization', 'Identity']);
    const { nodes } = fused.graph;
    expect(nodes.find(({ op }) => op === 'LayerNormalization')?.attributes.get('epsilon')?.value).toBeCloseTo(0.01, 7);
    await expectEqual(written, fused, { batch: 2, tokens: 5 });
    expect(fuseNorms(fused)).toBe(fused);
  });

  it('in half precision between casts', async () => {
    const written = model((g, x) => {
      const half = g.cast(x, 'float16');
      const centred = g.sub(half, mean(g, half));
      const power = mean(g, square(g, g.cast(centred, 'float32')));
      const normed = g.div(centred, g.cast(root(g, power), 'float16'));
      const [scale, shift] = [g.cast(vector(g, 1), 'float16'), g.cast(vector(g, 2), 'float16')];
      return g.cast(g.add(g.mul(normed, scale), shift), 'float32');
    });
    const fused = fuseNorms(written);
    expect(operatorsOf(fused)).toEqual(['Cast', 'Cast', 'Cast', 'LayerNormalization', 'Cast', 'Identity']);
    expect(await largestDifference(written, fused, { batch: 2, tokens: 5 })).toBeLessThan(2e-3);
  });
});

describe('RMS normalisation', () => {
  it.each(Object.entries(rms))('%s', async (_name, write) => {
    const written = model(write);
    const fused = fuseNorms(written);
    expect(operatorsOf(fused)).toEqual(['SimplifiedLayerNormalization', 'Identity']);
    await expectEqual(written, fused, { batch: 2, tokens: 5 });
    expect(fuseNorms(fused)).toBe(fused);
  });
});

describe('what only looks like a normalisation', () => {
  const others: Readonly<Record<string, Write>> = {
    'another reader of the centred value': (g, x) => {
      const centred = g.sub(x, mean(g, x));
      return g.add(g.div(centred, root(g, mean(g, square(g, centred)))), g.mul(centred, x));
    },
    'an epsilon that is computed': (g, x) => {
      const centred = g.sub(x, mean(g, x));
      const small = g.op('Abs', [mean(g, x)]);
      return g.div(centred, g.op('Sqrt', [g.add(mean(g, square(g, centred)), small)]));
    },
    'means over the tokens': (g, x) => {
      const centred = g.sub(x, mean(g, x, 1));
      return g.div(centred, root(g, mean(g, square(g, centred), 1)));
    },
    'the third power': (g, x) => {
      const centred = g.sub(x, mean(g, x));
      return g.div(centred, root(g, mean(g, g.op('Pow', [centred, g.float(4)]))));
    },
    'the deviation of something else': (g, x) => {
      const other = g.op('Tanh', [x]);
      const centred = g.sub(other, mean(g, other));
      return g.div(g.sub(x, mean(g, x)), root(g, mean(g, square(g, centred))));
    },
  };

  it.each(Object.entries(others))('stays: %s', (_name, write) => {
    const written = model(write);
    expect(fuseNorms(written)).toBe(written);
  });

  it('keeps a scale for every token apart', async () => {
    const g = new GraphBuilder('tokens');
    const x = g.input('x', 'float32', [2, 5, 8]);
    g.output('y', g.mul(torch(g, x), g.floats(randomFloats(40, 3), [5, 8])), 'float32', [2, 5, 8]);
    const written = g.model();
    const fused = fuseNorms(written);
    expect(operatorsOf(fused)).toEqual(['LayerNormalization', 'Mul', 'Identity']);
    await expectEqual(written, fused);
  });

  it('keeps an addition behind an RMS norm', async () => {
    const written = model((g, x) => g.add(g.div(x, root(g, mean(g, square(g, x)))), vector(g, 1)));
    const fused = fuseNorms(written);
    expect(operatorsOf(fused)).toEqual(['SimplifiedLayerNormalization', 'Add', 'Identity']);
    await expectEqual(written, fused);
  });

  it('keeps an output in the middle', () => {
    const g = new GraphBuilder('outputs');
    const x = g.input('x', 'float32', [2, 8]);
    const centred = g.sub(x, mean(g, x));
    g.output('centred', centred, 'float32', [2, 8]);
    g.output('y', g.div(centred, root(g, mean(g, square(g, centred)))), 'float32', [2, 8]);
    const written = g.model();
    expect(fuseNorms(written)).toBe(written);
  });
});

describe('many norms', () => {
  it('take seconds', () => {
    const written = model((g, x) => {
      let value = x;
      for (let layer = 0; layer < 10_000; layer += 1) value = layers['with scale and shift']?.(g, value) ?? value;
      return value;
    });
    const fused = fuseNorms(written);
    expect(operatorsOf(fused)).toHaveLength(10_001);
  }, 20_000);
});
