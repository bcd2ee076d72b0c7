/** Erf and Gelu in float64 against evaluations in whole numbers of 60 decimals. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { GraphBuilder } from '../../../../src/main/onnx/builder.js';
import { toFloat64 } from '../../../../src/main/onnx/passes/to-float64.js';
import { floatOutput } from '../../../../src/main/onnx/runner.js';
import type { Tensor } from '../../../../src/main/onnx/tensor.js';

function double(...values: number[]): Tensor {
  return { type: 'float64', dims: [values.length], bytes: new Uint8Array(Float64Array.from(values).buffer) };
}

/** Numbers with 60 decimals as whole numbers: arithmetic without rounding that matters. */
const one = 10n ** 60n;
const pi = 3141592653589793238462643383279502884197169399375105820974944n;

function exact(value: number): bigint {
  // A double is a whole number times a power of two.
  let [whole, power] = [value, 0n];
  while (!Number.isInteger(whole)) [whole, power] = [whole * 2, power + 1n];
  return (BigInt(whole) * one) >> power;
}

function product(a: bigint, b: bigint): bigint {
  return (a * b) / one;
}

function root(value: bigint): bigint {
  const square = value * one;
  let guess = one;
  for (let step = 0; step < 300; step += 1) guess = (guess + square / guess) / 2n;
  return guess;
}

function exponential(x: bigint): bigint {
  let [term, sum] = [one, one];
  for (let n = 1n; term !== 0n; n += 1n) {
    term = product(term, x) / n;
    sum += term;
  }
  return sum;
}

/** `2 / sqrt(pi) sum (-1)^n z^(2n + 1) / (n! (2n + 1))`. */
function exactErf(z: bigint): bigint {
  let [term, sum] = [z, z];
  for (let n = 1n; term !== 0n; n += 1n) {
    term = -product(product(term, z), z) / n;
    sum += term / (2n * n + 1n);
  }
  return (2n * one * sum) / root(pi);
}

function number(value: bigint): number {
  return Number(value) / Number(one);
}

const points = [
  ...Array.from({ length: 121 }, (_, index) => (index - 60) / 10 + 1 / 1024),
  ...[0, 1e-3, -1e-3, 1e-8, 0.4999, 0.5001, 2 ** -40],
];

interface Errors {
  /** Largest difference. */
  readonly absolute: number;
  /** Largest difference relative to the value. */
  readonly relative: number;
}

/**
 * How far `op` at the points is from `expected`: the differences are taken in float64 inside of the graph, since what
 * leaves it is rounded.
 */
async function errorsOf(
  op: string,
  attributes: Readonly<Record<string, string>>,
  expected: readonly number[],
): Promise<Errors> {
  const g = new GraphBuilder('main');
  const found = g.op(op, [g.cast(g.constant(double(...points)), 'float32')], attributes);
  g.output('y', g.sub(found, g.cast(g.constant(double(...expected)), 'float32')), 'float32', [points.length]);
  const session = await cpuSessions(1)(toFloat64(g.model()));
  const differences = [...floatOutput(await session.run({}), 'y')].map(Math.abs);
  await session.release();
  const relative = differences.map((value, index) => (value === 0 ? 0 : value / Math.abs(expected[index] ?? 0)));
  return { absolute: Math.max(...differences), relative: Math.max(...relative) };
}

describe('functions that the runtime has in float32 only', () => {
  it('Erf is right to 1e-15', async () => {
    const expected = points.map((x) => number(exactErf(exact(x))));
    expect((await errorsOf('Erf', {}, expected)).absolute).toBeLessThan(1e-15);
  });

  it('Gelu is right to 1e-14, on the left tail relative to its value too', async () => {
    const half = root(one / 2n);
    const expected = points.map((x) => number(product(exact(x), one + exactErf(product(exact(x), half))) / 2n));
    const { absolute, relative } = await errorsOf('Gelu', {}, expected);
    expect(absolute).toBeLessThan(1e-14);
    expect(relative).toBeLessThan(1e-14);
  });

  it('Gelu by tanh is right to 1e-14', async () => {
    const factor = root((2n * one * one) / pi);
    const expected = points.map((value) => {
      const x = exact(value);
      const inner = product(factor, x + (44_715n * product(product(x, x), x)) / 1_000_000n);
      const power = exponential(2n * inner);
      return number(product(x, one + ((power - one) * one) / (power + one)) / 2n);
    });
    expect((await errorsOf('Gelu', { approximate: 'tanh' }, expected)).absolute).toBeLessThan(1e-14);
  });
});
