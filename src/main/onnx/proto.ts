/** ModelProto to and from the intermediate representation; numbers are field numbers of onnx.proto. */

import { AppError } from '../../shared/errors.js';
import type { Attribute, Dimension, Graph, Model, Node, ValueInfo } from './graph.js';
import { type DataType, type Tensor, dataTypeOf, dataTypes, elementCount } from './tensor.js';
import { WireError, WireReader, type WireType, WireWriter } from './wire.js';

/** Graphs nest through Loop, If and Scan; nobody nests deeper than this on purpose. */
const deepest = 16;

type FieldReaders = Readonly<Record<number, (reader: WireReader, wire: WireType) => void>>;

function readFields(reader: WireReader, fields: FieldReaders): void {
  while (!reader.done) {
    const { field, wire } = reader.tag();
    const read = fields[field];
    if (read) read(reader, wire);
    else reader.skip(wire);
  }
}

function tensorBytesFromLists(type: DataType, floats: readonly number[], ints: readonly number[]): Uint8Array {
  const size = dataTypes[type].bytes;
  const count = floats.length || ints.length;
  const bytes = new Uint8Array(count * size);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index += 1) {
    const at = index * size;
    if (type === 'float32') view.setFloat32(at, floats[index] ?? 0, true);
    else if (type === 'float64') view.setFloat64(at, floats[index] ?? 0, true);
    else if (size === 8) view.setBigInt64(at, BigInt(ints[index] ?? 0), true);
    else if (size === 4) view.setInt32(at, ints[index] ?? 0, true);
    else if (size === 2) view.setUint16(at, (ints[index] ?? 0) & 0xffff, true);
    else view.setUint8(at, (ints[index] ?? 0) & 0xff);
  }
  return bytes;
}

function readTensor(reader: WireReader): { name: string; tensor: Tensor } {
  const start = reader.offset;
  const dims: number[] = [];
  const floats: number[] = [];
  const ints: number[] = [];
  let code = 0;
  let name = '';
  const found: { raw?: Uint8Array; external?: boolean } = {};
  readFields(reader, {
    1: (r, wire) => dims.push(...r.ints(wire)),
    2: (r) => (code = r.varint()),
    4: (r, wire) => pushAll(floats, r.floats(wire)),
    5: (r, wire) => pushAll(ints, r.ints(wire)),
    7: (r, wire) => pushAll(ints, r.ints(wire)),
    8: (r) => (name = r.string()),
    9: (r) => (found.raw = r.bytes()),
    13: (r) => {
      found.external = true;
      r.bytes();
    },
  });
  if (found.external) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `The weight '${name}' lies in a separate data file.`,
      'Export the model as a single .onnx file.',
    );
  }
  const type = dataTypeOf(code);
  if (type === undefined || type === 'string') throw new WireError(`Tensor '${name}' has type ${String(code)}`, start);
  if (dims.some((dim) => dim < 0)) throw new WireError(`Tensor '${name}' has a negative dimension`, start);
  const bytes = found.raw ?? tensorBytesFromLists(type, floats, ints);
  if (bytes.length !== elementCount(dims) * dataTypes[type].bytes) {
    throw new WireError(`Tensor '${name}' has ${String(bytes.length)} bytes for shape [${dims.join(', ')}]`, start);
  }
  return { name, tensor: { type, dims, bytes } };
}

function pushAll(target: number[], values: readonly number[]): void {
  for (const value of values) target.push(value);
}

