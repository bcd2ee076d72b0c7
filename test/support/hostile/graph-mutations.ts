/** Damage to what a model means: cycles, absurd shapes, wrong types, doubled names, hostile operators. */

import type { Attribute, Graph, Model, Node, ValueInfo } from '../../../src/main/onnx/graph.js';
import { type DataType, type Tensor, dataTypes, intTensor } from '../../../src/main/onnx/tensor.js';
import { type Chance, absurdSizes } from './chance.js';

type Mutate = (graph: Graph, chance: Chance) => Graph;

function withNode(graph: Graph, chance: Chance, change: (node: Node) => Node): Graph {
  if (graph.nodes.length === 0) return graph;
  const at = chance.below(graph.nodes.length);
  return { ...graph, nodes: graph.nodes.map((node, index) => (index === at ? change(node) : node)) };
}

function withTensor(graph: Graph, chance: Chance, change: (tensor: Tensor) => Tensor): Graph {
  if (graph.initializers.size === 0) return graph;
  const name = chance.pick([...graph.initializers.keys()]);
  const changed = [...graph.initializers].map(
    ([key, tensor]) => [key, key === name ? change(tensor) : tensor] as const,
  );
  return { ...graph, initializers: new Map(changed) };
}

function valuesOf(graph: Graph): string[] {
  return [
    ...graph.nodes.flatMap(({ outputs }) => outputs),
    ...graph.initializers.keys(),
    ...graph.inputs.map(({ name }) => name),
  ];
}

function absurdDims(dims: readonly number[], chance: Chance): number[] {
  if (dims.length === 0 || chance.happens(0.1)) return [chance.pick(absurdSizes), chance.pick(absurdSizes)];
  const at = chance.below(dims.length);
  return dims.map((dim, index) => (index === at ? chance.pick(absurdSizes) : dim));
}

/** Another value than the graph had, often one that comes later. */
const rewire: Mutate = (graph, chance) =>
  withNode(graph, chance, (node) => {
    if (node.inputs.length === 0) return { ...node, inputs: [chance.pick(valuesOf(graph))] };
    const at = chance.below(node.inputs.length);
    const other = chance.happens(0.2) ? (node.outputs[0] ?? '') : chance.pick(valuesOf(graph));
    return { ...node, inputs: node.inputs.map((input, index) => (index === at ? other : input)) };
  });

const doubleName: Mutate = (graph, chance) =>
  withNode(graph, chance, (node) => ({ ...node, outputs: node.outputs.map(() => chance.pick(valuesOf(graph))) }));

const dropNode: Mutate = (graph, chance) => {
  const at = chance.below(graph.nodes.length);
  return { ...graph, nodes: graph.nodes.filter((_, index) => index !== at) };
};

const dropInputs: Mutate = (graph, chance) =>
  withNode(graph, chance, (node) => ({ ...node, inputs: node.inputs.slice(0, chance.below(node.inputs.length + 1)) }));

const operators = [
  'Add',
  'MatMul',
  'Conv',
  'Softmax',
  'Reshape',
  'Expand',
  'Gather',
  'Concat',
  'Split',
  'Identity',
  'Resize',
  'TopK',
];
const strangers = [
  'Loop',
  'If',
  'Scan',
  'NotAnOperator',
  'ConstantOfShape',
  'Range',
  'Tile',
  'Pad',
  'OneHot',
  'Einsum',
  'Attention',
];

const otherOperator: Mutate = (graph, chance) =>
  withNode(graph, chance, (node) => ({
    ...node,
    op: chance.pick([...operators, ...strangers]),
    domain: chance.happens(0.2) ? chance.pick(['com.microsoft', 'nobody.knows', 'ai.onnx.ml']) : node.domain,
  }));

/** The same bytes seen in an impossible shape. */
const otherShape: Mutate = (graph, chance) =>
  withTensor(graph, chance, (tensor) => ({ ...tensor, dims: absurdDims(tensor.dims, chance) }));

/** Shape constants are small int64 tensors: their numbers become absurd. */
const absurdConstant: Mutate = (graph, chance) => {
  const absurd = (tensor: Tensor): Tensor => {
    if (tensor.type !== 'int64' || tensor.bytes.length < 8) return { ...tensor, dims: absurdDims(tensor.dims, chance) };
    const numbers = Array.from({ length: tensor.bytes.length / 8 }, () => chance.pick(absurdSizes));
    return { ...intTensor(numbers), dims: tensor.dims };
  };
  const constants = graph.nodes.flatMap((node, index) => (node.op === 'Constant' ? [index] : []));
  if (constants.length === 0) return withTensor(graph, chance, absurd);
  const at = chance.pick(constants);
  const changed = (node: Node): Node => {
    const value = node.attributes.get('value');
    if (value?.kind !== 'tensor') return node;
    return { ...node, attributes: new Map([['value', { kind: 'tensor', value: absurd(value.value) }]]) };
  };
  return { ...graph, nodes: graph.nodes.map((node, index) => (index === at ? changed(node) : node)) };
};

