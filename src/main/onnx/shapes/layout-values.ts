/** Values of operators that move the elements of small tensors without changing them. */

import { type Dimension, intAttribute, intsAttribute } from '../graph.js';
import { broadcastPlaces, stridesOf } from './arithmetic-values.js';
import { elementsOf } from './elements.js';
import { type Fact, type ValueRule, type ValueRules, axisOf, numericDims, numericElements } from './fact.js';
import { clampBound, sliceAxes } from './indexing.js';

function countOf(fact: Fact): number {
  return (numericDims(fact.dims) ?? []).reduce((product, dim) => product * dim, 1);
}

const keep: ValueRule = (site) => site.input(0).elements ?? null;

/** Reads every element of the output from the place in the input that `place` names by its coordinates. */
function moved(source: readonly Dimension[], output: Fact, place: (at: readonly number[]) => number): Dimension[] {
  const dims = numericDims(output.dims) ?? [];
  const strides = stridesOf(dims);
  const at = dims.map(() => 0);
  return Array.from({ length: countOf(output) }, (_, index) => {
    let rest = index;
    strides.forEach((stride, axis) => {
      at[axis] = Math.floor(rest / stride);
      rest %= stride;
    });
    return source[place(at)] ?? null;
  });
}

function dot(at: readonly number[], strides: readonly number[]): number {
  return at.reduce((sum, coordinate, axis) => sum + coordinate * (strides[axis] ?? 0), 0);
}

const transpose: ValueRule = (site, output) => {
  const { elements, dims } = site.input(0);
  const numbers = numericDims(dims);
  if (!elements || !numbers) return null;
  const perm = intsAttribute(site.node, 'perm') ?? numbers.map((_, index) => numbers.length - 1 - index);
  const strides = stridesOf(numbers);
  const stepped = perm.map((axis) => strides[axis] ?? 0);
  return moved(elements, output, (at) => dot(at, stepped));
};

const broadcasted: ValueRule = (site, output) => {
  const { elements, dims } = site.input(0);
  const [from, to] = [numericDims(dims), numericDims(output.dims)];
  if (!elements || !from || !to || countOf(output) > site.limit) return null;
  const place = broadcastPlaces(from, to);
  return Array.from({ length: countOf(output) }, (_, index) => elements[place(index)] ?? null);
};

const tile: ValueRule = (site, output) => {
  const { elements, dims } = site.input(0);
  const from = numericDims(dims);
  if (!elements || !from || countOf(output) > site.limit) return null;
  const strides = stridesOf(from);
  return moved(elements, output, (at) =>
    dot(
      at.map((coordinate, axis) => coordinate % (from[axis] ?? 1)),
      strides,
    ),
  );
};

const concat: ValueRule = (site, output) => {
  const facts = site.node.inputs.map((_, index) => site.input(index));
  const dims = numericDims(output.dims);
  const axis = dims ? axisOf(intAttribute(site.node, 'axis', 0), dims.length) : null;
  if (!dims || axis === null || facts.some(({ elements }) => elements === undefined)) return null;
  const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const chunks = facts.map(({ elements = [] }) => ({ elements, width: elements.length / Math.max(outer, 1) }));
  const joined: Dimension[] = [];
  for (let row = 0; row < outer; row += 1) {
    for (const { elements, width } of chunks) joined.push(...elements.slice(row * width, (row + 1) * width));
  }
  return joined;
};

const gather: ValueRule = (site, output) => {
  const [data, indices] = [site.input(0), site.input(1)];
  const from = numericDims(data.dims);
  const picked = numericElements(indices);
  const axis = from ? axisOf(intAttribute(site.node, 'axis', 0), from.length) : null;
  if (!data.elements || !from || !picked || axis === null || countOf(output) > site.limit) return null;
  const size = from[axis] ?? 1;
  const inner = from.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const outer = from.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const result: Dimension[] = [];
  for (let row = 0; row < outer; row += 1) {
    for (const index of picked) {
      const start = (row * size + (index < 0 ? index + size : index)) * inner;
      result.push(...data.elements.slice(start, start + inner));
    }
  }
  return result;
};

const slice: ValueRule = (site, output) => {
  const { elements, dims } = site.input(0);
  const from = numericDims(dims);
  const axes = from ? sliceAxes(site, from.length) : null;
  if (!elements || !from || !axes) return null;
  const strides = stridesOf(from);
  const starts = from.map(() => 0);
  const steps = [...strides];
  for (const { axis, start, step } of axes) {
    if (typeof start !== 'number') return null;
    starts[axis] = clampBound(start, from[axis] ?? 0, step);
    steps[axis] = step * (strides[axis] ?? 1);
  }
  const offset = dot(starts, strides);
  return moved(elements, output, (at) => offset + dot(at, steps));
};

const constantOfShape: ValueRule = (site, output) => {
  if (countOf(output) > site.limit) return null;
  const value = site.node.attributes.get('value');
  const element = value?.kind === 'tensor' ? elementsOf(value.value)?.[0] : 0;
  return element === undefined ? null : Array.from({ length: countOf(output) }, () => element);
};

const range: ValueRule = (site, output) => {
  const start = site.input(0).elements?.[0];
  const delta = site.input(2).elements?.[0];
  if (typeof start !== 'number' || typeof delta !== 'number' || countOf(output) > site.limit) return null;
  return Array.from({ length: countOf(output) }, (_, index) => start + index * delta);
};

export const layoutValues: ValueRules = {
  Reshape: keep,
  Squeeze: keep,
  Unsqueeze: keep,
  Flatten: keep,
  Transpose: transpose,
  Expand: broadcasted,
  Tile: tile,
  Concat: concat,
  Gather: gather,
  Slice: slice,
  ConstantOfShape: constantOfShape,
  Range: range,
};
