/** The intermediate representation to ModelProto bytes and files; numbers are field numbers of onnx.proto. */

import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError, toAppError } from '../../shared/errors.js';
import { replaceFile } from '../files/atomic-file.js';
import type { Attribute, Dimension, Graph, Model, Node, ValueInfo } from './graph.js';
import { type Tensor, dataTypes } from './tensor.js';
import { WireWriter } from './wire.js';

/** Protocol buffers hold less than 2 GB in one message. */
const mostBytes = 2 ** 31 - 1;

/** The newest IR version that ONNX Runtime 1.29 opens. Exporters write the newest that they know, whether they need it or not. */
const newestIrVersion = 13;

/** Where the bytes of a weight lie when it is not in the model itself. */
interface Place {
  readonly location: string;
  readonly offset: number;
}

/** Weights that are written to a data file, with their place in it. */
type Places = ReadonlyMap<Tensor, Place>;

const noPlaces: Places = new Map();

function writeEntry(writer: WireWriter, field: number, key: string, value: string): void {
  writer.message(field, (child) => {
    child.string(1, key);
    child.string(2, value);
  });
}

function writeTensor(writer: WireWriter, tensor: Tensor, name: string, place?: Place): void {
  for (const dim of tensor.dims) writer.int(1, dim);
  writer.int(2, dataTypes[tensor.type].code);
  if (tensor.strings) for (const text of tensor.strings) writer.string(6, text);
  if (name) writer.string(8, name);
  if (place) {
    writeEntry(writer, 13, 'location', place.location);
    writeEntry(writer, 13, 'offset', String(place.offset));
    writeEntry(writer, 13, 'length', String(tensor.bytes.length));
    writer.int(14, 1);
  } else if (tensor.type !== 'string') writer.bytes(9, tensor.bytes);
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
        writeGraph(child, attribute.value, noPlaces);
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

/** The runtime refuses two nodes of one name but none without: the second of a name in `names` is written without it. */
function writeNode(writer: WireWriter, node: Node, names: Set<string>): void {
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  if (node.name && !names.has(node.name)) writer.string(3, node.name);
  names.add(node.name);
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
  if (value.untyped) return;
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

function writeGraph(writer: WireWriter, graph: Graph, places: Places): void {
  const names = new Set<string>();
  for (const node of graph.nodes) {
    writer.message(1, (child) => {
      writeNode(child, node, names);
    });
  }
  writer.string(2, graph.name);
  for (const [name, tensor] of graph.initializers) {
    writer.message(5, (child) => {
      writeTensor(child, tensor, name, places.get(tensor));
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

function encode(model: Model, places: Places): Uint8Array {
  const writer = new WireWriter();
  writer.int(1, Math.min(model.irVersion, newestIrVersion));
  writer.string(2, model.producer);
  writer.message(7, (child) => {
    writeGraph(child, model.graph, places);
  });
  for (const [domain, version] of model.opsets) {
    writer.message(8, (child) => {
      child.string(1, domain);
      child.int(2, version);
    });
  }
  for (const [key, value] of model.metadata) writeEntry(writer, 14, key, value);
  if (writer.length > mostBytes) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `The model takes ${(writer.length / 1e9).toFixed(1)} GB, and ONNX holds less than 2.1 GB in one piece.`,
      'Keep its weights in a data file beside it.',
    );
  }
  return writer.finish();
}

/**
 * Serialises a model as ModelProto bytes, weights included, each copied once. What the file said about values in between
 * is not written: the runtime infers it.
 * @throws AppError `MODEL_UNSUPPORTED` for more than 2 GB; {@link writeModelFiles} has no such limit.
 */
export function writeModel(model: Model): Uint8Array {
  return encode(model, noPlaces);
}

/** Weights smaller than this stay in the model, as shapes and scalars must be readable without the data file. */
const smallestExternal = 1024;

/** Weights begin at multiples of this, so that the runtime can map the file into memory. */
const alignment = 4096;

/** Places for the large weights of the graph; weights that share their bytes share the place. */
function placesOf(graph: Graph, location: string): { places: Places; payloads: ReadonlyMap<Uint8Array, number> } {
  const places = new Map<Tensor, Place>();
  const payloads = new Map<Uint8Array, number>();
  let end = 0;
  for (const tensor of graph.initializers.values()) {
    const { bytes } = tensor;
    if (bytes.length < smallestExternal) continue;
    const offset = payloads.get(bytes) ?? Math.ceil(end / alignment) * alignment;
    if (!payloads.has(bytes)) end = offset + bytes.length;
    payloads.set(bytes, offset);
    places.set(tensor, { location, offset });
  }
  return { places, payloads };
}

/** One write asks for this much at most: the operating system takes no more than 2 GB at once. */
const chunkBytes = 256 * 2 ** 20;

async function writeAt(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(chunkBytes, bytes.length - at), offset + at);
    at += bytesWritten;
  }
}

async function writeFileOf(path: string, payloads: ReadonlyMap<Uint8Array, number>): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const [bytes, offset] of payloads) await writeAt(file, bytes, offset);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a model of any size as `path` with its weights in `path.data`, streamed from where they lie in memory. Both
 * files appear under their names when they are whole.
 * @throws AppError `DISK_FULL` or `READ_ONLY` when the files cannot be written.
 */
export async function writeModelFiles(model: Model, path: string): Promise<void> {
  const data = `${path}.data`;
  const { places, payloads } = placesOf(model.graph, basename(data));
  try {
    const proto = new Map([[encode(model, places), 0]]);
    if (payloads.size > 0) await replaceFile(data, (unfinished) => writeFileOf(unfinished, payloads));
    await replaceFile(path, (unfinished) => writeFileOf(unfinished, proto));
  } catch (error) {
    throw toAppError(error);
  }
}
