/** GraphProto, NodeProto, AttributeProto and FunctionProto to the intermediate representation; numbers are field numbers of onnx.proto. */

import type { Attribute, Dimension, Graph, Node, ValueInfo } from './graph.js';
import type { LocalFunction } from './passes/inline-functions.js';
import { readSparseTensor } from './read-sparse-tensor.js';
import { type ExternalTensor, readTensor } from './read-tensor.js';
import { type DataType, type Tensor, dataTypeOf } from './tensor.js';
import { WireError, type WireReader, readFields } from './wire.js';

/** Graphs nest through Loop, If and Scan; nobody nests deeper than this on purpose. */
const deepest = 16;

/** What the parts of a model report besides themselves while they are read. */
export interface ReadContext {
  /** A tensor whose bytes lie in another file. */
  readonly external: (tensor: ExternalTensor) => void;
  /** Attributes of a node inside a function that stand for attributes of its call: the caller's name by the node's. */
  readonly references: Map<Node, Map<string, string>>;
}

/** `ai.onnx` is the long name of the standard operators. */
function domainOf(name: string): string {
  return name === 'ai.onnx' ? '' : name;
}

interface AttributeParts {
  name: string;
  reference: string;
  type: number;
  float?: number;
  int?: number;
  text?: string;
  tensor?: Tensor;
  graph?: Graph;
  readonly floats: number[];
  readonly ints: number[];
  readonly strings: string[];
}

/** The type of an attribute: what it says, or for the oldest files what it holds. */
function attributeType(parts: AttributeParts): number {
  if (parts.type !== 0) return parts.type;
  if (parts.float !== undefined) return 1;
  if (parts.int !== undefined) return 2;
  if (parts.text !== undefined) return 3;
  if (parts.tensor) return 4;
  if (parts.graph) return 5;
  if (parts.floats.length > 0) return 6;
  if (parts.ints.length > 0) return 7;
  return parts.strings.length > 0 ? 8 : 0;
}

function attributeOf(parts: AttributeParts): Attribute | undefined {
  switch (attributeType(parts)) {
    case 1:
      return { kind: 'float', value: parts.float ?? 0 };
    case 2:
      return { kind: 'int', value: parts.int ?? 0 };
    case 3:
      return { kind: 'string', value: parts.text ?? '' };
    case 4:
    case 11:
      return parts.tensor && { kind: 'tensor', value: parts.tensor };
    case 5:
      return parts.graph && { kind: 'graph', value: parts.graph };
    case 6:
      return { kind: 'floats', value: parts.floats };
    case 7:
      return { kind: 'ints', value: parts.ints };
    case 8:
      return { kind: 'strings', value: parts.strings };
    default:
      return undefined;
  }
}

function readAttribute(reader: WireReader, depth: number, context: ReadContext): AttributeParts {
  const parts: AttributeParts = { name: '', reference: '', type: 0, floats: [], ints: [], strings: [] };
  reader.spend(200);
  readFields(reader, {
    1: (r) => (parts.name = r.string()),
    2: (r) => (parts.float = r.float()),
    3: (r) => (parts.int = r.int()),
    4: (r) => (parts.text = r.string()),
    5: (r) => (parts.tensor = readTensor(r.message(), context.external).tensor),
    6: (r) => (parts.graph = readGraph(r.message(), depth + 1, context)),
    7: (r, wire) => {
      r.floats(wire, parts.floats);
    },
    8: (r, wire) => {
      r.ints(wire, parts.ints);
    },
    9: (r) => parts.strings.push(r.string()),
    20: (r) => (parts.type = r.varint()),
    21: (r) => (parts.reference = r.string()),
    22: (r) => (parts.tensor = readSparseTensor(r.message()).tensor),
  });
  return parts;
}

/** A Constant holds a sparse value as the dense one that it stands for. */
function attributeName(op: string, parts: AttributeParts): string {
  return op === 'Constant' && parts.name === 'sparse_value' ? 'value' : parts.name;
}

function readNode(reader: WireReader, depth: number, context: ReadContext): Node {
  const start = reader.offset;
  const inputs: string[] = [];
  const outputs: string[] = [];
  const found: AttributeParts[] = [];
  let name = '';
  let op = '';
  let domain = '';
  let overload = '';
  reader.spend(400);
  readFields(reader, {
    1: (r) => inputs.push(r.string()),
    2: (r) => outputs.push(r.string()),
    3: (r) => (name = r.string()),
    4: (r) => (op = r.string()),
    5: (r) => found.push(readAttribute(r.message(), depth, context)),
    7: (r) => (domain = r.string()),
    8: (r) => (overload = r.string()),
  });
  if (op === '') throw new WireError(`Node '${name}' has no operator`, start);
  const attributes = new Map<string, Attribute>();
  const references = new Map<string, string>();
  for (const parts of found) {
    const key = attributeName(op, parts);
    if (attributes.has(key) || references.has(key))
      throw new WireError(`Node '${name}' has two attributes '${key}'`, start);
    const attribute = parts.reference === '' ? attributeOf(parts) : undefined;
    if (attribute) attributes.set(key, attribute);
    else if (parts.reference !== '') references.set(key, parts.reference);
    else throw new WireError(`Attribute '${key}' of node '${name}' (${op}) has type ${String(parts.type)}`, start);
  }
  const node = {
    name,
    op: overload === '' ? op : `${op}:${overload}`,
    domain: domainOf(domain),
    inputs,
    outputs,
    attributes,
  };
  if (references.size > 0) context.references.set(node, references);
  return node;
}

