/** Gradients of functions of one value, element by element; taken from the function's result where that is cheaper. */

import type { Value } from '../../builder.js';
import { numberOf } from '../numbers.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** A function's slope times upstream. */
interface Point {
  readonly site: ReverseSite;
  readonly x: Value;
  readonly upstream: Value;
  /** A number in the type of x. */
  readonly number: (value: number) => Value;
}

function pointwise(write: (point: Point) => Value): ReverseRule {
  return fromFirstOutput((site, upstream) => {
    const x = site.input(0);
    return [write({ site, x, upstream, number: (value) => numberOf(site.g, value, site.type(x)) })];
  });
}

const negate = pointwise(({ site, upstream }) => site.g.op('Neg', [upstream]));

/** `1 / (2 sqrt x)`. */
const squareRoot = pointwise(({ site, upstream, number }) =>
  site.g.div(site.g.mul(upstream, number(0.5)), site.output()),
);

const exponential = pointwise(({ site, upstream }) => site.g.mul(upstream, site.output()));

const logarithm = pointwise(({ site, x, upstream }) => site.g.div(upstream, x));

/** `-1 / x^2`. */
const reciprocal = pointwise(({ site, upstream }) => {
  const { g } = site;
  return g.op('Neg', [g.mul(upstream, g.mul(site.output(), site.output()))]);
});

const absolute = pointwise(({ site: { g }, x, upstream }) => g.mul(upstream, g.op('Sign', [x])));

/** `1 - y^2`. */
const tanh = pointwise(({ site, upstream, number }) => {
  const { g } = site;
  const y = site.output();
  return g.mul(upstream, g.sub(number(1), g.mul(y, y)));
});

/** `y (1 - y)`. */
const sigmoid = pointwise(({ site, upstream, number }) => {
  const { g } = site;
  const y = site.output();
  return g.mul(upstream, g.mul(y, g.sub(number(1), y)));
});

const relu = pointwise(({ site: { g }, x, upstream, number }) =>
  g.op('Where', [g.op('Greater', [x, number(0)]), upstream, number(0)]),
);

/** `2 / sqrt(pi) exp(-x^2)`. */
const erf = pointwise(({ site: { g }, x, upstream, number }) => {
  const bell = g.op('Exp', [g.op('Neg', [g.mul(x, x)])]);
  return g.mul(upstream, g.mul(bell, number(2 / Math.sqrt(Math.PI))));
});

/**
 * `Phi(x) + x phi(x)` as `1/2 (1 + erf u + 2 / sqrt(pi) u / exp(u^2))` with `u = x / sqrt 2`. Where the exponential
 * overflows the quotient is 0, which is right to the last bit.
 */
function exactGelu({ site: { g }, x, upstream, number }: Point): Value {
  const u = g.mul(x, number(Math.SQRT1_2));
  const bell = g.div(u, g.op('Exp', [g.mul(u, u)]));
  const sum = g.add(g.op('Erf', [u]), g.mul(bell, number(2 / Math.sqrt(Math.PI))));
  return g.mul(upstream, g.add(g.mul(sum, number(0.5)), number(0.5)));
}

/** With `t = tanh(c (x + a x^3))`: `1/2 (1 + t + x (1 - t^2) c (1 + 3 a x^2))`. */
function tanhGelu({ site: { g }, x, upstream, number }: Point): Value {
  const [a, c] = [0.044715, Math.sqrt(2 / Math.PI)];
  const square = g.mul(x, x);
  const inner = g.mul(x, g.add(g.mul(square, number(a * c)), number(c)));
  const t = g.op('Tanh', [inner]);
  const slope = g.mul(x, g.add(g.mul(square, number(3 * a * c)), number(c)));
  const rise = g.mul(slope, g.sub(number(1), g.mul(t, t)));
  return g.mul(upstream, g.mul(g.add(g.add(t, rise), number(1)), number(0.5)));
}

const gelu = pointwise((point) => {
  const approximate = point.site.node.attributes.get('approximate');
  return approximate?.kind === 'string' && approximate.value === 'tanh' ? tanhGelu(point) : exactGelu(point);
});

const identity: ReverseRule = (_, upstream) => [upstream[0] ?? null];

/** Dropout that drops nothing, as in inference. */
const dropout: ReverseRule = (site, upstream) => {
  if (site.has(2) && site.integers(site.input(2))?.[0] !== 0) site.fail('cannot be reversed in training mode');
  return [upstream[0] ?? null];
};

const cast = fromFirstOutput((site, upstream) => [site.g.cast(upstream, site.type(site.input(0)))]);

/** A staircase: flat everywhere. */
const flat: ReverseRule = () => [null];

export const pointwiseRules: Readonly<Record<string, ReverseRule>> = {
  Neg: negate,
  Sqrt: squareRoot,
  Exp: exponential,
  Log: logarithm,
  Reciprocal: reciprocal,
  Abs: absolute,
  Tanh: tanh,
  Sigmoid: sigmoid,
  Relu: relu,
  Erf: erf,
  Gelu: gelu,
  Identity: identity,
  Dropout: dropout,
  Cast: cast,
  Sign: flat,
  Floor: flat,
  Ceil: flat,
  Round: flat,
};
