/** Quantised models come back to floats: weights exactly, activations within the quantisation step. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { dequantise } from '../../../../src/main/onnx/passes/dequantise.js';
import { upgradeOpset } from '../../../../src/main/onnx/passes/upgrade-opset.js';
import { floatOutput, floats } from '../../../../src/main/onnx/runner.js';
import { type Tensor, floatTensor } from '../../../../src/main/onnx/tensor.js';
import { largestDifference, operatorsOf, randomFloats } from '../../../support/equal-graphs.js';
import { architecture } from '../../../support/export-styles/architecture.js';
import { Exporter } from '../../../support/export-styles/exporter.js';
import { randomParameters } from '../../../support/export-styles/parameters.js';
import {
  dynamicQuantised,
  fourBitProducts,
  staticQdq,
  weightOnlyQdq,
} from '../../../support/export-styles/quantise.js';

const microsoft = 'com.microsoft';

function codes(
  type: 'int8' | 'uint8' | 'int32' | 'uint16',
  values: readonly number[],
  dims: readonly number[],
): Tensor {
  const arrays = { int8: Int8Array, uint8: Uint8Array, int32: Int32Array, uint16: Uint16Array };
  const data = arrays[type].from(values);
  return { type, dims, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function pattern(count: number, from: number, to: number): number[] {
  return Array.from({ length: count }, (_, index) => from + ((index * 37 + 11) % (to - from + 1)));
}

function model(dims: readonly number[], write: (g: GraphBuilder, x: Value) => Value): Model {
  const g = new GraphBuilder('quantised');
  const x = g.input('x', 'float32', dims);
  g.output('y', write(g, x), 'float32', [null]);
  return g.model();
}

function quantisedOperators(after: Model): string[] {
  return operatorsOf(after).filter((op) => /[Qq]uant|QLinear|QGemm|QAttention|Integer|NBits/.test(op));
}

/** The model in floats, plain, and as close to the quantised one as `tolerance`, relative. */
async function agrees(before: Model, tolerance: number): Promise<Model> {
  const after = dequantise(before);
  expect(quantisedOperators(after)).toEqual([]);
  expect(await largestDifference(before, after)).toBeLessThan(tolerance);
  return after;
}

describe('a quantised ViT', () => {
  const a = architecture({ dim: 32, headWidth: 16, heads: 2 });
  const exported = new Exporter(a, randomParameters(a, 6)).model();
  const styles = {
    'weights behind DequantizeLinear': weightOnlyQdq(exported),
    'static, QuantizeLinear and DequantizeLinear': staticQdq(exported, 6),
    'dynamic, MatMulInteger': dynamicQuantised(exported),
    '4 bits, MatMulNBits': fourBitProducts(exported),
  };
  for (const [name, { model: quantised, twin }] of Object.entries(styles)) {
    it(`is the float model of its dequantised weights: ${name}`, async () => {
      const after = dequantise(upgradeOpset(quantised));
      expect(quantisedOperators(quantised).length).toBeGreaterThan(0);
      expect(quantisedOperators(after)).toEqual([]);
      expect(await largestDifference(twin, after, { batch_size: 2 })).toBeLessThan(1e-5);
      // The quantised model itself is off by the rounding of its activations.
      expect(await largestDifference(quantised, after, { batch_size: 2 })).toBeLessThan(0.1);
    });
  }

  it('a float model comes back as it is', () => {
    expect(dequantise(exported)).toBe(exported);
  });
});

