/** Ridge regression as a graph, its strength chosen by cross-validation: how scores depend on the patches that masks keep. */

import { GraphBuilder, type Value } from '../onnx/builder.js';

/**
 * Strengths that are tried, in multiples of the variance of a feature (Hoerl and Kennard 1970 call it k). Weaker ones predict
 * scores as well and give worse maps (docs/estimates.md).
 */
const strengths = [120, 400, 1200, 4000];

/** Conjugate gradients are near enough within this many steps: the ridge bounds the condition. */
const mostSteps = 60;
const accuracy = 1e-5;
const tiny = 1e-30;

export function columnMean(g: GraphBuilder, x: Value): Value {
  return g.op('ReduceMean', [x, g.ints(0)], { keepdims: 1 });
}

export function columnSum(g: GraphBuilder, x: Value): Value {
  return g.reduceSum(x, 0, true);
}

/** `a / b` of sums of squares; 0/0 is 0. */
function quotient(g: GraphBuilder, a: Value, b: Value): Value {
  return g.div(a, g.op('Max', [b, g.float(tiny)]));
}

/** One step of conjugate gradients for every column; sees the values of the graph around it. */
function solveStep(normal: Value, ridge: Value, least: Value, features: number): GraphBuilder {
  const g = new GraphBuilder('ridge_step', `${normal}_step_`);
  const name = (part: string): string => `${normal}_${part}`;
  const dims = [features, 'columns'];
  g.input(name('iteration'), 'int64', []);
  g.input(name('go_on'), 'bool', []);
  const x = g.input(name('x'), 'float32', dims);
  const residual = g.input(name('residual'), 'float32', dims);
  const direction = g.input(name('direction'), 'float32', dims);
  const turned = g.add(g.matMul(normal, direction), g.mul(ridge, direction));
  const squares = columnSum(g, g.mul(residual, residual));
  const length = quotient(g, squares, columnSum(g, g.mul(direction, turned)));
  const nextResidual = g.sub(residual, g.mul(length, turned));
  const nextSquares = columnSum(g, g.mul(nextResidual, nextResidual));
  const nextDirection = g.add(nextResidual, g.mul(quotient(g, nextSquares, squares), direction));
  const open = g.cast(g.op('Greater', [nextSquares, least]), 'float32');
  const again = g.op('Greater', [g.op('ReduceMax', [open], { keepdims: 0 }), g.float(0)]);
  g.output(name('again'), again, 'bool', []);
  g.output(name('next_x'), g.add(x, g.mul(length, direction)), 'float32', dims);
  g.output(name('next_residual'), nextResidual, 'float32', dims);
  g.output(name('next_direction'), nextDirection, 'float32', dims);
  return g;
}

/** Solves `(normal + ridge I) x = right` for every column of `right [N, c]`; `ridge` is `[1, c]`. */
function solve(g: GraphBuilder, normal: Value, right: Value, ridge: Value, features: number): Value {
  const least = g.mul(columnSum(g, g.mul(right, right)), g.float(accuracy * accuracy));
  const zeros = g.mul(right, g.float(0));
  const goOn = g.constant({ type: 'bool', dims: [], bytes: Uint8Array.of(1) });
  const body = solveStep(normal, ridge, least, features).graph();
  const most = g.op('Squeeze', [g.ints(mostSteps)]);
  const [x = zeros] = g.ops('Loop', [most, goOn, zeros, right, right], { body }, { outputs: 3 });
  return x;
}

function product(g: GraphBuilder, a: Value, b: Value): Value {
  return g.op('Gemm', [a, b], { transA: 1 });
}

/** Every column `times` times in a row: `[n, c]` to `[n, c * times]`. */
function repeated(g: GraphBuilder, x: Value, times: number): Value {
  const spread = g.op('Expand', [g.op('Unsqueeze', [x, g.ints(2)]), g.ints(1, 1, times)]);
  return g.reshape(spread, 0, -1);
}

/** Regressions of every column of `y`. */
export interface Ridge {
  /** `[N, c]`. */
  readonly weights: Value;
  /** The same from the even and from the odd rows alone. */
  readonly halves: readonly [Value, Value];
}

/** Columns of `[n, c * times]` that belong to the chosen one of each class, `[n, c]`; `chosen` is `[c]`. */
function columnsOf(g: GraphBuilder, x: Value, chosen: Value, times: number): Value {
  const apart = g.reshape(x, 0, -1, times);
  const rows = g.op('Shape', [x], { start: 0, end: 1 });
  const columns = g.op('Shape', [chosen]);
  const index = g.op('Expand', [g.op('Unsqueeze', [chosen, g.ints(0, 2)]), g.concat(0, rows, columns, g.ints(1))]);
  return g.op('Squeeze', [g.op('GatherElements', [apart, index], { axis: 2 }), g.ints(2)]);
}

/**
 * Ridge regressions of `y [n, c]` on `x [n, N]`, both centred. The strength is that with which even rows predict the odd ones
 * and odd rows the even ones best, for each column by itself. `variance` is that of a feature, `[1]`.
 */
export function ridge(g: GraphBuilder, x: Value, y: Value, variance: Value, features: number): Ridge {
  const count = strengths.length;
  const tried = g.mul(g.floats(Float32Array.from(strengths), [1, count]), variance);
  const columns = g.op('Shape', [y], { start: 1, end: 2 });
  // One column for every class and strength, the strengths of a class side by side.
  const all = g.reshape(g.op('Expand', [tried, g.concat(0, columns, g.ints(count))]), 1, -1);
  const half = (first: number): Half => ({
    x: g.slice(x, 0, first, Number.MAX_SAFE_INTEGER, 2),
    y: repeated(g, g.slice(y, 0, first, Number.MAX_SAFE_INTEGER, 2), count),
  });
  const fit = (rows: Half): Value => solve(g, product(g, rows.x, rows.x), product(g, rows.x, rows.y), all, features);
  const [even, odd] = [half(0), half(1)];
  const [byEven, byOdd] = [fit(even), fit(odd)];
  const error = g.reshape(g.add(missOf(g, odd, byEven), missOf(g, even, byOdd)), -1, count);
  const best = g.op('ArgMin', [error], { axis: 1, keepdims: 0 });
  const chosen = g.reshape(g.gather(g.reshape(tried, count), best, 0), 1, -1);
  return {
    weights: solve(g, product(g, x, x), product(g, x, y), chosen, features),
    halves: [columnsOf(g, byEven, best, count), columnsOf(g, byOdd, best, count)],
  };
}

/** Every other row of features and of the columns to explain. */
interface Half {
  readonly x: Value;
  readonly y: Value;
}

/** Sum of the squared errors of a prediction, `[1, columns]`. */
function missOf(g: GraphBuilder, { x, y }: Half, weights: Value): Value {
  const miss = g.sub(y, g.matMul(x, weights));
  return columnSum(g, g.mul(miss, miss));
}
