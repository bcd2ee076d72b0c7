/** Frees the batch and token counts that an exporter wrote into a graph as numbers. */

import { type Dimension, type Model, type Node, intAttribute } from '../graph.js';
import { prune } from '../prune.js';
import { axisOf, numericDims } from '../shapes/fact.js';
import { intTensor } from '../tensor.js';
import { broadcasting, withFreeOperands } from './free-shapes/demand.js';
import { Freeing, fixedSize } from './free-shapes/freeing.js';
import { freedDims } from './free-shapes/reshape-dims.js';

/** As far as any dimension goes: the end of a Slice that means "to the end". */
const theEnd = 2 ** 31 - 1;

type Free = (state: Freeing, node: Node) => Node | readonly Node[];

function isNamed(dim: Dimension | undefined): boolean {
  return typeof dim === 'string';
}

/** The wanted output dimensions as a Reshape target: names by 0, by what the old target computes, by one -1, else computed. */
function reshapeTarget(state: Freeing, node: Node, wanted: readonly Dimension[]): string {
  const [data = '', old = 'shape'] = node.inputs;
  const dims = state.dims(data) ?? [];
  const { elements } = state.after.fact(old);
  let rest = false;
  const entries = wanted.map((dim, index): Dimension => {
    if (typeof dim === 'number') return dim;
    if (dims[index] === dim) return 0;
    if (elements?.[index] === dim) return dim;
    if (rest) return dim;
    rest = true;
    return -1;
  });
  return state.shape(entries, data, old, elements ? { value: old, elements } : null);
}

const reshape: Free = (state, node) => {
  const [data = '', target = '', output = ''] = [...node.inputs.slice(0, 2), ...node.outputs];
  const free = state.dims(data);
  const from = numericDims(state.before.fact(data).dims);
  const to = numericDims(state.before.fact(output).dims);
  const { elements } = state.after.fact(target);
  if (!free?.some(isNamed) || !from || !to || !elements) return node;
  const computed = elements.map((element) => (typeof element === 'string' ? element : null));
  const wanted = freedDims(state.after.algebra, { from, to, free, computed, witnesses: state.witnesses });
  if (wanted === null) return node;
  state.after.step(node);
  const found = state.dims(output);
  if (found?.length === wanted.length && found.every((dim, index) => dim === wanted[index])) return node;
  const attributes = new Map([...node.attributes].filter(([name]) => name !== 'allowzero'));
  return { ...node, inputs: [data, reshapeTarget(state, node, wanted)], attributes };
};

/** Where the input has a free dimension, a target of its exported size means "as it is". */
const expand: Free = (state, node) => {
  const [data = '', target = ''] = node.inputs;
  const [dims, { elements }] = [state.dims(data), state.after.fact(target)];
  if (!dims || !elements) return node;
  const offset = elements.length - dims.length;
  const entries = elements.map((entry, index) => {
    const dim = dims[index - offset] ?? null;
    return typeof dim === 'string' && typeof entry === 'number' && entry === state.witness(dim) ? 1 : entry;
  });
  if (entries.every((entry, index) => entry === elements[index])) return node;
  return { ...node, inputs: [data, state.shape(entries, data, target)] };
};

/** An end at the exported size means the end. */
const slice: Free = (state, node) => {
  const [data = '', starts = '', ends = '', axes = ''] = node.inputs;
  const dims = state.dims(data);
  const { elements } = state.after.fact(ends);
  const picked = axes === '' ? elements?.map((_, index) => index) : state.after.numbers(axes);
  if (!dims?.some(isNamed) || !elements || !picked) return node;
  const entries = elements.map((end, index) => {
    const dim = dims[axisOf(picked[index] ?? 0, dims.length) ?? -1] ?? null;
    const size = typeof dim === 'string' ? state.witness(dim) : null;
    return typeof end === 'number' && size !== null && end >= size ? theEnd : end;
  });
  if (!entries.every((end) => typeof end === 'number') || entries.every((end, index) => end === elements[index])) {
    return node;
  }
  return { ...node, inputs: [data, starts, state.integers(entries, ends), ...node.inputs.slice(3)] };
};

/** Sizes of a split along a free dimension: the largest part takes what is left. */
const split: Free = (state, node) => {
  const [data = '', sizes = ''] = node.inputs;
  const dims = state.dims(data);
  const axis = dims ? axisOf(intAttribute(node, 'axis', 0), dims.length) : null;
  const parts = sizes === '' ? null : state.after.numbers(sizes);
  if (!dims || axis === null || !isNamed(dims[axis]) || !parts) return node;
  const largest = parts.indexOf(Math.max(...parts));
  const before = (index: number): number => parts.slice(0, index).reduce((sum, part) => sum + part, 0);
  const after = (index: number): number => -parts.slice(index).reduce((sum, part) => sum + part, 0);
  return node.outputs.flatMap((output, index): Node[] => {
    if (output === '') return [];
    const start = index <= largest ? before(index) : after(index);
    const end = index < largest ? before(index + 1) : index === parts.length - 1 ? theEnd : after(index + 1);
    const bounds = [start, end, axis].map((bound) => state.integers([bound], output));
    return [
      { ...node, name: output, op: 'Slice', inputs: [data, ...bounds], outputs: [output], attributes: new Map() },
    ];
  });
};

