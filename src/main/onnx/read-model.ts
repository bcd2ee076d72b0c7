/** ModelProto bytes to the intermediate representation; numbers are field numbers of onnx.proto. */

import { AppError } from '../../shared/errors.js';
import type { Attribute, Dimension, Graph, Model, Node, ValueInfo } from './graph.js';
import { type DataType, type Tensor, dataTypeOf, dataTypes, elementCount } from './tensor.js';
import { WireError, WireReader, type WireType } from './wire.js';

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
