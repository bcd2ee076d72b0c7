/** Shapes of operators that lay the same elements out in another way: Reshape, Transpose, Concat, Split, Expand, ... */

import { type Dimension, intAttribute, intsAttribute } from '../graph.js';
import { type Rule, type Rules, type Site, axisOf, broadcast, numericElements, unknownDims, withDim } from './fact.js';
import { shapeFrom } from './sources.js';

function one(site: Site, dims: readonly Dimension[] | null): ReturnType<Rule> {
  return [{ type: site.input(0).type, dims }];
}

/** Axes from an attribute (before opset 13) or an input; null when they are not known, undefined when there are none. */
export function axesOf(site: Site, index = 1): readonly number[] | null | undefined {
  const attribute = intsAttribute(site.node, 'axes');
  if (attribute) return attribute;
  return site.has(index) ? numericElements(site.input(index)) : undefined;
}

const reshape: Rule = (site) => {
  const target = intsAttribute(site.node, 'shape') ?? shapeFrom(site.input(1));
  if (target === null) return one(site, null);
  const { dims } = site.input(0);
  const copies = intAttribute(site.node, 'allowzero', 0) === 0;
  const result = target.map((dim, index) => (dim === 0 && copies ? (dims?.[index] ?? null) : dim));
  const rest = result.indexOf(-1);
  if (rest < 0) return one(site, result);
  // A copied dimension stands on both sides even when it is unknown.
  const copied = target.map((dim, index) => dim === 0 && copies && dims?.[index] === null);
  const above = dims?.filter((_, index) => copied[index] !== true);
  const below = result.filter((_, index) => index !== rest && copied[index] !== true);
  return one(site, withDim(result, rest, above ? site.algebra.ratio(above, below) : null));
};

const transpose: Rule = (site) => {
  const { dims } = site.input(0);
  const perm = intsAttribute(site.node, 'perm');
  if (dims === null) return one(site, perm ? unknownDims(perm.length) : null);
  return one(site, perm ? perm.map((axis) => dims[axis] ?? null) : [...dims].reverse());
};

const concat: Rule = (site) => {
  const facts = site.node.inputs.map((_, index) => site.input(index));
  const known = facts.find(({ dims }) => dims !== null)?.dims;
  const type = facts.find((fact) => fact.type)?.type;
  const axis = known ? axisOf(intAttribute(site.node, 'axis', 1), known.length) : null;
  if (!known || axis === null) return [{ type, dims: null }];
  const total = facts.reduce<Dimension>((sum, { dims }) => site.algebra.add(sum, dims?.[axis] ?? null), 0);
  const dims = known.map((_, index) => {
    if (index === axis) return total;
    const found = facts.map((fact) => fact.dims?.[index] ?? null);
    return found.find((dim) => typeof dim === 'number') ?? found.find((dim) => dim !== null) ?? null;
  });
  return [{ type, dims }];
};

function splitSizes(site: Site, whole: Dimension, count: number): readonly Dimension[] {
  const sizes = intsAttribute(site.node, 'split') ?? (site.has(1) ? (site.input(1).elements ?? null) : undefined);
  if (sizes === null) return unknownDims(count);
  if (sizes) return sizes;
  if (typeof whole !== 'number') {
    const part = site.algebra.factors(whole);
    const even = part !== null && part.coefficient % count === 0;
    return Array.from({ length: count }, () => (even ? site.algebra.divide(whole, count) : null));
  }
  const part = Math.ceil(whole / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(part, whole - part * index)));
}

const split: Rule = (site) => {
  const { type, dims } = site.input(0);
  const axis = dims ? axisOf(intAttribute(site.node, 'axis', 0), dims.length) : null;
  if (!dims || axis === null) return site.node.outputs.map(() => ({ type, dims: null }));
  const sizes = splitSizes(site, dims[axis] ?? null, site.node.outputs.length);
  const list = dims.length === 1 ? site.input(0).elements : undefined;
  let from = 0;
  return site.node.outputs.map((_, index) => {
    const size = sizes[index] ?? null;
    const fact = { type, dims: withDim(dims, axis, size) };
    if (!list || typeof size !== 'number') return fact;
    from += size;
    return { ...fact, elements: list.slice(from - size, from) };
  });
};

const squeeze: Rule = (site) => {
  const { dims } = site.input(0);
  const axes = axesOf(site);
  if (dims === null || axes === null) return one(site, null);
  if (axes === undefined) return one(site, dims.every((dim) => dim !== null) ? dims.filter((dim) => dim !== 1) : null);
  const dropped = new Set(axes.map((axis) => axisOf(axis, dims.length)));
  return one(site, dims.filter((_, index) => !dropped.has(index))); // prettier-ignore
};

const unsqueeze: Rule = (site) => {
  const { dims } = site.input(0);
  const axes = axesOf(site);
  if (dims === null || !axes || axes.length > 64) return one(site, null);
  const rank = dims.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  const rest = [...dims];
  return one(site, Array.from({ length: rank }, (_, index) => (added.has(index) ? 1 : (rest.shift() ?? null)))); // prettier-ignore
};

const flatten: Rule = (site) => {
  const { dims } = site.input(0);
  if (dims === null) return one(site, [null, null]);
  const axis = intAttribute(site.node, 'axis', 1);
  const at = axis < 0 ? axis + dims.length : axis;
  return one(site, [site.algebra.product(dims.slice(0, at)), site.algebra.product(dims.slice(at))]);
};

const expand: Rule = (site) => one(site, broadcast([site.input(0).dims, shapeFrom(site.input(1))]));

const tile: Rule = (site) => {
  const { dims } = site.input(0);
  const { elements } = site.input(1);
  return one(site, dims?.map((dim, index) => site.algebra.multiply(dim, elements?.[index] ?? null)) ?? null);
};

const pad: Rule = (site) => {
  const { dims } = site.input(0);
  if (dims === null) return one(site, null);
  const pads = intsAttribute(site.node, 'pads') ?? site.input(1).elements;
  const axes = site.has(3) ? numericElements(site.input(3)) : dims.map((_, index) => index);
  if (!pads || !axes) return one(site, unknownDims(dims.length));
  const positive = axes.map((axis) => axisOf(axis, dims.length));
  return one(
    site,
    dims.map((dim, index) => {
      const at = positive.indexOf(index);
      if (at < 0) return dim;
      return site.algebra.add(dim, site.algebra.add(pads[at] ?? null, pads[at + axes.length] ?? null));
    }),
  );
};

const depthToSpace: Rule = (site) => {
  const { dims } = site.input(0);
  const block = intAttribute(site.node, 'blocksize', 1);
  const [n, c, h, w] = dims ?? unknownDims(4);
  const { algebra } = site;
  return one(site, [
    n ?? null,
    algebra.divide(c ?? null, block * block),
    algebra.multiply(h ?? null, block),
    algebra.multiply(w ?? null, block),
  ]);
};

const spaceToDepth: Rule = (site) => {
  const { dims } = site.input(0);
  const block = intAttribute(site.node, 'blocksize', 1);
  const [n, c, h, w] = dims ?? unknownDims(4);
  const { algebra } = site;
  return one(site, [
    n ?? null,
    algebra.multiply(c ?? null, block * block),
    algebra.divide(h ?? null, block),
    algebra.divide(w ?? null, block),
  ]);
};

export const layoutRules: Rules = {
  Reshape: reshape,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Flatten: flatten,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