function readAttribute(reader: WireReader, depth: number): [string, Attribute] {
  const start = reader.offset;
  let name = '';
  let type = 0;
  let float = 0;
  let int = 0;
  let text = '';
  let tensor: Tensor | undefined;
  let graph: Graph | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  const strings: string[] = [];
  readFields(reader, {
    1: (r) => (name = r.string()),
    2: (r) => (float = r.float()),
    3: (r) => (int = r.int()),
    4: (r) => (text = r.string()),
    5: (r) => (tensor = readTensor(r.message()).tensor),
    6: (r) => (graph = readGraph(r.message(), depth + 1)),
    7: (r, wire) => pushAll(floats, r.floats(wire)),
    8: (r, wire) => pushAll(ints, r.ints(wire)),
    9: (r) => strings.push(r.string()),
    20: (r) => (type = r.varint()),
  });
  if (type === 4 && tensor) return [name, { kind: 'tensor', value: tensor }];
  if (type === 5 && graph) return [name, { kind: 'graph', value: graph }];
  switch (type) {
    case 1:
      return [name, { kind: 'float', value: float }];
    case 2:
      return [name, { kind: 'int', value: int }];
    case 3:
      return [name, { kind: 'string', value: text }];
    case 6:
      return [name, { kind: 'floats', value: floats }];
    case 7:
      return [name, { kind: 'ints', value: ints }];
    case 8:
      return [name, { kind: 'strings', value: strings }];
    default:
      throw new WireError(`Attribute '${name}' has type ${String(type)}`, start);
  }
}

function readNode(reader: WireReader, depth: number): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  let name = '';
  let op = '';
  let domain = '';
  readFields(reader, {
    1: (r) => inputs.push(r.string()),
    2: (r) => outputs.push(r.string()),
    3: (r) => (name = r.string()),
    4: (r) => (op = r.string()),
    5: (r) => {
      const [key, value] = readAttribute(r.message(), depth);
      attributes.set(key, value);
    },
    7: (r) => (domain = r.string()),
  });
  return { name, op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes };
}

function readDimension(reader: WireReader): Dimension {
  let dimension: Dimension = null;
  readFields(reader, { 1: (r) => (dimension = r.int()), 2: (r) => (dimension = r.string()) });
  return dimension;
}

function readValueInfo(reader: WireReader): ValueInfo {
  let name = '';
  let type: DataType = 'float32';
  let dims: Dimension[] | null = null;
  const tensorType: FieldReaders = {
    1: (r) => (type = dataTypeOf(r.varint()) ?? type),
    2: (r) => {
      const shape: Dimension[] = [];
      readFields(r.message(), { 1: (dim) => shape.push(readDimension(dim.message())) });
      dims = shape;
    },
  };
  readFields(reader, {
    1: (r) => (name = r.string()),
    2: (r) => {
      readFields(r.message(), {
        1: (inner) => {
          readFields(inner.message(), tensorType);
        },
      });
    },
  });
  return { name, type, dims };
}

function readGraph(reader: WireReader, depth: number): Graph {
  if (depth > deepest) throw new WireError('Graphs are nested too deeply', reader.offset);
  const nodes: Node[] = [];
  const initializers = new Map<string, Tensor>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  let name = '';
  readFields(reader, {
    1: (r) => nodes.push(readNode(r.message(), depth)),
    2: (r) => (name = r.string()),
    5: (r) => {
      const entry = readTensor(r.message());
      initializers.set(entry.name, entry.tensor);
    },
    11: (r) => inputs.push(readValueInfo(r.message())),
    12: (r) => outputs.push(readValueInfo(r.message())),
  });
  return { name, nodes, initializers, inputs, outputs };
}

function readPair(reader: WireReader): [string, string] {
  let key = '';
  let value = '';
  readFields(reader, { 1: (r) => (key = r.string()), 2: (r) => (value = r.string()) });
  return [key, value];
}

/**
 * Parses a serialised ModelProto. Tensors are views into `bytes`.
 * @throws AppError `MODEL_UNREADABLE` naming the byte where the file breaks; `MODEL_UNSUPPORTED` for external data.
 */
export function readModel(bytes: Uint8Array, file: string): Model {
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  let irVersion = 0;
  const found: { graph?: Graph } = {};
  try {
    readFields(new WireReader(bytes), {
      1: (r) => (irVersion = r.varint()),
      7: (r) => (found.graph = readGraph(r.message(), 0)),
      8: (r) => {
        let domain = '';
        let version = 0;
        readFields(r.message(), { 1: (o) => (domain = o.string()), 2: (o) => (version = o.varint()) });
        opsets.set(domain === 'ai.onnx' ? '' : domain, version);
      },
      14: (r) => metadata.set(...readPair(r.message())),
    });
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new AppError(
      'MODEL_UNREADABLE',
      `${file} is not a whole ONNX model: ${error.message}.`,
      'Check that the download or export finished, and choose the file again.',
      { cause: error },
    );
  }
  const { graph } = found;
  if (!graph || graph.nodes.length === 0 || opsets.size === 0) {
    throw new AppError('MODEL_UNREADABLE', `${file} holds no ONNX graph.`, 'Choose an .onnx file of a classifier.');
  }
  return { irVersion, opsets, graph, metadata };
}

