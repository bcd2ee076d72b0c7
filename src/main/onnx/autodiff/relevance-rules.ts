/** How relevance passes each operator: the rules of transformer attribution (Chefer et al., CVPR 2021), alpha 1, beta 0. */

import type { GraphBuilder, Value } from '../builder.js';
import { intAttribute } from '../graph.js';
import { gradientRules } from './gradient-rules.js';
import { sampleSum, signParts, stableDivide } from './relevance-arithmetic.js';
import type { Contribution, ReverseRule, ReverseRules, ReverseSite } from './reverse-walk.js';
import { fromFirstOutput } from './single-output.js';

function transposed(g: GraphBuilder, x: Value, rank: number): Value {
  const lead = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return g.transpose(x, ...lead, rank - 1, rank - 2);
}

/**
 * A linear layer `x W`: only products that are at least 0 count, `Z = x+ W+ + x- W-`, and each input gets its share of
 * them. Its bias is a separate addition.
 */
function linear(site: ReverseSite, upstream: Value): Value {
  const { g } = site;
  const weight = site.input(1);
  const rank = site.dims(weight).length;
  const [positive, negative] = signParts(g, site.input(0));
  const [weightUp, weightDown] = signParts(g, weight);
  const z = g.add(g.matMul(positive, weightUp), g.matMul(negative, weightDown));
  const share = stableDivide(g, upstream, z);
  return g.add(
    g.mul(positive, g.matMul(share, transposed(g, weightUp, rank))),
    g.mul(negative, g.matMul(share, transposed(g, weightDown, rank))),
  );
}

/** A product of two activations `Z = P Q`: `P * (S QT)` and `Q * (PT S)` with `S = R / Z`, both halved. */
function product(site: ReverseSite, upstream: Value): readonly (Value | null)[] {
  const { g } = site;
  const [p, q] = [site.input(0), site.input(1)];
  const share = stableDivide(g, upstream, site.output());
  const half = g.float(0.5);
  const left = (): Value => g.mul(g.mul(p, g.matMul(share, transposed(g, q, site.dims(q).length))), half);
  const right = (): Value => g.mul(g.mul(q, g.matMul(transposed(g, p, site.dims(p).length), share)), half);
  return [site.isWanted(0) ? left() : null, site.isWanted(1) ? right() : null];
}

const matMul = fromFirstOutput((site, upstream) =>
  site.isConstant(site.input(1)) ? [linear(site, upstream), null] : product(site, upstream),
);

/**
 * A sum of two activations: each gets its part of it, and the whole of a sample is shared in the ratio of the two sums'
 * sizes, whatever their signs. Something constant that is added (a bias) gets nothing.
 */
const add = fromFirstOutput((site, upstream) => {
  const { g } = site;
  const constant = [0, 1].map((index) => site.isConstant(site.input(index)));
  if (constant[0] === true || constant[1] === true) return constant.map((is) => (is ? null : upstream));
  const rank = site.dims(site.output()).length;
  const share = stableDivide(g, upstream, site.output());
  const parts = [g.mul(site.input(0), share), g.mul(site.input(1), share)] as const;
  const sums = [sampleSum(g, parts[0], rank), sampleSum(g, parts[1], rank)] as const;
  const sizes = [g.op('Abs', [sums[0]]), g.op('Abs', [sums[1]])] as const;
  const all = g.add(...sizes);
  const total = sampleSum(g, upstream, rank);
  const scaled = (index: 0 | 1): Value => {
    const wanted = g.mul(stableDivide(g, sizes[index], all), total);
    return g.mul(parts[index], stableDivide(g, wanted, sums[index]));
  };
  return [site.isWanted(0) ? scaled(0) : null, site.isWanted(1) ? scaled(1) : null];
});

/** A scale passes relevance on, and so does `x sigmoid(x)`, which is an activation; other products have no rule. */
const mul = fromFirstOutput((site, upstream) => {
  const passive = [0, 1].map(
    (index) => site.isConstant(site.input(index)) || site.producer(site.input(index)) === 'Sigmoid',
  );
  if (passive[0] === passive[1]) return site.fail('has no rule of relevance: it multiplies two activations');
  return passive.map((is) => (is ? null : upstream));
});

const pass = fromFirstOutput((_, upstream) => [upstream]);

/** Chosen tokens: `X * R / X`, which is R but where X is 0; nothing for the others. */
const select: ReverseRule = (site, [upstream]) => {
  const rule = gradientRules.Slice;
  if (rule === undefined || upstream === undefined || upstream === null) return [];
  const chosen = site.output();
  return rule(site, [site.g.mul(chosen, stableDivide(site.g, upstream, chosen))]);
};

/** A mean over one axis is a linear layer with positive weights: the positive values share the relevance. */
const mean = fromFirstOutput((site, upstream) => {
  const { g, node } = site;
  const [axis, ...more] = site.integers(site.input(1)) ?? [];
  if (axis === undefined || more.length > 0) return site.fail('has no rule of relevance over several axes');
  const [positive] = signParts(g, site.input(0));
  const sum = g.reduceSum(positive, axis, true);
  const kept = intAttribute(node, 'keepdims', 1) === 1 ? upstream : g.op('Unsqueeze', [upstream, g.ints(axis)]);
  return [g.mul(positive, stableDivide(g, kept, sum)), null];
});

const rules: Readonly<Record<string, ReverseRule>> = {
  MatMul: matMul,
  Add: add,
  Mul: mul,
  Slice: select,
  ReduceMean: mean,
  ...Object.fromEntries(
    [
      'LayerNormalization',
      'SimplifiedLayerNormalization',
      'Softmax',
      'Gelu',
      'Relu',
      'Tanh',
      'Identity',
      'Dropout',
    ].map((op) => [op, pass]),
  ),
  // What only moves values about moves relevance as it moves gradients.
  ...Object.fromEntries(
    ['Reshape', 'Transpose', 'Concat'].flatMap((op) => {
      const rule = gradientRules[op];
      return rule === undefined ? [] : [[op, rule]];
    }),
  ),
};

/**
 * A value that several operators read: `x * sum(R_i / x)`, the published rule of a copy. Query, key and value are one
 * linear layer there, so what several linear layers send back to their common input is added up.
 */
function join(g: GraphBuilder, value: Value, parts: readonly Contribution[]): Value {
  const sum = (values: readonly Value[]): Value => values.reduce((all, part) => g.add(all, part));
  if (parts.every(({ consumer }) => consumer?.op === 'MatMul')) return sum(parts.map(({ upstream }) => upstream));
  return g.mul(value, sum(parts.map(({ upstream }) => stableDivide(g, upstream, value))));
}

export const relevanceRules: ReverseRules = {
  rule: ({ domain, op }) => (domain === '' && Object.hasOwn(rules, op) ? rules[op] : undefined),
  join,
};
