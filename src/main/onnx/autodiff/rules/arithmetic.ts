/** Gradients of arithmetic on two values with broadcasting, and of a choice between two. */

import type { Value } from '../../builder.js';
import { unbroadcast } from '../broadcasting.js';
import { numberOf } from '../numbers.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** The gradient of an input from what `write` gives in the shape of the output; null when it is not wanted. */
function operand(site: ReverseSite, index: number, write: () => Value): Value | null {
  if (!site.isWanted(index)) return null;
  const shapes = site.node.inputs.map((name) => site.dims(name));
  const others = shapes.filter((_, other) => other !== index);
  return unbroadcast(site, write(), shapes[index] ?? [], others);
}

/** One gradient of an output's shape an input. */
function elementwise(write: (site: ReverseSite, upstream: Value) => readonly (() => Value)[]): ReverseRule {
  return fromFirstOutput((site, upstream) =>
    write(site, upstream).map((gradient, index) => operand(site, index, gradient)),
  );
}

const add = elementwise((_, upstream) => [() => upstream, () => upstream]);

const subtract = elementwise(({ g }, upstream) => [() => upstream, () => g.op('Neg', [upstream])]);

const multiply = elementwise((site, upstream) => [
  () => site.g.mul(upstream, site.input(1)),
  () => site.g.mul(upstream, site.input(0)),
]);

const divide = elementwise((site, upstream) => {
  const { g } = site;
  return [
    () => g.div(upstream, site.input(1)),
    () => g.op('Neg', [g.div(g.mul(upstream, site.output()), site.input(1))]),
  ];
});

/** `p x^(p - 1)`, in fewer operators for the exponents that norms are written with. */
function powerSlope(site: ReverseSite): Value {
  const { g } = site;
  const base = site.input(0);
  const type = site.type(base);
  const exponent = site.scalar(site.input(1));
  const times = (factor: number, x: Value): Value => (factor === 1 ? x : g.mul(x, numberOf(g, factor, type)));
  if (exponent === 2) return times(2, base);
  if (exponent === 3) return times(3, g.mul(base, base));
  if (exponent === 0.5) return g.div(numberOf(g, 0.5, type), site.output());
  if (exponent !== undefined) {
    return times(exponent, g.op('Pow', [base, numberOf(g, exponent - 1, type)]));
  }
  const own = site.type(site.input(1));
  const variable = own === type ? site.input(1) : g.cast(site.input(1), type);
  return g.mul(variable, g.op('Pow', [base, g.sub(variable, numberOf(g, 1, type))]));
}

/** `y ln x`; 0 where x is 0, as the limit for positive exponents is. */
function exponentSlope(site: ReverseSite): Value {
  const { g } = site;
  const base = site.input(0);
  const type = site.type(base);
  const isZero = g.op('Equal', [base, numberOf(g, 0, type)]);
  const logarithm = g.op('Log', [g.op('Where', [isZero, numberOf(g, 1, type), base])]);
  return g.mul(site.output(), logarithm);
}

const power = elementwise((site, upstream) => {
  const { g } = site;
  if (site.scalar(site.input(1)) === 1) return [() => upstream, () => g.mul(upstream, exponentSlope(site))];
  return [() => g.mul(upstream, powerSlope(site)), () => g.mul(upstream, exponentSlope(site))];
});

const where = elementwise((site, upstream) => {
  const { g } = site;
  const condition = site.input(0);
  const zero = (): Value => numberOf(g, 0, site.type(site.output()));
  return [zero, () => g.op('Where', [condition, upstream, zero()]), () => g.op('Where', [condition, zero(), upstream])];
});

export const arithmeticRules: Readonly<Record<string, ReverseRule>> = {
  Add: add,
  Sub: subtract,
  Mul: multiply,
  Div: divide,
  Pow: power,
  Where: where,
};