function writeTensor(writer: WireWriter, tensor: Tensor, name: string): void {
  for (const dim of tensor.dims) writer.int(1, dim);
  writer.int(2, dataTypes[tensor.type].code);
  if (name) writer.string(8, name);
  writer.bytes(9, tensor.bytes);
}

function writeAttribute(writer: WireWriter, name: string, attribute: Attribute): void {
  writer.string(1, name);
  switch (attribute.kind) {
    case 'float':
      writer.float(2, attribute.value);
      writer.int(20, 1);
      break;
    case 'int':
      writer.int(3, attribute.value);
      writer.int(20, 2);
      break;
    case 'string':
      writer.string(4, attribute.value);
      writer.int(20, 3);
      break;
    case 'tensor':
      writer.message(5, (child) => {
        writeTensor(child, attribute.value, '');
      });
      writer.int(20, 4);
      break;
    case 'graph':
      writer.message(6, (child) => {
        writeGraph(child, attribute.value);
      });
      writer.int(20, 5);
      break;
    case 'floats':
      for (const value of attribute.value) writer.float(7, value);
      writer.int(20, 6);
      break;
    case 'ints':
      for (const value of attribute.value) writer.int(8, value);
      writer.int(20, 7);
      break;
    case 'strings':
      for (const value of attribute.value) writer.string(9, value);
      writer.int(20, 8);
      break;
  }
}

function writeNode(writer: WireWriter, node: Node): void {
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  if (node.name) writer.string(3, node.name);
  writer.string(4, node.op);
  for (const [name, attribute] of node.attributes) {
    writer.message(5, (child) => {
      writeAttribute(child, name, attribute);
    });
  }
  if (node.domain) writer.string(7, node.domain);
}

function writeShape(writer: WireWriter, dims: readonly Dimension[]): void {
  for (const dim of dims) {
    writer.message(1, (child) => {
      if (typeof dim === 'number') child.int(1, dim);
      else if (dim !== null) child.string(2, dim);
    });
  }
}

function writeValueInfo(writer: WireWriter, value: ValueInfo): void {
  writer.string(1, value.name);
  writer.message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.int(1, dataTypes[value.type].code);
      const { dims } = value;
      if (dims !== null) {
        tensor.message(2, (shape) => {
          writeShape(shape, dims);
        });
      }
    });
  });
}

function writeGraph(writer: WireWriter, graph: Graph): void {
  for (const node of graph.nodes) {
    writer.message(1, (child) => {
      writeNode(child, node);
    });
  }
  writer.string(2, graph.name);
  for (const [name, tensor] of graph.initializers) {
    writer.message(5, (child) => {
      writeTensor(child, tensor, name);
    });
  }
  for (const input of graph.inputs) {
    writer.message(11, (child) => {
      writeValueInfo(child, input);
    });
  }
  for (const output of graph.outputs) {
    writer.message(12, (child) => {
      writeValueInfo(child, output);
    });
  }
}

/** Serialises a model as ModelProto bytes. */
export function writeModel(model: Model): Uint8Array {
  const writer = new WireWriter();
  writer.int(1, model.irVersion);
  writer.string(2, 'hognose');
  writer.message(7, (child) => {
    writeGraph(child, model.graph);
  });
  for (const [domain, version] of model.opsets) {
    writer.message(8, (child) => {
      child.string(1, domain);
      child.int(2, version);
    });
  }
  for (const [key, value] of model.metadata) {
    writer.message(14, (child) => {
      child.string(1, key);
      child.string(2, value);
    });
  }
  return writer.finish();
}
