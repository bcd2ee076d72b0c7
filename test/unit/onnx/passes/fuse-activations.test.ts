/** Activations written out in plain operators become one operator each. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { fuseActivations } from '../../../../src/main/onnx/passes/fuse-activations.js';
import { expectEqual, largestDifference, operatorsOf } from '../../../support/equal-graphs.js';

type Write = (g: GraphBuilder, x: Value) => Value;

/** The activation of the square of the input, so that a product lies before the pattern too. */
function model(write: Write): Model {
  const g = new GraphBuilder('activation');
  const x = g.input('x', 'float32', ['batch', 6]);
  g.output('y', write(g, g.mul(x, g.op('Abs', [x]))), 'float32', ['batch', 6]);
  return g.model();
}

const one = (g: GraphBuilder): Value => g.floats(Float32Array.of(1), [1]);
const constantNode = (g: GraphBuilder, value: number): Value => g.op('Constant', [], { value_float: { float: value } });
const erf = (g: GraphBuilder, x: Value, divisor = Math.SQRT2): Value => g.op('Erf', [g.div(x, g.float(divisor))]);

const cubic: Write = (g, x) => g.add(x, g.mul(g.float(0.044715), g.op('Pow', [x, g.float(3)])));
const tanh = (g: GraphBuilder, inner: Value): Value => g.op('Tanh', [g.mul(inner, g.float(Math.sqrt(2 / Math.PI)))]);

const exact: Readonly<Record<string, Write>> = {
  '(x (1 + erf)) 0.5': (g, x) => g.mul(g.mul(x, g.add(erf(g, x), one(g))), g.float(0.5)),
  '(0.5 x) (1 + erf)': (g, x) => g.mul(g.mul(g.float(0.5), x), g.add(one(g), erf(g, x))),
  'x (0.5 (1 + erf))': (g, x) => g.mul(x, g.mul(g.add(erf(g, x), one(g)), g.float(0.5))),
  'x (0.5 erf + 0.5)': (g, x) => g.mul(g.add(g.mul(erf(g, x), g.float(0.5)), g.float(0.5)), x),
  '0.5 x + 0.5 x erf': (g, x) => {
    const half = g.mul(x, g.float(0.5));
    return g.add(half, g.mul(half, erf(g, x)));
  },
  'x (1 + erf) / 2, with erf of a product': (g, x) => {
    const inner = g.op('Erf', [g.mul(g.float(Math.SQRT1_2), x)]);
    return g.div(g.mul(x, g.add(inner, one(g))), g.float(2));
  },
  '0.5 x (1 - erf(-x))': (g, x) => {
    const inner = g.op('Erf', [g.mul(g.op('Neg', [x]), g.float(Math.SQRT1_2))]);
    return g.mul(g.mul(x, g.float(0.5)), g.sub(one(g), inner));
  },
  'with Constant nodes': (g, x) => g.mul(g.mul(x, g.add(erf(g, x), constantNode(g, 1))), constantNode(g, 0.5)),
};

const approximate: Readonly<Record<string, Write>> = {
  'x³ by Pow': (g, x) => g.mul(g.mul(x, g.float(0.5)), g.add(tanh(g, cubic(g, x)), one(g))),
  'x³ by products': (g, x) => {
    const third = g.mul(g.mul(g.mul(x, x), x), g.float(0.044715));
    return g.mul(g.float(0.5), g.mul(x, g.add(one(g), tanh(g, g.add(x, third)))));
  },
  'x (1 + 0.044715 x²)': (g, x) => {
    const inner = g.mul(x, g.add(one(g), g.mul(g.mul(g.float(0.044715), x), x)));
    return g.mul(x, g.mul(g.float(0.5), g.add(one(g), tanh(g, inner))));
  },
};

const sizes = { batch: 40 };

function operatorOf(fused: Model): { op: string; attributes: Record<string, unknown> } {
  const [, , activation, ...rest] = fused.graph.nodes;
  expect(rest.map(({ op }) => op)).toEqual(['Identity']);
  const attributes = [...(activation?.attributes ?? [])].map(([name, { value }]) => [name, value]);
  return { op: activation?.op ?? '', attributes: Object.fromEntries(attributes) as Record<string, unknown> };
}

