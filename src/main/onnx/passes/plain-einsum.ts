/** Einsum of two values as transpositions, reshapes and one MatMul. */

import type { Node } from '../graph.js';
import { elementCount } from '../tensor.js';
import type { Fragment, Rewriter } from './rewrite.js';

interface Equation {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly result: readonly string[];
}

/** The labels of `text`, an ellipsis standing for the axes that the others leave. */
function labels(text: string, rank: number | null): readonly string[] | null {
  const [before = '', after] = text.split('...');
  if (after === undefined) return Array.from(before);
  if (rank === null) return null;
  const hidden = Math.max(0, rank - before.length - after.length);
  return [
    ...Array.from(before),
    ...Array.from({ length: hidden }, (_, axis) => `.${String(hidden - axis)}`),
    ...Array.from(after),
  ];
}

/** Parses `ij,jk->ik`; null when it is not of two values, repeats a label or sums one that only one side has. */
function parse(text: string, ranks: readonly number[]): Equation | null {
  const [operands = '', output] = text.replace(/\s+/g, '').split('->');
  const parts = operands.split(',');
  if (parts.length !== 2 || output === undefined) return null;
  const left = labels(parts[0] ?? '', ranks[0] ?? null);
  const right = labels(parts[1] ?? '', ranks[1] ?? null);
  if (!left || !right) return null;
  const hidden = [...left, ...right].filter((label) => label.startsWith('.'));
  const [before = '', after] = output.split('...');
  const result =
    after === undefined ? Array.from(before) : [...Array.from(before), ...new Set(hidden), ...Array.from(after)];
  for (const list of [left, right, result]) if (new Set(list).size !== list.length) return null;
  const lonely = (list: readonly string[], other: readonly string[]): boolean =>
    list.some((label) => !other.includes(label) && !result.includes(label));
  if (lonely(left, right) || lonely(right, left)) return null;
  return { left, right, result };
}

/** `value` with its axes in the order of `to`, or itself. */
function ordered(g: Fragment, hint: string, value: string, from: readonly string[], to: readonly string[]): string {
  const perm = to.map((label) => from.indexOf(label));
  return perm.every((axis, position) => axis === position) ? value : g.op(hint, 'Transpose', [value], { perm });
}

/** Replaces an Einsum of two values of known sizes; false for any other. */
export function lowerEinsum(g: Fragment, node: Node, rewriter: Rewriter): boolean {
  const equation = node.attributes.get('equation');
  const [a = '', b = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const [leftDims, rightDims] = [rewriter.dims(a), rewriter.dims(b)];
  const known = [...(leftDims ?? [null]), ...(rightDims ?? [null])].every((dim) => typeof dim === 'number');
  if (equation?.kind !== 'string' || node.inputs.length !== 2 || !known || !leftDims || !rightDims) return false;
  const parsed = parse(equation.value, [leftDims.length, rightDims.length]);
  if (parsed?.left.length !== leftDims.length || parsed.right.length !== rightDims.length) return false;
  // A constant on the left belongs on the right: the product of the labels is the same.
  const constant = (value: string): boolean => rewriter.index.isConstant(value);
  const place = (from: readonly string[], without: readonly string[]): number =>
    parsed.result.findIndex((label) => from.includes(label) && !without.includes(label));
  // What stands first in the result stands on the left, unless it is constant.
  const late =
    place(parsed.left, parsed.right) > place(parsed.right, parsed.left) && place(parsed.right, parsed.left) >= 0;
  const turned = constant(a) !== constant(b) ? constant(a) : late;
  const [x, y] = turned ? [b, a] : [a, b];
  const [xs, ys] = turned ? [parsed.right, parsed.left] : [parsed.left, parsed.right];
  const sizes = new Map<string, number>();
  parsed.left.forEach((label, axis) => sizes.set(label, leftDims[axis] as number));
  parsed.right.forEach((label, axis) => {
    const size = rightDims[axis] as number;
    sizes.set(label, Math.max(size, sizes.get(label) ?? 1));
  });
  const size = (list: readonly string[]): number[] => list.map((label) => sizes.get(label) ?? 1);
  const both = xs.filter((label) => ys.includes(label));
  const batch = both.filter((label) => parsed.result.includes(label));
  const summed = both.filter((label) => !parsed.result.includes(label));
  const rows = xs.filter((label) => !ys.includes(label));
  const columns = ys.filter((label) => !xs.includes(label));
  const [depth, wide] = [elementCount(size(summed)), elementCount(size(columns))];
  const left = g.op('left', 'Reshape', [
    ordered(g, 'rows', x, xs, [...batch, ...rows, ...summed]),
    g.ints('left_shape', ...size(batch), ...(batch.length === 0 ? size(rows) : [elementCount(size(rows))]), depth),
  ]);
  const right = g.op('right', 'Reshape', [
    ordered(g, 'columns', y, ys, [...batch, ...summed, ...columns]),
    g.ints('right_shape', ...size(batch), depth, wide),
  ]);
  const product = g.op('product', 'MatMul', [left, right]);
  const order = [...batch, ...rows, ...columns];
  const apart = g.ints('apart', ...size(order));
  if (order.every((label, axis) => label === parsed.result[axis])) g.write('Reshape', [product, apart], [output]);
  else {
    const perm = parsed.result.map((label) => order.indexOf(label));
    g.write('Transpose', [g.op('whole', 'Reshape', [product, apart])], [output], { perm });
  }
  return true;
}
