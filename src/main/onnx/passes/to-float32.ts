/** Brings graphs in half or double precision to float32. */

import { constantTensor } from '../constant-node.js';
import type { Attribute, Graph, Model, Node } from '../graph.js';
import { allNames, freshNames, subgraphs } from '../scopes.js';
import { elementsOf } from '../shapes/elements.js';
import { type DataType, type Tensor, dataTypeOf, dataTypes, elementCount, floatTensor } from '../tensor.js';
import { retyped, withGraphs } from './graph-types.js';

const others: ReadonlySet<DataType> = new Set(['float16', 'bfloat16', 'float64']);
/** Constants up to this size are converted: factors and epsilons that the reader of a graph wants to see as numbers. */
const small = 64;

function float32(type: DataType): DataType {
  return others.has(type) ? 'float32' : type;
}

function converted(tensor: Tensor): Tensor {
  return { ...floatTensor(Float32Array.from(elementsOf(tensor) ?? []), tensor.dims) };
}

function cast(input: string, output: string): Node {
  const to: Attribute = { kind: 'int', value: dataTypes.float32.code };
  return {
    name: output,
    op: 'Cast',
    domain: '',
    inputs: [input],
    outputs: [output],
    attributes: new Map([['to', to]]),
  };
}

/** Attributes that hold the number of a data type. */
const typeAttributes: ReadonlySet<string> = new Set(['to', 'dtype', 'output_dtype', 'output_type', 'stash_type']);

function withFloat32(name: string, attribute: Attribute): Attribute {
  if (attribute.kind === 'tensor' && others.has(attribute.value.type)) {
    return { kind: 'tensor', value: converted(attribute.value) };
  }
  if (attribute.kind !== 'int' || !typeAttributes.has(name)) return attribute;
  const type = dataTypeOf(attribute.value);
  return type !== undefined && others.has(type) ? { kind: 'int', value: dataTypes.float32.code } : attribute;
}

type Fresh = (hint: string) => string;

/** Puts a constant under its name: converted when it is small, else stored as it is behind a Cast. */
function place(name: string, tensor: Tensor, initializers: Map<string, Tensor>, nodes: Node[], fresh: Fresh): void {
  if (elementCount(tensor.dims) <= small) {
    initializers.set(name, converted(tensor));
    return;
  }
  const stored = fresh(`${name}_stored`);
  initializers.set(stored, tensor);
  nodes.push(cast(stored, name));
}

function rewritten(graph: Graph, fresh: Fresh): Graph {
  const initializers = new Map<string, Tensor>();
  const nodes: Node[] = [];
  for (const [name, tensor] of graph.initializers) {
    if (others.has(tensor.type)) place(name, tensor, initializers, nodes, fresh);
    else initializers.set(name, tensor);
  }
  for (const node of graph.nodes) {
    const tensor = constantTensor(node);
    if (tensor && others.has(tensor.type) && node.outputs[0] !== undefined) {
      place(node.outputs[0], tensor, initializers, nodes, fresh);
      continue;
    }
    const attributes = [...node.attributes].map(([name, value]): [string, Attribute] => [
      name,
      withFloat32(name, value),
    ]);
    nodes.push(withGraphs({ ...node, attributes: new Map(attributes) }, (inner) => rewritten(inner, fresh)));
  }
  return {
    ...graph,
    nodes,
    initializers,
    // A constant behind a Cast is written by a node: it cannot be an input too.
    inputs: retyped(graph.inputs, float32).filter(
      ({ name }) => !graph.initializers.has(name) || initializers.has(name),
    ),
    outputs: retyped(graph.outputs, float32),
    ...(graph.valueInfo && { valueInfo: retyped(graph.valueInfo, float32) }),
  };
}

function hasOthers(graph: Graph): boolean {
  if ([...graph.inputs, ...graph.outputs].some(({ type }) => others.has(type))) return true;
  if ([...graph.initializers.values()].some(({ type }) => others.has(type))) return true;
  return graph.nodes.some((node) => {
    if (subgraphs(node).some(hasOthers)) return true;
    return [...node.attributes].some(([name, attribute]) => withFloat32(name, attribute) !== attribute);
  });
}

/**
 * The model with float16, bfloat16 and float64 values in float32, its inputs and outputs included. Large weights stay
 * stored as they are, each behind a Cast; a model without such values comes back as it is.
 */
export function toFloat32(model: Model): Model {
  if (!hasOthers(model.graph)) return model;
  return { ...model, graph: rewritten(model.graph, freshNames(allNames(model.graph))) };
}
