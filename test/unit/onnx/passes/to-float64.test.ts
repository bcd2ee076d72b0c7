/** Graphs in double precision: digits that float32 does not have, operators without a kernel, constants, borders. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { gaussLegendre } from '../../../../src/main/explain/gauss-legendre.js';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import { toFloat64 } from '../../../../src/main/onnx/passes/to-float64.js';
import { normalTables, tableLimit, tableRate } from '../../../../src/main/onnx/passes/to-float64-normal.js';
import { floatOutput, floats } from '../../../../src/main/onnx/runner.js';

/** The normal distribution by quadrature of its density, independent of any series. */
function normal(x: number): number {
  const { nodes, weights } = gaussLegendre(60);
  const sum = nodes.reduce((total, node, at) => total + (weights[at] ?? 0) * Math.exp(-0.5 * (x * node) ** 2), 0);
  return 0.5 + (x * sum) / Math.sqrt(2 * Math.PI);
}

/** Runs a formula of one input in float64; the results cross the float32 border in two pieces. */
async function doubles(values: readonly number[], write: (g: GraphBuilder, x: Value) => Value): Promise<number[]> {
  const g = new GraphBuilder('formula');
  const x = g.input('x', 'float32', ['n']);
  const y = write(g, x);
  const coarse = g.mul(g.op('Round', [g.mul(y, g.float(2 ** 18))]), g.float(2 ** -18));
  g.output('coarse', coarse, 'float32', ['n']);
  g.output('fine', g.mul(g.sub(y, coarse), g.float(2 ** 18)), 'float32', ['n']);
  const session = await cpuSessions(1)(toFloat64(g.model()));
  const outputs = await session.run({ x: floats(Float32Array.from(values), values.length) });
  await session.release();
  const [whole, rest] = [floatOutput(outputs, 'coarse'), floatOutput(outputs, 'fine')];
  return Array.from(whole, (value, at) => value + (rest[at] ?? 0) * 2 ** -18);
}

const places = [-6, -3.25, -1.3, -0.7, -0.001, 0, 0.0001, 0.3, 0.9, 1.7, 2.5, 4, 5.5].map(Math.fround);

describe('toFloat64', () => {
  it('has Gelu and erf to more than thirteen digits', async () => {
    const gelu = await doubles(places, (g, x) => g.op('Gelu', [x]));
    const erf = await doubles(places, (g, x) => g.op('Erf', [x]));
    for (const [at, x] of places.entries()) {
      expect(Math.abs((gelu[at] ?? NaN) - x * normal(x))).toBeLessThan(2e-13);
      expect(Math.abs((erf[at] ?? NaN) - (2 * normal(x * Math.SQRT2) - 1))).toBeLessThan(2e-13);
    }
  });

  it('stays in bounds far out', async () => {
    const far = [-1e6, -40, -9.5, 9.5, 40];
    expect(await doubles(far.slice(0, 3), (g, x) => g.op('Gelu', [x]))).toEqual([
      expect.closeTo(0, 10),
      expect.closeTo(0, 12),
      expect.closeTo(0, 12),
    ]);
    expect(await doubles(far.slice(3), (g, x) => g.op('Gelu', [x]))).toEqual([9.5, 40]);
    expect(await doubles(far, (g, x) => g.op('Erf', [x]))).toEqual([-1, -1, -1, 1, 1]);
  });

  it('passes NaN on', async () => {
    const [first, second, third] = await doubles([NaN, 0, Infinity], (g, x) => g.op('Erf', [x]));
    expect([first, second, third]).toEqual([NaN, 0, 1]);
  });

  it('has the tails of the distribution to their own last digits', () => {
    const { distribution, density } = normalTables();
    const at = ({ bytes }: typeof density, x: number): number =>
      new Float64Array(bytes.buffer)[Math.round((x + tableLimit) * tableRate)] ?? NaN;
    // Known values of the normal distribution.
    for (const [x, expected] of [
      [-8, 6.220960574271785e-16],
      [-5, 2.866515718791939e-7],
      [-3, 1.3498980316300945e-3],
      [-1, 0.15865525393145705],
      [1, 0.8413447460685429],
      [0, 0.5],
    ] as const) {
      expect(Math.abs(at(distribution, x) / expected - 1)).toBeLessThan(1e-14);
    }
    expect(at(density, 0)).toBeCloseTo(0.3989422804014327, 15);
  });

  it('keeps digits that float32 loses, and constants as a caller wrote them in double precision', async () => {
    const tiny = new Uint8Array(Float64Array.of(1e-9).buffer);
    const [sum] = await doubles([1], (g, x) => {
      const added = g.add(x, g.constant({ type: 'float64', dims: [], bytes: tiny }));
      return g.mul(g.sub(added, g.float(1)), g.float(1e9));
    });
    expect(sum).toBeCloseTo(1, 6);
  });

  it('computes the patch projection and its gradient', async () => {
    const g = new GraphBuilder('patches');
    const x = g.input('x', 'float32', [1, 2, 4, 6]);
    const weight = g.floats(
      Float32Array.from({ length: 24 }, (_, at) => at / 10),
      [3, 2, 2, 2],
    );
    g.output('y', g.op('Conv', [x, weight], { kernel_shape: [2, 2], strides: [2, 2] }), 'float32', [1, 3, 2, 3]);
    const feeds = {
      x: floats(
        Float32Array.from({ length: 48 }, (_, at) => Math.sin(at)),
        1,
        2,
        4,
        6,
      ),
    };
    const [single, double] = await Promise.all([g.model(), toFloat64(g.model())].map((model) => cpuSessions(1)(model)));
    const found = floatOutput((await double?.run(feeds)) ?? {}, 'y');
    const expected = floatOutput((await single?.run(feeds)) ?? {}, 'y');
    for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 5);
  });
});