const types = Object.keys(dataTypes) as DataType[];

const otherType: Mutate = (graph, chance) =>
  withTensor(graph, chance, (tensor) => ({ ...tensor, type: chance.pick(types) }));

/** NaN, infinity, or numbers near the ends of float32. */
const badWeights: Mutate = (graph, chance) =>
  withTensor(graph, chance, (tensor) => {
    const bits = chance.pick([0x7fc00000, 0x7f800000, 0xff800000, 0x7f7fffff, 0x00000001, 0]);
    const words = new Uint32Array(Math.floor(tensor.bytes.length / 4)).fill(bits);
    const bytes = new Uint8Array(tensor.bytes.length);
    bytes.set(new Uint8Array(words.buffer));
    return { ...tensor, bytes };
  });

function absurdAttribute(attribute: Attribute, chance: Chance): Attribute {
  const other: readonly Attribute[] = [
    { kind: 'int', value: chance.pick(absurdSizes) },
    { kind: 'float', value: chance.pick([Number.NaN, -1, 0, 1e38, Number.POSITIVE_INFINITY]) },
    { kind: 'string', value: chance.pick(['', 'none', '...', 'abc,cde->abde', 'x'.repeat(5000)]) },
    { kind: 'ints', value: Array.from({ length: chance.below(8) }, () => chance.pick(absurdSizes)) },
    { kind: 'floats', value: [Number.NaN, 1] },
    { kind: 'tensor', value: intTensor([chance.pick(absurdSizes)]) },
  ];
  if (chance.happens(0.5)) return chance.pick(other);
  return other.find(({ kind }) => kind === attribute.kind) ?? chance.pick(other);
}

const otherAttribute: Mutate = (graph, chance) => {
  const able = graph.nodes.flatMap(({ attributes }, index) => (attributes.size > 0 ? [index] : []));
  if (able.length === 0) return graph;
  const at = chance.pick(able);
  const changed = (node: Node): Node => {
    const name = chance.pick([...node.attributes.keys()]);
    const attributes = [...node.attributes].map(
      ([key, value]) => [key, key === name ? absurdAttribute(value, chance) : value] as const,
    );
    return { ...node, attributes: new Map(attributes) };
  };
  return { ...graph, nodes: graph.nodes.map((node, index) => (index === at ? changed(node) : node)) };
};

const otherInput: Mutate = (graph, chance) => {
  const absurd = (info: ValueInfo): ValueInfo => ({
    name: chance.happens(0.1) ? chance.pick(valuesOf(graph)) : info.name,
    type: chance.happens(0.3) ? chance.pick(types) : info.type,
    dims: chance.happens(0.1)
      ? null
      : absurdDims(
          (info.dims ?? []).map((dim) => (typeof dim === 'number' ? dim : 1)),
          chance,
        ),
  });
  return chance.happens(0.7)
    ? { ...graph, inputs: graph.inputs.map(absurd) }
    : { ...graph, outputs: graph.outputs.map(absurd) };
};

function hostileNode(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): Node {
  return {
    name: `hostile_${output}`,
    op,
    domain: '',
    inputs,
    outputs: [output],
    attributes: new Map(Object.entries(attributes)),
  };
}

/** An operator that makes something huge of a few bytes, put on an edge of the graph. */
const explosion: Mutate = (graph, chance) => {
  const at = chance.below(graph.nodes.length);
  const target = graph.nodes[at];
  const source = target?.inputs.find((input) => input !== '');
  if (!target || source === undefined) return graph;
  const size = intTensor([
    chance.pick([1, 2 ** 16, 2 ** 33]),
    chance.pick([2 ** 16, 2 ** 20]),
    chance.pick([1, 2 ** 16]),
  ]);
  const big = ((): readonly Node[] => {
    switch (chance.below(6)) {
      case 0:
        return [hostileNode('Expand', ['hostile_scalar', 'hostile_size'], 'hostile_value')];
      case 1:
        return [hostileNode('ConstantOfShape', ['hostile_size'], 'hostile_value')];
      case 2:
        return [hostileNode('Tile', ['hostile_cube', 'hostile_size'], 'hostile_value')];
      case 3:
        return [hostileNode('Range', ['hostile_zero', 'hostile_limit', 'hostile_one'], 'hostile_value')];
      case 4:
        return [hostileNode('Pad', ['hostile_cube', 'hostile_pads'], 'hostile_value')];
      default:
        return [hostileNode('Resize', ['hostile_cube', '', '', 'hostile_size'], 'hostile_value')];
    }
  })();
  const rewired = { ...target, inputs: target.inputs.map((input) => (input === source ? 'hostile_value' : input)) };
  const scalar = (value: number): Tensor => intTensor([value], []);
  const float: Tensor = { type: 'float32', dims: [1, 1, 1], bytes: new Uint8Array(4) };
  return {
    ...graph,
    nodes: [...graph.nodes.slice(0, at), ...big, rewired, ...graph.nodes.slice(at + 1)],
    initializers: new Map([
      ...graph.initializers,
      ['hostile_size', size],
      ['hostile_scalar', float],
      ['hostile_cube', float],
      ['hostile_pads', intTensor([0, 0, 0, 2 ** 16, 2 ** 18, 2 ** 10])],
      ['hostile_zero', scalar(0)],
      ['hostile_limit', scalar(2 ** 40)],
      ['hostile_one', scalar(1)],
    ]),
  };
};