describe('a weight behind DequantizeLinear is exactly scale * (code - zero point)', () => {
  /** The weight itself, by multiplying with the unit matrix. */
  async function weight(write: (g: GraphBuilder) => Value): Promise<number[]> {
    const after = dequantise(model([4, 4], (g, x) => g.matMul(x, write(g))));
    expect(quantisedOperators(after)).not.toContain('DequantizeLinear');
    const unit = Float32Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? 1 : 0));
    const session = await cpuSessions(1)(after);
    const outputs = await session.run({ x: floats(unit, 4, 4) });
    await session.release();
    return [...floatOutput(outputs, 'y')];
  }
  const scales = [0.1, 0.02, 3, 0.25].map(Math.fround);

  it('per tensor', async () => {
    const values = pattern(16, 0, 255);
    const found = await weight((g) =>
      g.op('DequantizeLinear', [
        g.constant(codes('uint8', values, [4, 4])),
        g.float(0.1),
        g.constant(codes('uint8', [131], [])),
      ]),
    );
    expect(found).toEqual(values.map((value) => Math.fround(Math.fround(0.1) * (value - 131))));
  });

  it('per axis', async () => {
    const values = pattern(16, -128, 127);
    const zeros = [1, -2, 0, 5];
    for (const axis of [0, 1, -1]) {
      const found = await weight((g) =>
        g.op('DequantizeLinear', [
          g.constant(codes('int8', values, [4, 4])),
          g.constant(floatTensor(Float32Array.from(scales), [4])),
          g.constant(codes('int8', zeros, [4])),
        ], { axis }),
      ); // prettier-ignore
      const at = (index: number): number => (axis === 0 ? Math.floor(index / 4) : index % 4);
      expect(found).toEqual(
        values.map((value, index) => Math.fround((scales[at(index)] ?? 0) * (value - (zeros[at(index)] ?? 0)))),
      );
    }
  });

  it('in blocks', async () => {
    const values = pattern(16, -128, 127);
    const found = await weight((g) =>
      g.op('DequantizeLinear', [
        g.constant(codes('int8', values, [4, 4])),
        g.constant(floatTensor(Float32Array.from([...scales, ...scales].reverse()), [2, 4])),
      ], { axis: 0, block_size: 3 }),
    ); // prettier-ignore
    const reversed = [...scales].reverse();
    expect(found).toEqual(values.map((value, index) => Math.fround(value * (reversed[index % 4] ?? 0))));
  });

  it('of 4 bits, in blocks', async () => {
    const g = new GraphBuilder('quantised', '', { opset: 21 });
    const input = g.input('x', 'float32', [4, 4]);
    const packed = (bytes: readonly number[], dims: readonly number[]): Value =>
      g.constant({ type: 'int4', dims, bytes: Uint8Array.from(bytes) });
    const weights = packed([0x21, 0x43, 0x87, 0xf0, 0x9a, 0xbc, 0xde, 0x7f], [4, 4]);
    const scale = g.floats(Float32Array.of(1, 2, 3, 4, 0.5, 0.25, 2, 1), [2, 4]);
    const zeros = packed([0x10, 0xf0, 0x00, 0x02], [2, 4]);
    const attributes = { axis: 0, block_size: 2 };
    g.output('y', g.matMul(input, g.op('DequantizeLinear', [weights, scale, zeros], attributes)), 'float32', [4, 4]);
    const after = dequantise(g.model());
    expect(quantisedOperators(after)).toEqual([]);
    expect(await largestDifference(g.model(), after)).toBeLessThan(1e-6);
  });

  it('of 8 bits with an exponent', async () => {
    const values = [0x38, 0x40, 0xb8, 0x30, 0x01, 0x7e, 0xfe, 0x00];
    const g = new GraphBuilder('quantised', '', { opset: 19 });
    const input = g.input('x', 'float32', [4, 4]);
    const weights = g.constant({ type: 'float8e4m3fn', dims: [4, 2], bytes: Uint8Array.from(values) });
    g.output('y', g.matMul(input, g.op('DequantizeLinear', [weights, g.float(0.5)])), 'float32', [4, 2]);
    const after = dequantise(g.model());
    expect(quantisedOperators(after)).toEqual([]);
    expect(await largestDifference(g.model(), after)).toBeLessThan(1e-6);
  });

  it('when it is rounded in the graph', async () => {
    const data = Float32Array.from({ length: 16 }, (_, at) => Math.sin(at));
    const found = await weight((g) => {
      const grid = [g.float(0.05), g.constant(codes('int8', [3], []))] as const;
      const rounded = g.op('QuantizeLinear', [g.floats(data, [4, 4]), ...grid]);
      return g.op('DequantizeLinear', [rounded, ...grid]);
    });
    expect(found[5]).not.toBe(data[5]);
    expect(Math.max(...found.map((value, at) => Math.abs(value - (data[at] ?? 0))))).toBeLessThan(0.026);
  });
});

