/** Shapes of operators that make tensors from attributes, shapes or nothing, and of control flow. */

import { constantTensor } from '../constant-node.js';
import { intAttribute } from '../graph.js';
import type { Dimension } from '../graph.js';
import { dataTypeOf } from '../tensor.js';
import { type Fact, type Rule, type Rules, numericElements, unknownDims } from './fact.js';

const constant: Rule = (site) => {
  const tensor = constantTensor(site.node);
  return tensor ? [site.tensor(tensor)] : [];
};

const shape: Rule = (site) => {
  const { dims } = site.input(0);
  if (dims === null) return [{ type: 'int64', dims: [null] }];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + dims.length : at, 0), dims.length);
  const start = clamp(intAttribute(site.node, 'start', 0));
  const elements = dims.slice(start, clamp(intAttribute(site.node, 'end', dims.length)));
  return [{ type: 'int64', dims: [elements.length], elements }];
};

const size: Rule = (site) => {
  const { dims } = site.input(0);
  return [{ type: 'int64', dims: [], elements: [dims === null ? null : site.algebra.product(dims)] }];
};

/** The shape that a value holds: its elements, or nulls when only their number is known. */
export function shapeFrom(fact: Fact): readonly Dimension[] | null {
  if (fact.elements) return fact.elements;
  const rank = fact.dims?.[0];
  return fact.dims?.length === 1 && typeof rank === 'number' && rank <= 64 ? unknownDims(rank) : null;
}

const constantOfShape: Rule = (site) => {
  const value = site.node.attributes.get('value');
  return [{ type: value?.kind === 'tensor' ? value.value.type : 'float32', dims: shapeFrom(site.input(0)) }];
};

const range: Rule = (site) => {
  const { type } = site.input(0);
  const [start, limit, delta] = [0, 1, 2].map((index) => site.input(index).elements?.[0] ?? null);
  if (typeof start === 'number' && typeof limit === 'number' && typeof delta === 'number' && delta !== 0) {
    return [{ type, dims: [Math.max(0, Math.ceil((limit - start) / delta))] }];
  }
  const symbolic = delta === 1 && start !== undefined && limit !== undefined && type !== 'float32';
  return [{ type, dims: [symbolic ? site.algebra.subtract(limit, start) : null] }];
};

const oneHot: Rule = (site) => {
  const { dims } = site.input(0);
  if (dims === null) return [{ type: site.input(2).type, dims: null }];
  const axis = intAttribute(site.node, 'axis', -1);
  const at = axis < 0 ? axis + dims.length + 1 : axis;
  return [{ type: site.input(2).type, dims: dims.toSpliced(at, 0, site.input(1).elements?.[0] ?? null) }];
};

const random: Rule = (site) => [
  { type: dataTypeOf(intAttribute(site.node, 'dtype', 1)), dims: site.has(0) ? site.input(0).dims : null },
];

function same(a: Fact, b: Fact): Fact {
  const type = a.type === b.type ? a.type : undefined;
  if (a.dims?.length !== b.dims?.length || a.dims === null) return { type, dims: null };
  return { type, dims: a.dims.map((dim, index) => (dim === b.dims?.[index] ? dim : null)) };
}

const conditional: Rule = (site) => {
  const branch = (name: string): readonly Fact[] => {
    const attribute = site.node.attributes.get(name);
    return attribute?.kind === 'graph' ? site.inside(attribute.value) : [];
  };
  const condition = numericElements(site.input(0))?.[0];
  if (condition !== undefined) return branch(condition === 0 ? 'else_branch' : 'then_branch');
  const otherwise = branch('else_branch');
  return branch('then_branch').map((fact, index) => same(fact, otherwise[index] ?? { type: undefined, dims: null }));
};

/** Loop outputs have the declared types of the body's outputs after its condition; their shapes change from turn to turn. */
const loop: Rule = (site) => {
  const body = site.node.attributes.get('body');
  if (body?.kind !== 'graph') return [];
  return body.value.outputs.slice(1).map(({ type }) => ({ type, dims: null }));
};

export const sourceRules: Rules = {
  Constant: constant,
  Shape: shape,
  Size: size,
  ConstantOfShape: constantOfShape,
  Range: range,
  OneHot: oneHot,
  RandomNormalLike: random,
  RandomUniformLike: random,
  RandomNormal: random,
  RandomUniform: random,
  If: conditional,
  Loop: loop,
};