/** The last index along a free dimension stays the last. */
const gather: Free = (state, node) => {
  const [data = '', indices = ''] = node.inputs;
  const dims = state.dims(data);
  const axis = dims ? axisOf(intAttribute(node, 'axis', 0), dims.length) : null;
  const size = axis === null ? null : state.witness(dims?.[axis] ?? null);
  const picked = state.after.numbers(indices);
  const shape = numericDims(state.dims(indices));
  if (!dims || axis === null || !isNamed(dims[axis]) || size === null || size <= 2 || !picked || !shape) return node;
  if (!picked.includes(size - 1)) return node;
  if (picked.length > 1) throw fixedSize(node, `it picks entries up to ${String(size - 1)}`);
  return { ...node, inputs: [data, state.constant(intTensor([-1], shape), indices)] };
};

const squeeze: Free = (state, node) => {
  const [data = '', axes = ''] = node.inputs;
  const dims = state.dims(data);
  if (!dims?.some(isNamed)) return node;
  if (axes === '') {
    const ones = dims.flatMap((dim, index) => (dim === 1 ? [index] : []));
    return { ...node, inputs: [data, state.integers(ones, data)] };
  }
  const dropped = state.after.numbers(axes)?.map((axis) => dims[axisOf(axis, dims.length) ?? -1]);
  if (dropped?.some(isNamed)) throw fixedSize(node, 'a free dimension is removed');
  return node;
};

/** Sizes of a Resize that repeat free dimensions of its input. */
const resize: Free = (state, node) => {
  const [data = '', , , sizes = ''] = node.inputs;
  const dims = state.dims(data);
  const entries = sizes === '' ? undefined : state.after.fact(sizes).elements;
  if (!dims?.some(isNamed) || entries?.length !== dims.length) return node;
  const free = entries.map((entry, index) => {
    const dim = dims[index] ?? null;
    return typeof dim === 'string' && typeof entry === 'number' && entry === state.witness(dim) ? dim : entry;
  });
  if (free.every((entry, index) => entry === entries[index])) return node;
  return { ...node, inputs: [...node.inputs.slice(0, 3), state.shape(free, data, sizes)] };
};

const concat: Free = (state, node) => {
  const rank = node.inputs.map((input) => state.dims(input)?.length).find((length) => length !== undefined);
  const axis = rank === undefined ? null : axisOf(intAttribute(node, 'axis', 0), rank);
  return axis === null ? node : withFreeOperands(state, node, axis, true);
};

const operands: Free = (state, node) => withFreeOperands(state, node, null, false);

const rules: Readonly<Record<string, Free>> = {
  ...Object.fromEntries([...broadcasting].map((op) => [op, operands])),
  Reshape: reshape,
  Expand: expand,
  Slice: slice,
  Split: split,
  Gather: gather,
  Squeeze: squeeze,
  Resize: resize,
  Concat: concat,
};

/**
 * The model with the dimensions of `inputs`, which may be names where they were numbers: it runs at any size of those.
 * An input has to declare the size it was exported with, since that is what is looked for: not by number, but along
 * the values that come from the input. Takes models of operator set 13 or newer.
 * @throws AppError `MODEL_UNSUPPORTED` where a fixed size carries meaning of its own, such as a position embedding.
 */
export function freeShapes(model: Model, inputs: ReadonlyMap<string, readonly Dimension[]>): Model {
  const { graph } = model;
  const state = new Freeing(graph, inputs);
  for (const node of graph.nodes) {
    state.before.step(node);
    const rule = node.domain === '' && Object.hasOwn(rules, node.op) ? rules[node.op] : undefined;
    const result = rule ? rule(state, node) : node;
    for (const free of Array.isArray(result) ? (result as readonly Node[]) : [result as Node]) state.push(free);
  }
  const { nodes, initializers } = state;
  return {
    ...model,
    graph: prune({
      name: graph.name,
      nodes,
      initializers,
      inputs: graph.inputs.map((info) => ({ ...info, dims: inputs.get(info.name) ?? info.dims })),
      outputs: graph.outputs.map((info) => ({ ...info, dims: state.dims(info.name) ?? null })),
    }),
  };
}