describe('activations', () => {
  it('lose their rounding, also across operators that move quantised values', async () => {
    const after = await agrees(
      model([2, 3, 4], (g, x) => {
        const grid = [g.float(0.03), g.constant(codes('uint8', [128], []))] as const;
        const moved = g.transpose(g.op('Reshape', [g.op('QuantizeLinear', [x, ...grid]), g.ints(3, 2, 4)]), 1, 0, 2);
        const [first] = g.ops('Split', [moved, g.ints(1, 1)], { axis: 0 }, { outputs: 2 });
        return g.op('DequantizeLinear', [first ?? x, ...grid]);
      }),
      0.02,
    );
    expect(operatorsOf(after)).toEqual(['Reshape', 'Transpose', 'Split', 'Identity', 'Identity']);
  });
});

describe('integer operators', () => {
  const weight = (g: GraphBuilder): Value => g.constant(codes('int8', pattern(24, -100, 100), [4, 6]));
  const columns = (g: GraphBuilder): Value => g.floats(Float32Array.of(0.01, 0.02, 0.03, 0.01, 0.02, 0.03), [6]);
  const bias = (g: GraphBuilder): Value => g.floats(Float32Array.of(1, 2, 3, 4, 5, 6), [6]);
  const zeros = (g: GraphBuilder): Value => g.constant(codes('int8', [0, 1, 2, 3, 0, 1], [6]));

  it('DynamicQuantizeMatMul', async () => {
    await agrees(
      model([3, 4], (g, x) =>
        g.op('DynamicQuantizeMatMul', [x, weight(g), columns(g), zeros(g), bias(g)], {}, microsoft),
      ),
      0.02,
    );
  });

  it('MatMulIntegerToFloat', async () => {
    await agrees(
      model([3, 4], (g, x) => {
        const [q = x, scale = x, zero = x] = g.ops('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
        const inputs = [q, weight(g), scale, columns(g), zero, zeros(g), bias(g)];
        return g.op('MatMulIntegerToFloat', inputs, {}, microsoft);
      }),
      0.02,
    );
  });

  it('ConvInteger with one scale, and with one a channel', async () => {
    for (const scales of [[0.02], [0.02, 0.01]]) {
      await agrees(
        model([1, 3, 8, 8], (g, x) => {
          const [q = x, scale = x, zero = x] = g.ops('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
          const kernel = g.constant(codes('uint8', pattern(2 * 3 * 16, 0, 255), [2, 3, 4, 4]));
          const sum = g.op('ConvInteger', [q, kernel, zero, g.constant(codes('uint8', [120], []))], {
            strides: [4, 4],
          });
          const factor = g.floats(Float32Array.from(scales), scales.length === 1 ? [] : [1, 2, 1, 1]);
          return g.mul(g.cast(sum, 'float32'), g.mul(scale, factor));
        }),
        0.02,
      );
    }
  });

  it('QLinearMatMul, QLinearAdd, QLinearMul, QLinearSigmoid, QLinearSoftmax and QGemm', async () => {
    await agrees(
      model([3, 4], (g, x) => {
        const grid = (scale: number): [Value, Value] => [g.float(scale), g.constant(codes('uint8', [128], []))];
        const input = grid(0.03);
        const q = g.op('QuantizeLinear', [x, ...input]);
        const rows = g.constant(codes('uint8', pattern(16, 100, 156), [4, 4]));
        const product = g.op('QLinearMatMul', [q, ...input, rows, ...grid(0.02), ...grid(0.06)]);
        const sum = g.op('QLinearAdd', [product, ...grid(0.06), q, ...input, ...grid(0.08)], {}, microsoft);
        const gate = g.op(
          'QLinearSigmoid',
          [sum, ...grid(0.08), g.float(1 / 255), g.constant(codes('uint8', [0], []))],
          {},
          microsoft,
        );
        const gated = g.op('QLinearMul', [sum, ...grid(0.08), gate, g.float(1 / 255), g.constant(codes('uint8', [0], [])), ...grid(0.06)], {}, microsoft); // prettier-ignore
        const last = g.constant(codes('uint8', pattern(24, 100, 156), [6, 4]));
        const c = g.constant(codes('int32', [100, -200, 300, 0, 50, 1000], [6]));
        const logits = g.op(
          'QGemm',
          [gated, ...grid(0.06), last, ...grid(0.01), c, ...grid(0.05)],
          { transB: 1 },
          microsoft,
        );
        const soft = g.op('QLinearSoftmax', [logits, ...grid(0.05), g.float(1 / 256), g.constant(codes('uint8', [0], []))], { axis: -1, opset: 13 }, microsoft); // prettier-ignore
        return g.op('DequantizeLinear', [soft, g.float(1 / 256), g.constant(codes('uint8', [0], []))]);
      }),
      0.06,
    );
  });

  it('QLinearConv with a bias', async () => {
    await agrees(
      model([1, 3, 8, 8], (g, x) => {
        const input = [g.float(0.03), g.constant(codes('uint8', [128], []))] as const;
        const kernel = g.constant(codes('int8', pattern(2 * 3 * 16, -60, 60), [2, 3, 4, 4]));
        const scales = g.floats(Float32Array.of(0.01, 0.02), [2]);
        const output = [g.float(0.2), g.constant(codes('uint8', [128], []))] as const;
        const q = g.op('QuantizeLinear', [x, ...input]);
        const c = g.constant(codes('int32', [5000, -9000], [2]));
        const zero = g.constant(codes('int8', [0, 0], [2]));
        const result = g.op('QLinearConv', [q, ...input, kernel, scales, zero, ...output, c], { strides: [4, 4] });
        return g.op('DequantizeLinear', [result, ...output]);
      }),
      0.05,
    );
  });

  it('QAttention', async () => {
    await agrees(
      model([2, 5, 8], (g, x) => {
        const [q = x, scale = x, zero = x] = g.ops('DynamicQuantizeLinear', [x], {}, { outputs: 3 });
        const packed = g.constant(codes('int8', pattern(8 * 24, -100, 100), [8, 24]));
        const b = g.floats(randomFloats(24, 3), [24]);
        const inputs = [q, packed, b, scale, g.float(0.01), null, zero, g.constant(codes('int8', [2], []))];
        return g.op('QAttention', inputs, { num_heads: 2 }, microsoft);
      }),
      0.05,
    );
  });

  for (const bits of [2, 4, 8]) {
    it(`MatMulNBits of ${String(bits)} bits with zero points, a bias and a last block that is not full`, async () => {
      const [n, k, block] = [3, 40, 16];
      const blocks = Math.ceil(k / block);
      const row = Math.ceil((blocks * bits) / 8);
      const before = model([2, k], (g, x) => {
        const inputs = [
          x,
          g.constant(codes('uint8', pattern((n * blocks * block * bits) / 8, 0, 255), [n, blocks, (block * bits) / 8])),
          g.floats(
            Float32Array.from(pattern(n * blocks, 1, 9), (value) => value / 100),
            [n * blocks],
          ),
          g.constant(codes('uint8', pattern(n * row, 0, 255), [n * row])),
          null,
          g.floats(Float32Array.of(1, 2, 3), [3]),
        ];
        return g.op('MatMulNBits', inputs, { K: k, N: n, bits, block_size: block }, microsoft);
      });
      const after = await agrees(before, 1e-4);
      expect(operatorsOf(after)).toContain('MatMul');
    });
  }
});
