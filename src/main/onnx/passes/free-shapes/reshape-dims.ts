/** Finds out what a Reshape of fixed numbers meant: which input dimensions each of its output dimensions is made of. */

import type { Dimension } from '../../graph.js';
import type { DimensionAlgebra } from '../../shapes/algebra.js';

interface Group {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/**
 * Splits a Reshape into the smallest runs of input and output dimensions with equal products; null when the products
 * differ. `[1, 197, 192]` to `[1, 197, 3, 64]` is three groups: 1 and 1, 197 and 197, 192 and 3 times 64.
 */
function groupsOf(from: readonly number[], to: readonly number[]): readonly Group[] | null {
  const groups: { inputs: number[]; outputs: number[] }[] = [];
  let [i, j] = [0, 0];
  while (i < from.length && j < to.length) {
    const group = { inputs: [i], outputs: [j] };
    let [left, right] = [from[i] ?? 1, to[j] ?? 1];
    while (left !== right) {
      if (left < right) {
        i += 1;
        if (i >= from.length) return null;
        left *= from[i] ?? 1;
        group.inputs.push(i);
      } else {
        j += 1;
        if (j >= to.length) return null;
        right *= to[j] ?? 1;
        group.outputs.push(j);
      }
    }
    groups.push(group);
    i += 1;
    j += 1;
    // Ones that no input dimension stands for belong to the dimension before, which may hold a batch of 1.
    for (; j < to.length && to[j] === 1 && from[i] !== 1; j += 1) group.outputs.push(j);
  }
  // What is left over is ones.
  const last = groups.at(-1);
  for (; i < from.length; i += 1) {
    if (from[i] !== 1 || !last) return null;
    last.inputs.push(i);
  }
  for (; j < to.length; j += 1) {
    if (to[j] !== 1 || !last) return null;
    last.outputs.push(j);
  }
  return groups;
}

interface Factor {
  readonly symbol: string;
  /** Its value in the graph as it was exported. */
  readonly witness: number;
}

interface FixedReshape {
  /** Input and output dimensions as they were exported. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** The input dimensions with free ones by name. */
  readonly free: readonly Dimension[];
  /** Output dimensions that the graph computes from shapes already; null elsewhere. */
  readonly computed: readonly (string | null)[];
  /** The exported value of every name. */
  readonly witnesses: ReadonlyMap<string, number>;
}

/** The named factors of a group's input; null when a dimension is unknown. */
function factorsOf(
  algebra: DimensionAlgebra,
  dims: readonly Dimension[],
  witnesses: ReadonlyMap<string, number>,
): Factor[] | null {
  const found: Factor[] = [];
  for (const dim of dims) {
    const parts = algebra.factors(dim);
    if (parts === null) return null;
    for (const symbol of parts.symbols) {
      const witness = algebra.evaluate(symbol, witnesses);
      if (witness === null || witness === 0) return null;
      found.push({ symbol, witness });
    }
  }
  // Large ones first: they fit in few places; a batch of 1 fits anywhere.
  return found.sort((a, b) => b.witness - a.witness);
}

/** Removes the factors of `dim` from `factors` and returns the product of their exported values; null when one is not there. */
function take(algebra: DimensionAlgebra, dim: string, factors: Factor[]): number | null {
  let product = 1;
  for (const symbol of algebra.factors(dim)?.symbols ?? []) {
    const at = factors.findIndex((factor) => factor.symbol === symbol);
    const [factor] = at < 0 ? [] : factors.splice(at, 1);
    if (!factor) return null;
    product *= factor.witness;
  }
  return product;
}

/** Gives every named factor to one output dimension: a 1 to the first output that was 1, others to the first they divide. */
function assigned(algebra: DimensionAlgebra, group: Group, shape: FixedReshape, factors: Factor[]): Dimension[] | null {
  const rest = group.outputs.map((output) => shape.to[output] ?? 1);
  const dims: Dimension[] = rest.map(() => 1);
  // What the graph computes from shapes says where its names go; the number beside them may hold a fixed size still.
  for (const [index, output] of group.outputs.entries()) {
    const dim = shape.computed[output];
    if (typeof dim !== 'string') continue;
    const taken = take(algebra, dim, factors);
    if (taken === null || (rest[index] ?? 0) % taken !== 0) return null;
    dims[index] = algebra.product(algebra.factors(dim)?.symbols ?? []);
    rest[index] = (rest[index] ?? 0) / taken;
  }
  const ones = group.outputs.map((output, index) => shape.to[output] === 1 && dims[index] === 1);
  for (const { symbol, witness } of factors) {
    const exact = witness === 1 ? ones.indexOf(true) : -1;
    const at = exact >= 0 ? exact : rest.findIndex((size) => size > 0 && size % witness === 0);
    if (at < 0) return null;
    dims[at] = algebra.multiply(dims[at] ?? null, symbol);
    rest[at] = (rest[at] ?? 1) / witness;
    // A place that was 1 and has its name now takes no second one while another is free.
    if (exact >= 0 && ones.includes(true, at + 1)) ones[at] = false;
  }
  return dims.map((dim, index) => algebra.multiply(dim, rest[index] ?? null));
}

/**
 * Takes the factors that were 1 away from a group that is nothing but the last dimension: that one holds features, whose
 * number no batch multiplies. They belong to the dimension before (`[T, B, D]` to `[T B, D]`).
 */
function carried(group: Group, shape: FixedReshape, factors: Factor[]): string[] {
  const [output = 0] = group.outputs;
  const last = group.outputs.length === 1 && output === shape.to.length - 1 && output > 0 && shape.to[output] !== 1;
  if (!last || typeof shape.computed[output] === 'string') return [];
  const ones = factors.filter(({ witness }) => witness === 1).map(({ symbol }) => symbol);
  factors.splice(factors.length - ones.length, ones.length);
  return ones;
}

/** The output dimensions with free ones by name, or null when they cannot be told. */
export function freedDims(algebra: DimensionAlgebra, shape: FixedReshape): readonly Dimension[] | null {
  const groups = groupsOf(shape.from, shape.to);
  if (groups === null) return null;
  const result: Dimension[] = shape.to.map(() => null);
  for (const group of groups) {
    const inputs = group.inputs.map((input) => shape.free[input] ?? null);
    const factors = factorsOf(algebra, inputs, shape.witnesses);
    if (factors === null) return null;
    const before = (group.outputs[0] ?? 0) - 1;
    for (const symbol of carried(group, shape, factors)) {
      result[before] = algebra.multiply(result[before] ?? null, symbol);
    }
    const dims = assigned(algebra, group, shape, factors);
    if (dims === null) return null;
    group.outputs.forEach((output, index) => (result[output] = dims[index] ?? null));
  }
  return result;
}
