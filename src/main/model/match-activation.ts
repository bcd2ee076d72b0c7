/** Which activation a feed-forward layer applies, from what it makes of known numbers; gated forms too. */

import { type Activation, activations } from './vit.js';

/** The error function to 1.2e-7 (Numerical Recipes' Chebyshev fit of erfc, section 6.2). */
function erf(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const series = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223]; // prettier-ignore
  const sum = series.reduce((value, coefficient) => value * t + coefficient, 0);
  const tail = t * Math.exp(-x * x + sum);
  return x >= 0 ? 1 - tail : tail - 1;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const functions: Readonly<Record<Activation, (x: number) => number>> = {
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  'gelu-tanh': (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  'quick-gelu': (x) => x * sigmoid(1.702 * x),
  relu: (x) => Math.max(0, x),
  silu: (x) => x * sigmoid(x),
  tanh: (x) => Math.tanh(x),
};

/**
 * Largest difference at which a function counts as recognised; the nearest one is taken. Exact and tanh GELU differ by
 * 4.7e-4, constants rounded to half precision shift a function by up to 1e-3.
 */
const tolerance = 2e-3;
/** Arguments cover [-8, 8] in steps that never fall into step with a row's width. */
const cycle = 4093;
const shift = 1777;

function argument(at: number): number {
  return -8 + (16 * ((at * 1009) % cycle)) / (cycle - 1);
}

/** Numbers from -8 to 8 to feed a pointwise function with, others for the second of two layers. */
export function pointwiseArguments(size: number, layer = 0): Float32Array {
  return Float32Array.from({ length: size }, (_, at) => argument(at + layer * shift));
}

/** A gate: which of two layers, or which columns of one, go through the activation. */
export interface Gate {
  readonly source: 0 | 1;
  readonly gates: readonly number[];
  readonly values: readonly number[];
}

export interface Found {
  readonly activation: Activation;
  readonly gate: Gate | null;
}

type Expected = (act: (x: number) => number, row: number, column: number) => number;

function fits(expected: Expected, made: Float32Array, outputs: number): Activation | undefined {
  const cap = Math.min(made.length, 16_384);
  let best: Activation | undefined;
  let least = tolerance;
  for (const name of activations) {
    const act = functions[name];
    let most = 0;
    for (let at = 0; at < cap && most <= least; at += 1) {
      const column = at % outputs;
      const value = expected(act, (at - column) / outputs, column);
      most = Math.max(most, Math.abs((made[at] ?? Number.NaN) - value) / Math.max(1, Math.abs(value)));
      if (Number.isNaN(most)) most = Number.POSITIVE_INFINITY;
    }
    if (most < least) [best, least] = [name, most];
  }
  return best;
}

function range(count: number, at: (index: number) => number): readonly number[] {
  return Array.from({ length: count }, (_, index) => at(index));
}

/** The result of a layer: its columns, and what is added to them behind the place where numbers were given. */
export interface Given {
  readonly width: number;
  readonly offsets: Float32Array | null;
}

/**
 * Finds the activation (and gate) for layers whose results, {@link pointwiseArguments} each, became `made`, `[rows, outputs]`.
 */
export function matchActivation(layers: readonly Given[], outputs: number, made: Float32Array): Found | undefined {
  const [width = 0, second] = layers.map((layer) => layer.width);
  // What was given are float32 numbers.
  const given = (row: number, column: number, layer = 0): number =>
    Math.fround(argument(row * width + column + layer * shift)) + (layers[layer]?.offsets?.[column] ?? 0);
  if (second === undefined && width === outputs) {
    const activation = fits((act, row, column) => act(given(row, column)), made, outputs);
    return activation && { activation, gate: null };
  }
  if (second !== undefined) {
    if (width !== outputs || second !== outputs) return undefined;
    for (const source of [0, 1] as const) {
      const expected: Expected = (act, row, column) => act(given(row, column, source)) * given(row, column, 1 - source);
      const activation = fits(expected, made, outputs);
      if (activation) return { activation, gate: { source, gates: [], values: [] } };
    }
    return undefined;
  }
  if (width !== 2 * outputs) return undefined;
  const halves = [range(outputs, (index) => index), range(outputs, (index) => outputs + index)] as const;
  const turns = [range(outputs, (index) => 2 * index), range(outputs, (index) => 2 * index + 1)] as const;
  for (const [gates, values] of [halves, [halves[1], halves[0]], turns, [turns[1], turns[0]]] as const) {
    const expected: Expected = (act, row, column) =>
      act(given(row, gates[column] ?? 0)) * given(row, values[column] ?? 0);
    const activation = fits(expected, made, outputs);
    if (activation) return { activation, gate: { source: 0, gates, values } };
  }
  return undefined;
}
