/** Gradients of gathering by index: what comes back is added up at the entries that it was taken from. */

import type { GraphBuilder, Value } from '../../builder.js';
import { type Dimension, intAttribute } from '../../graph.js';
import { numericDims } from '../../shapes/fact.js';
import { sizeValue } from '../extents.js';
import { alongAxis, spread, surrounded } from '../placement.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** The gathered axis of the data. */
interface Gathered {
  readonly data: Value;
  readonly dims: readonly Dimension[];
  readonly axis: number;
}

function gatheredOf(site: ReverseSite): Gathered {
  const data = site.input(0);
  const dims = site.dims(data);
  return { data, dims, axis: site.axis(intAttribute(site.node, 'axis', 0), dims.length) };
}

/** 1 where an entry of the axis is the index, 0 elsewhere: `indices [...]` to `[..., size]`. */
function oneHot(site: ReverseSite, { data, dims, axis }: Gathered, indices: Value): Value {
  const { g } = site;
  const size = sizeValue(g, { value: data, dims }, axis);
  const wide = site.type(site.input(1)) === 'int64' ? indices : g.cast(indices, 'int64');
  const positive = g.op('Where', [g.op('Less', [wide, g.ints(0)]), g.add(wide, size), wide]);
  const scalar = (value: Value): Value => g.op('Squeeze', [value]);
  const entries = g.op('Range', [scalar(g.ints(0)), scalar(size), scalar(g.ints(1))]);
  return g.cast(g.op('Equal', [g.op('Unsqueeze', [positive, g.ints(-1)]), entries]), site.type(data));
}

/** `axis` brought to the end, and back. */
function moved(g: GraphBuilder, x: Value, rank: number, axis: number, back: boolean): Value {
  if (axis === rank - 1) return x;
  const axes = Array.from({ length: rank }, (_, index) => index);
  const last = [...axes.toSpliced(axis, 1), axis];
  return g.transpose(x, ...(back ? axes.map((at) => last.indexOf(at)) : last));
}

/** Upstream with the axes of the indices as one. */
function withOneIndexAxis(site: ReverseSite, upstream: Value, { data, dims, axis }: Gathered): Value {
  const { g } = site;
  const indexDims = site.dims(site.input(1));
  if (indexDims.length === 1) return upstream;
  if (indexDims.length === 0) return g.op('Unsqueeze', [upstream, g.ints(axis)]);
  const before = dims.slice(0, axis).map(() => 0);
  const after = numericDims(dims.slice(axis + 1));
  if (after !== null) return g.reshape(upstream, ...before, -1, ...after);
  const shape = g.op('Shape', [data], { start: axis + 1 });
  return g.op('Reshape', [upstream, g.concat(0, g.ints(...before, -1), shape)]);
}

/** The entries that constant indices name, counted from the front; null when they are not known or one comes twice. */
function distinctPositions(site: ReverseSite, { dims, axis }: Gathered): readonly number[] | null {
  const indices = site.integers(site.input(1));
  const size = dims[axis];
  const positions = indices?.map((index) => (index < 0 && typeof size === 'number' ? index + size : index));
  if (positions?.every((position) => position >= 0) !== true) return null;
  return new Set(positions).size === positions.length ? positions : null;
}

/** Distinct entries are put at their places, others added up by a product with ones and zeros. */
const gather = fromFirstOutput((site, upstream) => {
  const { g } = site;
  const gathered = gatheredOf(site);
  const { data: value, dims, axis } = gathered;
  const size = dims[axis];
  const rows = withOneIndexAxis(site, upstream, gathered);
  const positions = distinctPositions(site, gathered);
  const [first] = positions ?? [];
  if (positions && first !== undefined && positions.every((position, index) => position === first + index)) {
    const after = typeof size === 'number' ? { after: size - first - positions.length } : {};
    return [surrounded(g, rows, { value, dims }, alongAxis(dims, axis, { before: first, ...after }))];
  }
  if (positions && typeof size === 'number') return [spread(g, rows, axis, positions, size)];
  const flat = g.reshape(site.input(1), -1);
  const sums = g.matMul(moved(g, rows, dims.length, axis, false), oneHot(site, gathered, flat));
  return [moved(g, sums, dims.length, axis, true)];
});

/** Each row of the axis by itself: a product of what came back with the ones and zeros of its own indices. */
const gatherElements = fromFirstOutput((site, upstream) => {
  const { g } = site;
  const gathered = gatheredOf(site);
  const { dims, axis } = gathered;
  const indices = site.input(1);
  const others = site.dims(indices);
  if (dims.some((dim, index) => index !== axis && (dim === null || dim !== others[index]))) {
    site.fail('cannot be reversed: its indices do not cover the axes that it does not gather along');
  }
  const rank = dims.length;
  const mask = oneHot(site, gathered, moved(g, indices, rank, axis, false));
  const rows = g.op('Unsqueeze', [moved(g, upstream, rank, axis, false), g.ints(-2)]);
  const sums = g.op('Squeeze', [g.matMul(rows, mask), g.ints(-2)]);
  return [moved(g, sums, rank, axis, true)];
});

export const gatheringRules: Readonly<Record<string, ReverseRule>> = {
  Gather: gather,
  GatherElements: gatherElements,
};
