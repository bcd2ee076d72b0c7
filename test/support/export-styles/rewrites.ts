/** What other tools do to a finished export: rename, reorder, list weights as inputs, add outputs, change the stored types. */

import type { Attribute, Graph, Model, Node, ValueInfo } from '../../../src/main/onnx/graph.js';
import { renameValues } from '../../../src/main/onnx/rename.js';
import { type Tensor, dataTypes, floatsOf } from '../../../src/main/onnx/tensor.js';
import { toBfloat, toHalf } from './number-formats.js';
import { uniform } from './random.js';

function withGraph(model: Model, changes: Partial<Graph>): Model {
  return { ...model, graph: { ...model.graph, ...changes } };
}

/** Every value inside the graph (not its inputs and outputs) under the name that `rename` gives. */
export function renamed(model: Model, rename: (name: string) => string): Model {
  const { graph } = model;
  const kept = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  return { ...model, graph: renameValues(graph, (name) => (kept.has(name) ? name : rename(name))) };
}

/** Nodes in random order, as graph editing tools leave them; still without cycles. */
export function shuffled(model: Model, seed: number): Model {
  const next = uniform(seed);
  const keyed = model.graph.nodes.map((node) => ({ node, key: next() }));
  return withGraph(model, { nodes: keyed.sort((a, b) => a.key - b.key).map(({ node }) => node) });
}

/** Weights listed as inputs too, as files before IR version 4 had to. */
export function weightsAsInputs(model: Model): Model {
  const weights = [...model.graph.initializers].map(([name, { type, dims }]): ValueInfo => ({ name, type, dims }));
  return { ...withGraph(model, { inputs: [...model.graph.inputs, ...weights] }), irVersion: 3 };
}

/** Weights as Constant nodes. */
export function weightsAsNodes(model: Model): Model {
  const nodes = [...model.graph.initializers].map(([name, value]): Node => ({
    name,
    op: 'Constant',
    domain: '',
    inputs: [],
    outputs: [name],
    attributes: new Map([['value', { kind: 'tensor', value } as const]]),
  }));
  return withGraph(model, { nodes: [...nodes, ...model.graph.nodes], initializers: new Map() });
}

/** More outputs after the classifier's own. */
export function withOutputs(model: Model, outputs: readonly ValueInfo[]): Model {
  return withGraph(model, { outputs: [...model.graph.outputs, ...outputs] });
}

/** What a fixed number of normal tensors look like stored by another two-byte format. */
function stored(tensor: Tensor, type: 'float16' | 'bfloat16'): Tensor {
  const bits = Uint16Array.from(floatsOf(tensor), type === 'float16' ? toHalf : toBfloat);
  return { type, dims: tensor.dims, bytes: new Uint8Array(bits.buffer) };
}

function castNode(input: string, output: string, type: 'float32' | 'float16'): Node {
  const to = { kind: 'int', value: dataTypes[type].code } as const;
  return {
    name: `Cast_${output}`,
    op: 'Cast',
    domain: '',
    inputs: [input],
    outputs: [output],
    attributes: new Map([['to', to]]),
  };
}

function halfAttribute(node: Node, name: string, attribute: Attribute): Attribute {
  if (attribute.kind === 'tensor' && attribute.value.type === 'float32')
    return { kind: 'tensor', value: stored(attribute.value, 'float16') };
  const isFloat = attribute.kind === 'int' && attribute.value === dataTypes.float32.code;
  return node.op === 'Cast' && name === 'to' && isFloat ? { kind: 'int', value: dataTypes.float16.code } : attribute;
}

function halfNode(node: Node): Node {
  const attributes = [...node.attributes].map(([name, value]) => [name, halfAttribute(node, name, value)] as const);
  return { ...node, attributes: new Map(attributes) };
}

/** A node that goes on in float32 between casts, as the converters' list of blocked operators asks for. */
function blockedNode(node: Node): readonly Node[] {
  const wide = (name: string): string => `${name}_${node.name}_float`;
  return [
    ...node.inputs.map((name) => castNode(name, wide(name), 'float32')),
    { ...node, inputs: node.inputs.map(wide), outputs: node.outputs.map(wide) },
    ...node.outputs.map((name) => castNode(wide(name), name, 'float16')),
  ];
}

interface HalfOptions {
  /** Whether the ends stay float32, with a Cast each. */
  readonly ends: boolean;
  /** Operators that stay float32. */
  readonly blocked?: readonly string[];
}

/** Everything in float16, as `model.half()` and float16 converters write it. */
export function half(model: Model, { ends, blocked = [] }: HalfOptions): Model {
  const { graph } = model;
  const initializers = new Map(
    [...graph.initializers].map(([name, tensor]) => [
      name,
      tensor.type === 'float32' ? stored(tensor, 'float16') : tensor,
    ]),
  );
  const nodes = graph.nodes.flatMap((node) => (blocked.includes(node.op) ? blockedNode(node) : [halfNode(node)]));
  const typed = (info: ValueInfo): ValueInfo => (info.type === 'float32' ? { ...info, type: 'float16' } : info);
  if (!ends) {
    return withGraph(model, {
      nodes,
      initializers,
      inputs: graph.inputs.map(typed),
      outputs: graph.outputs.map(typed),
    });
  }
  const inner = new Map([...graph.inputs, ...graph.outputs].map(({ name }) => [name, `${name}_half`]));
  const renamedGraph = renameValues({ ...graph, nodes, initializers }, (name) => inner.get(name) ?? name);
  return withGraph(model, {
    nodes: [
      ...graph.inputs.map(({ name }) => castNode(name, `${name}_half`, 'float16')),
      ...renamedGraph.nodes,
      ...graph.outputs.map(({ name }) => castNode(`${name}_half`, name, 'float32')),
    ],
    initializers,
  });
}

/** Matrices in bfloat16 behind a Cast. */
export function bfloatWeights(model: Model): Model {
  const casts: Node[] = [];
  const initializers = new Map<string, Tensor>();
  for (const [name, tensor] of model.graph.initializers) {
    const matrix = tensor.type === 'float32' && tensor.dims.length > 1;
    if (matrix) casts.push(castNode(`${name}_bf16`, name, 'float32'));
    initializers.set(matrix ? `${name}_bf16` : name, matrix ? stored(tensor, 'bfloat16') : tensor);
  }
  return withGraph(model, { nodes: [...casts, ...model.graph.nodes], initializers });
}

/** The picture as bytes, cast to float32 first. */
export function bytePixels(model: Model): Model {
  const { graph } = model;
  const [input, ...rest] = graph.inputs;
  if (!input) throw new RangeError('A classifier has a picture');
  const inner = `${input.name}_float`;
  const renamedGraph = renameValues(graph, (name) => (name === input.name ? inner : name));
  const nodes = [castNode(input.name, inner, 'float32'), ...renamedGraph.nodes];
  return withGraph(model, { nodes, inputs: [{ ...input, type: 'uint8' }, ...rest] });
}