describe('GELU', () => {
  it.each(Object.entries(exact))('by the error function: %s', async (_name, write) => {
    const written = model(write);
    const fused = fuseActivations(written);
    expect(operatorOf(fused)).toEqual({ op: 'Gelu', attributes: {} });
    await expectEqual(written, fused, sizes);
    expect(fuseActivations(fused)).toBe(fused);
  });

  it.each(Object.entries(approximate))('by tanh: %s', async (_name, write) => {
    const written = model(write);
    const fused = fuseActivations(written);
    expect(operatorOf(fused)).toEqual({ op: 'Gelu', attributes: { approximate: 'tanh' } });
    await expectEqual(written, fused, sizes);
  });

  it('with constants rounded to half precision', async () => {
    const written = model((g, x) => g.mul(g.mul(x, g.add(erf(g, x, 1.4140625), one(g))), g.float(0.5)));
    const fused = fuseActivations(written);
    expect(operatorOf(fused).op).toBe('Gelu');
    expect(await largestDifference(written, fused, sizes)).toBeLessThan(1e-4);
  });

  it('in half precision behind a cast', async () => {
    const written = model((g, x) => {
      const half = g.cast(x, 'float16');
      const number = (value: number): Value => g.cast(g.float(value), 'float16');
      const inner = g.op('Erf', [g.div(half, number(Math.SQRT2))]);
      return g.cast(g.mul(g.mul(half, g.add(inner, number(1))), number(0.5)), 'float32');
    });
    const fused = fuseActivations(written);
    expect(operatorsOf(fused)).toEqual(['Abs', 'Mul', 'Cast', 'Gelu', 'Cast', 'Identity']);
    expect(await largestDifference(written, fused, sizes)).toBeLessThan(2e-3);
  });
});

describe('gates', () => {
  it('with a factor become quick GELU', async () => {
    const written = model((g, x) => g.mul(x, g.op('Sigmoid', [g.mul(g.float(1.702), x)])));
    const fused = fuseActivations(written);
    const { op, attributes } = operatorOf(fused);
    expect(op).toBe('QuickGelu');
    expect(attributes.alpha).toBeCloseTo(1.702, 6);
    await expectEqual(written, fused, sizes);
  });

  it('without a factor become quick GELU with alpha 1, which is SiLU', async () => {
    const written = model((g, x) => g.mul(g.op('Sigmoid', [x]), x));
    const fused = fuseActivations(written);
    expect(operatorOf(fused)).toEqual({ op: 'QuickGelu', attributes: { alpha: 1 } });
    await expectEqual(written, fused, sizes);
  });

  it('of a scaled value find the value, not what is inside it', async () => {
    const written = model((g, x) => {
      const scaled = g.mul(x, g.float(2));
      return g.mul(scaled, g.op('Sigmoid', [scaled]));
    });
    const fused = fuseActivations(written);
    expect(operatorsOf(fused)).toEqual(['Abs', 'Mul', 'Mul', 'com.microsoft.QuickGelu', 'Identity']);
    await expectEqual(written, fused, sizes);
  });
});

describe('what only looks like an activation', () => {
  const others: Readonly<Record<string, Write>> = {
    'another reader of the error function': (g, x) => {
      const inner = erf(g, x);
      return g.add(g.mul(g.mul(x, g.add(inner, one(g))), g.float(0.5)), inner);
    },
    'another factor': (g, x) => g.mul(g.mul(x, g.add(erf(g, x), one(g))), g.float(0.6)),
    'another divisor': (g, x) => g.mul(g.mul(x, g.add(erf(g, x, 1.5), one(g))), g.float(0.5)),
    'a product with another value': (g, x) =>
      g.mul(g.mul(g.op('Neg', [g.op('Sin', [x])]), g.add(erf(g, x), one(g))), g.float(0.5)),
    'a sigmoid alone': (g, x) => g.op('Sigmoid', [x]),
    'a gate of another value': (g, x) => g.mul(g.op('Sin', [x]), g.op('Sigmoid', [x])),
  };

  it.each(Object.entries(others))('stays: %s', (_name, write) => {
    const written = model(write);
    expect(fuseActivations(written)).toBe(written);
  });
});

describe('many activations', () => {
  it('take seconds', () => {
    const written = model((g, x) => {
      let value = x;
      for (let layer = 0; layer < 20_000; layer += 1) value = exact['x (0.5 (1 + erf))']?.(g, value) ?? value;
      return value;
    });
    expect(operatorsOf(fuseActivations(written))).toHaveLength(20_003);
  }, 20_000);
});
