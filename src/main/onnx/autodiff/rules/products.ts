/** Gradients of matrix products. */

import type { Value } from '../../builder.js';
import { type Dimension, floatAttribute, intAttribute } from '../../graph.js';
import { unbroadcast } from '../broadcasting.js';
import { reshapedLike } from '../extents.js';
import { numberOf } from '../numbers.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** A factor of a product as a stack of matrices. */
interface Factor {
  readonly value: Value;
  readonly dims: readonly Dimension[];
}

/** A vector is a row on the left and a column on the right. */
function factor(site: ReverseSite, index: 0 | 1): Factor {
  const value = site.input(index);
  const dims = site.dims(value);
  if (dims.length > 1) return { value, dims };
  return {
    value: site.g.op('Unsqueeze', [value, site.g.ints(index)]),
    dims: index === 0 ? [1, ...dims] : [...dims, 1],
  };
}

/** What came back to the product, with the axes that it dropped for vectors. */
function matrixUpstream(site: ReverseSite, upstream: Value): Value {
  const [left, right] = [site.dims(site.input(0)), site.dims(site.input(1))];
  const columns = right.length === 1 ? site.g.op('Unsqueeze', [upstream, site.g.ints(-1)]) : upstream;
  return left.length === 1 ? site.g.op('Unsqueeze', [columns, site.g.ints(-2)]) : columns;
}

/** The matrices transposed; the runtime folds that of a constant and fuses others into the product that reads them. */
function transposed({ g }: ReverseSite, { value, dims }: Factor): Value {
  const lead = dims.length - 2;
  const axes = dims.slice(0, lead).map((_, axis) => axis);
  return g.transpose(value, ...axes, lead + 1, lead);
}

/** Sums a gradient of the joint batch over what was repeated of `own`. */
function batchSum(site: ReverseSite, gradient: Value, own: Factor, other: Factor): Value {
  // The last two axes are never broadcast: any two numbers stand for them.
  const batch = ({ dims }: Factor): readonly Dimension[] => [...dims.slice(0, -2), 2, 2];
  return unbroadcast(site, gradient, batch(own), [batch(other)]);
}

function leftGradient(site: ReverseSite, upstream: Value, a: Factor, b: Factor): Value {
  return batchSum(site, site.g.matMul(upstream, transposed(site, b)), a, b);
}

/** One matrix for a whole batch, as in a linear layer, takes one product over all rows. */
function rightGradient(site: ReverseSite, upstream: Value, a: Factor, b: Factor): Value {
  const { g } = site;
  if (b.dims.length > 2 || a.dims.length === 2) {
    return batchSum(site, g.matMul(transposed(site, a), upstream), b, a);
  }
  const rows = (x: Value): Value => g.op('Flatten', [x], { axis: a.dims.length - 1 });
  return g.op('Gemm', [rows(a.value), rows(upstream)], { transA: 1 });
}

const matMul = fromFirstOutput((site, upstream) => {
  const [a, b] = [factor(site, 0), factor(site, 1)];
  const back = matrixUpstream(site, upstream);
  const inShape = (index: 0 | 1, gradient: Value): Value => {
    const value = site.input(index);
    const dims = site.dims(value);
    return dims.length > 1 ? gradient : reshapedLike(site.g, gradient, [], { value, dims });
  };
  return [
    site.isWanted(0) ? inShape(0, leftGradient(site, back, a, b)) : null,
    site.isWanted(1) ? inShape(1, rightGradient(site, back, a, b)) : null,
  ];
});

/** `Y = alpha A' B' + beta C`, each factor transposed where its attribute says so. */
const gemm = fromFirstOutput((site, upstream) => {
  const { g, node } = site;
  const alpha = { float: floatAttribute(node, 'alpha', 1) };
  const [transA, transB] = [intAttribute(node, 'transA', 0), intAttribute(node, 'transB', 0)];
  const product = (a: Value, b: Value, turnA: number, turnB: number): Value =>
    g.op('Gemm', [a, b], { alpha, transA: turnA, transB: turnB });
  const [a, b] = [site.input(0), site.input(1)];
  return [
    site.isWanted(0) ? (transA === 0 ? product(upstream, b, 0, 1 - transB) : product(b, upstream, transB, 1)) : null,
    site.isWanted(1) ? (transB === 0 ? product(a, upstream, 1 - transA, 0) : product(upstream, a, 1, transA)) : null,
    site.isWanted(2) ? addend(site, upstream) : null,
  ];
});

function addend(site: ReverseSite, upstream: Value): Value {
  const { g, node } = site;
  const gradient = unbroadcast(site, upstream, site.dims(site.input(2)), [site.dims(site.output())]);
  const beta = floatAttribute(node, 'beta', 1);
  return beta === 1 ? gradient : g.mul(gradient, numberOf(g, beta, site.type(site.output())));
}

export const productRules: Readonly<Record<string, ReverseRule>> = { MatMul: matMul, Gemm: gemm };