function readDimension(reader: WireReader): Dimension {
  let dimension: Dimension = null;
  reader.spend(32);
  readFields(reader, { 1: (r) => (dimension = r.int()), 2: (r) => (dimension = r.string()) });
  // A negative size is how some exporters write an unknown one.
  return typeof dimension === 'number' && dimension < 0 ? null : dimension;
}

function readShape(reader: WireReader): Dimension[] {
  const shape: Dimension[] = [];
  readFields(reader, { 1: (dim) => shape.push(readDimension(dim.message())) });
  return shape;
}

/** A value's name, type and shape; `untyped` when the file does not say its type or it is no tensor. */
function readValueInfo(reader: WireReader): ValueInfo {
  let name = '';
  let type: DataType | undefined;
  let dims: Dimension[] | null = null;
  reader.spend(200);
  readFields(reader, {
    1: (r) => (name = r.string()),
    2: (r) => {
      readFields(r.message(), {
        1: (inner) => {
          readFields(inner.message(), {
            1: (element) => (type = dataTypeOf(element.varint())),
            2: (shape) => (dims = readShape(shape.message())),
          });
        },
      });
    },
  });
  return type === undefined ? { name, type: 'float32', dims: null, untyped: true } : { name, type, dims };
}

/** A graph while it is read; a second message of the same graph adds to it, as protocol buffers want. */
interface GraphParts {
  name: string;
  readonly nodes: Node[];
  readonly initializers: Map<string, Tensor>;
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly valueInfo: ValueInfo[];
}

export function emptyGraph(): GraphParts {
  return { name: '', nodes: [], initializers: new Map(), inputs: [], outputs: [], valueInfo: [] };
}

/** Reads a GraphProto into `parts`. */
export function readGraphInto(parts: GraphParts, reader: WireReader, depth: number, context: ReadContext): void {
  if (depth > deepest) throw new WireError('Graphs are nested too deeply', reader.offset);
  reader.spend(400);
  const addConstant = ({ name, tensor }: { name: string; tensor: Tensor }, at: number): void => {
    if (parts.initializers.has(name)) throw new WireError(`There are two tensors '${name}'`, at);
    parts.initializers.set(name, tensor);
  };
  readFields(reader, {
    1: (r) => parts.nodes.push(readNode(r.message(), depth, context)),
    2: (r) => (parts.name = r.string()),
    5: (r) => {
      addConstant(readTensor(r.message(), context.external), r.offset);
    },
    11: (r) => parts.inputs.push(readValueInfo(r.message())),
    12: (r) => parts.outputs.push(readValueInfo(r.message())),
    13: (r) => {
      const info = readValueInfo(r.message());
      if (!info.untyped) parts.valueInfo.push(info);
    },
    15: (r) => {
      addConstant(readSparseTensor(r.message()), r.offset);
    },
  });
}

/** The graph as it was read. */
export function graphOf(parts: GraphParts): Graph {
  const { valueInfo, ...graph } = parts;
  return valueInfo.length > 0 ? { ...graph, valueInfo } : graph;
}

function readGraph(reader: WireReader, depth: number, context: ReadContext): Graph {
  const parts = emptyGraph();
  readGraphInto(parts, reader, depth, context);
  return graphOf(parts);
}

/** An OperatorSetIdProto. */
export function readOpset(reader: WireReader): [domain: string, version: number] {
  let domain = '';
  let version = 0;
  readFields(reader, { 1: (r) => (domain = r.string()), 2: (r) => (version = r.varint()) });
  return [domainOf(domain), version];
}

/** Reads a FunctionProto. */
export function readFunction(reader: WireReader, context: ReadContext): LocalFunction {
  const nodes: Node[] = [];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const opsets = new Map<string, number>();
  const defaults = new Map<string, Attribute>();
  let name = '';
  let domain = '';
  let overload = '';
  reader.spend(600);
  readFields(reader, {
    1: (r) => (name = r.string()),
    4: (r) => inputs.push(r.string()),
    5: (r) => outputs.push(r.string()),
    7: (r) => nodes.push(readNode(r.message(), 1, context)),
    9: (r) => opsets.set(...readOpset(r.message())),
    10: (r) => (domain = r.string()),
    11: (r) => {
      const parts = readAttribute(r.message(), 1, context);
      const attribute = attributeOf(parts);
      if (attribute) defaults.set(parts.name, attribute);
    },
    13: (r) => (overload = r.string()),
  });
  return {
    name: overload === '' ? name : `${name}:${overload}`,
    domain: domainOf(domain),
    inputs,
    outputs,
    nodes,
    opsets,
    defaults,
  };
}
