/** Shapes of operators that pick elements: Slice, Gather and its kin, TopK, NonZero, Compress. */

import { type Dimension, intAttribute, intsAttribute } from '../graph.js';
import type { DimensionAlgebra } from './algebra.js';
import { type Rule, type Rules, type Site, axisOf, numericElements, unknownDims, withDim } from './fact.js';

/** One axis of a Slice; ends beyond the dimension mean its end. */
interface SliceAxis {
  readonly axis: number;
  readonly start: Dimension;
  readonly end: Dimension;
  readonly step: number;
}

function bounds(site: Site, name: string, index: number): readonly Dimension[] | null | undefined {
  const attribute = intsAttribute(site.node, name);
  if (attribute) return attribute;
  return site.has(index) ? (site.input(index).elements ?? null) : undefined;
}

/** What a Slice does, axis by axis; null when its axes or steps are not known. */
export function sliceAxes(site: Site, rank: number): readonly SliceAxis[] | null {
  const [starts, ends] = [bounds(site, 'starts', 1), bounds(site, 'ends', 2)];
  const count = starts?.length ?? ends?.length;
  if (count === undefined) return null;
  const axes = bounds(site, 'axes', 3);
  const steps = site.has(4) ? numericElements(site.input(4)) : undefined;
  if (axes === null || steps === null) return null;
  const found: SliceAxis[] = [];
  for (let index = 0; index < count; index += 1) {
    const given = axes ? axes[index] : index;
    const axis = typeof given === 'number' ? axisOf(given, rank) : null;
    if (axis === null) return null;
    found.push({ axis, start: starts?.[index] ?? null, end: ends?.[index] ?? null, step: steps?.[index] ?? 1 });
  }
  return found;
}

/** Where a bound lies in a dimension of `size`, clamped to it (one before it when going backwards). */
export function clampBound(bound: number, size: number, step: number): number {
  const positive = bound < 0 ? bound + size : bound;
  return step < 0 ? Math.min(Math.max(positive, -1), size - 1) : Math.min(Math.max(positive, 0), size);
}

/** Elements that a slice takes from a dimension. */
function slicedDim(algebra: DimensionAlgebra, dim: Dimension, { start, end, step }: SliceAxis): Dimension {
  if (start === null || end === null || dim === null || step === 0) return null;
  if (typeof dim === 'number' && typeof start === 'number' && typeof end === 'number') {
    // An end of -1 going backwards is the last element; only numbers below -size reach before the first.
    const from = clampBound(start, dim, step);
    const to = clampBound(end, dim, step);
    return Math.max(0, Math.ceil((to - from) / step));
  }
  if (step !== 1) return null;
  const place = (bound: number | string): Dimension => {
    if (typeof bound === 'number' && bound < 0) return algebra.add(dim, bound);
    return typeof bound === 'number' && bound > 2 ** 30 ? dim : bound;
  };
  // A bound that is a number is taken to lie inside of a dimension whose size has no number.
  return algebra.subtract(place(end), place(start));
}

const slice: Rule = (site) => {
  const { type, dims } = site.input(0);
  if (dims === null) return [{ type, dims }];
  const axes = sliceAxes(site, dims.length);
  if (axes === null) return [{ type, dims: unknownDims(dims.length) }];
  let result: readonly Dimension[] = dims;
  for (const axis of axes) {
    result = withDim(result, axis.axis, slicedDim(site.algebra, dims[axis.axis] ?? null, axis));
  }
  return [{ type, dims: result }];
};

const gather: Rule = (site) => {
  const [data, indices] = [site.input(0), site.input(1)];
  const axis = data.dims ? axisOf(intAttribute(site.node, 'axis', 0), data.dims.length) : null;
  if (!data.dims || !indices.dims || axis === null) return [{ type: data.type, dims: null }];
  return [{ type: data.type, dims: data.dims.toSpliced(axis, 1, ...indices.dims) }];
};

const gatherElements: Rule = (site) => [{ type: site.input(0).type, dims: site.input(1).dims }];

const gatherND: Rule = (site) => {
  const [data, indices] = [site.input(0), site.input(1)];
  const last = indices.dims?.at(-1);
  if (!data.dims || !indices.dims || typeof last !== 'number') return [{ type: data.type, dims: null }];
  const batch = intAttribute(site.node, 'batch_dims', 0);
  return [{ type: data.type, dims: [...indices.dims.slice(0, -1), ...data.dims.slice(batch + last)] }];
};

const topK: Rule = (site) => {
  const { type, dims } = site.input(0);
  const axis = dims ? axisOf(intAttribute(site.node, 'axis', -1), dims.length) : null;
  const count = site.input(1).elements?.[0] ?? null;
  const result = dims && axis !== null ? withDim(dims, axis, count) : null;
  return [
    { type, dims: result },
    { type: 'int64', dims: result },
  ];
};

const nonZero: Rule = (site) => [{ type: 'int64', dims: [site.input(0).dims?.length ?? null, null] }];

const compress: Rule = (site) => {
  const { type, dims } = site.input(0);
  if (!site.node.attributes.has('axis')) return [{ type, dims: [null] }];
  const axis = dims ? axisOf(intAttribute(site.node, 'axis', 0), dims.length) : null;
  return [{ type, dims: dims && axis !== null ? withDim(dims, axis, null) : null }];
};

export const indexingRules: Rules = {
  Slice: slice,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  TopK: topK,
  NonZero: nonZero,
  Compress: compress,
};