/** A Loop that never ends, on an edge of the graph. */
const endlessLoop: Mutate = (graph, chance) => {
  const at = chance.below(graph.nodes.length);
  const target = graph.nodes[at];
  const source = target?.inputs.find((input) => input !== '');
  if (!target || source === undefined) return graph;
  const info = (name: string, type: DataType): ValueInfo => ({ name, type, dims: null });
  const body: Graph = {
    name: 'body',
    nodes: [
      hostileNode('Identity', ['condition_in'], 'condition_out'),
      hostileNode('Add', ['carried_in', 'carried_in'], 'carried_out'),
    ],
    initializers: new Map(),
    inputs: [info('iteration', 'int64'), info('condition_in', 'bool'), info('carried_in', 'float32')],
    outputs: [info('condition_out', 'bool'), info('carried_out', 'float32')],
  };
  const trips = chance.happens(0.5) ? 'hostile_trips' : '';
  const loop = hostileNode('Loop', [trips, 'hostile_true', source], 'hostile_value', {
    body: { kind: 'graph', value: body },
  });
  const rewired = { ...target, inputs: target.inputs.map((input) => (input === source ? 'hostile_value' : input)) };
  return {
    ...graph,
    nodes: [...graph.nodes.slice(0, at), loop, rewired, ...graph.nodes.slice(at + 1)],
    initializers: new Map([
      ...graph.initializers,
      ['hostile_trips', intTensor([2 ** 50], [])],
      ['hostile_true', { type: 'bool', dims: [], bytes: Uint8Array.of(1) }],
    ]),
  };
};

/** A chain of operators that each double a value, short in the file and endless in memory. */
const doubling: Mutate = (graph, chance) => {
  const at = chance.below(graph.nodes.length);
  const target = graph.nodes[at];
  const source = target?.inputs.find((input) => input !== '');
  if (!target || source === undefined) return graph;
  const count = chance.between(20, 60);
  const chain = Array.from({ length: count }, (_, index) => {
    const before = index === 0 ? source : `hostile_${String(index - 1)}`;
    return hostileNode('Concat', [before, before], `hostile_${String(index)}`, { axis: { kind: 'int', value: 0 } });
  });
  const last = `hostile_${String(count - 1)}`;
  const rewired = { ...target, inputs: target.inputs.map((input) => (input === source ? last : input)) };
  return { ...graph, nodes: [...graph.nodes.slice(0, at), ...chain, rewired, ...graph.nodes.slice(at + 1)] };
};

const strangeNames: Mutate = (graph, chance) => {
  const odd = chance.pick(['', '__proto__', 'constructor', '\u0000', 'a'.repeat(20_000), '\ud83d\ude00', '../../x']);
  return withNode(graph, chance, (node) => ({ ...node, name: odd, outputs: node.outputs.map(() => odd) }));
};

const kinds: readonly Mutate[] = [
  rewire,
  rewire,
  doubleName,
  dropNode,
  dropInputs,
  otherOperator,
  otherShape,
  absurdConstant,
  absurdConstant,
  otherType,
  badWeights,
  otherAttribute,
  otherAttribute,
  otherInput,
  explosion,
  explosion,
  endlessLoop,
  doubling,
  strangeNames,
];

/** The model damaged in one or two ways. */
export function damageGraph(model: Model, chance: Chance): Model {
  let { graph } = model;
  for (let count = chance.between(1, 2); count > 0; count -= 1) graph = chance.pick(kinds)(graph, chance);
  if (!chance.happens(0.05)) return { ...model, graph };
  const opset = chance.pick([0, 1, 7, 10, 99, 2 ** 40]);
  return { ...model, graph, opsets: new Map([...model.opsets, ['', opset]]) };
}
