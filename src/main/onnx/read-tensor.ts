/** TensorProto to tensors, in every way that it can hold their values; numbers are field numbers of onnx.proto. */

import { type DataType, type Tensor, byteLengthOf, dataTypeOf, dataTypes, elementCount } from './tensor.js';
import { type FieldReaders, WireError, type WireReader, readFields } from './wire.js';

/** A tensor whose bytes are set once they have been read from the file beside the model. */
export interface ExternalTensor {
  readonly name: string;
  readonly tensor: { -readonly [Key in keyof Tensor]: Tensor[Key] };
  /** Path relative to the model's folder, as the model says it. */
  readonly location: string;
  /** Range in that file, in bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Types that the protocol knows and no image classifier stores its weights in. */
const refusedTypes: Readonly<Record<number, string>> = { 14: 'complex64', 15: 'complex128' };

/** No operator takes as many. */
const mostDimensions = 64;

/** No file system takes longer paths. */
const longestPath = 4096;

/** Fields of values by type: 4 float, 5 int32, 7 int64, 10 double, 11 uint64. */
function listFieldOf(type: DataType): 4 | 5 | 7 | 10 | 11 {
  switch (type) {
    case 'float32':
      return 4;
    case 'float64':
      return 10;
    case 'int64':
      return 7;
    case 'uint32':
    case 'uint64':
      return 11;
    default:
      return 5;
  }
}

/** What a TensorProto says, before its bytes are put together. */
interface TensorParts {
  name: string;
  readonly dims: number[];
  code: number;
  raw: Uint8Array | undefined;
  /** The repeated fields with the values, each with a reader at its first byte. */
  readonly lists: Map<number, List>;
  readonly strings: string[];
  external: boolean;
  readonly entries: Map<string, string>;
}

/** A field of values: the reader of the tensor again, its number of values and its only packed chunk, if it has just one. */
interface List {
  count: number;
  chunks: number;
  last: Uint8Array;
}

function countVarints(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count += 1;
  return count;
}

/** Counts the values of a repeated field without keeping them. */
function listCounter(parts: TensorParts, field: number, size: 0 | 4 | 8): FieldReaders[number] {
  return (reader, wire) => {
    const list = parts.lists.get(field) ?? { count: 0, chunks: 0, last: new Uint8Array(0) };
    parts.lists.set(field, list);
    list.chunks += 1;
    if (wire !== 2) {
      list.count += 1;
      reader.skip(wire);
      return;
    }
    list.last = reader.bytes();
    if (size > 0 && list.last.length % size !== 0) throw new WireError('A list of numbers is cut', reader.offset);
    list.count += size === 0 ? countVarints(list.last) : list.last.length / size;
  };
}

function readParts(reader: WireReader): TensorParts {
  const parts: TensorParts = {
    name: '',
    dims: [],
    code: 0,
    raw: undefined,
    lists: new Map(),
    strings: [],
    external: false,
    entries: new Map(),
  };
  readFields(reader, {
    1: (r, wire) => {
      r.ints(wire, parts.dims);
    },
    2: (r) => (parts.code = r.varint()),
    4: listCounter(parts, 4, 4),
    5: listCounter(parts, 5, 0),
    6: (r) => parts.strings.push(r.string()),
    7: listCounter(parts, 7, 0),
    8: (r) => (parts.name = r.string()),
    9: (r) => (parts.raw = r.bytes()),
    10: listCounter(parts, 10, 8),
    11: listCounter(parts, 11, 0),
    13: (r) => {
      const [key, value] = readPair(r.message());
      parts.entries.set(key, value);
    },
    14: (r) => (parts.external = r.varint() === 1),
  });
  return parts;
}

/** A StringStringEntryProto. */
export function readPair(reader: WireReader): [key: string, value: string] {
  let key = '';
  let value = '';
  readFields(reader, { 1: (r) => (key = r.string()), 2: (r) => (value = r.string()) });
  return [key, value];
}

function typeOf(parts: TensorParts, start: number): DataType {
  const type = dataTypeOf(parts.code);
  if (type !== undefined) return type;
  const name = refusedTypes[parts.code];
  throw new WireError(
    `Tensor '${parts.name}' has ${name ? `the type ${name}` : `an unknown type ${String(parts.code)}`}`,
    start,
  );
}

/** Values written one by one, put together as the bytes of a tensor. */
function bytesFromList(type: DataType, list: List, again: WireReader, expected: number): Uint8Array {
  const field = listFieldOf(type);
  if (list.chunks === 1 && (field === 4 || field === 10) && list.last.length === expected) return list.last;
  again.spend(expected);
  const bytes = new Uint8Array(expected);
  const view = new DataView(bytes.buffer);
  // Elements smaller than a byte are stored as the bytes that they share.
  const size = Math.max(1, dataTypes[type].bytes);
  let at = 0;
  const putInt = (low: number, high: number): void => {
    if (size === 8) view.setUint32(at + 4, high, true);
    if (size >= 4) view.setUint32(at, low, true);
    else if (size === 2) view.setUint16(at, low, true);
    else view.setUint8(at, low);
    at += size;
  };
  readFields(again, {
    [field]: (reader, wire) => {
      if (field === 5 || field === 7 || field === 11) {
        reader.eachInt(wire, putInt);
        return;
      }
      const chunk = wire === 2 ? reader.bytes() : reader.bytes(size);
      bytes.set(chunk, at);
      at += chunk.length;
    },
  });
  return bytes;
}

function shapeText(parts: TensorParts): string {
  return `shape [${parts.dims.join(', ')}]`;
}

/** Bytes that the shape asks for. Throws WireError when the shape is none. */
function expectedBytes(parts: TensorParts, type: DataType, start: number): number {
  if (parts.dims.length > mostDimensions) {
    throw new WireError(`Tensor '${parts.name}' has ${String(parts.dims.length)} dimensions`, start);
  }
  if (parts.dims.some((dim) => dim < 0)) throw new WireError(`Tensor '${parts.name}' has a negative dimension`, start);
  const length = byteLengthOf(type, parts.dims);
  if (!Number.isSafeInteger(length) || !Number.isSafeInteger(elementCount(parts.dims))) {
    throw new WireError(`Tensor '${parts.name}' has the impossible ${shapeText(parts)}`, start);
  }
  return length;
}

function wholeNumber(parts: TensorParts, key: string, fallback: number, start: number): number {
  const text = parts.entries.get(key);
  const value = text === undefined ? fallback : /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new WireError(`Tensor '${parts.name}' has the ${key} '${text ?? ''}' in its data file`, start);
}

function externalTensor(parts: TensorParts, type: DataType, expected: number, start: number): ExternalTensor {
  const { name } = parts;
  const location = parts.entries.get('location') ?? '';
  if (location === '') throw new WireError(`Tensor '${name}' lies in a data file without a name`, start);
  if (location.length > longestPath)
    throw new WireError(`Tensor '${name}' lies in a data file of an endless name`, start);
  const offset = wholeNumber(parts, 'offset', 0, start);
  const length = wholeNumber(parts, 'length', expected, start);
  if (length !== expected) {
    throw new WireError(`Tensor '${name}' has ${String(length)} bytes for ${shapeText(parts)}`, start);
  }
  return { name, tensor: { type, dims: parts.dims, bytes: new Uint8Array(0) }, location, offset, length };
}

/**
 * Reads a TensorProto. Its bytes are a view into the file wherever the file holds them in one piece; a tensor whose
 * bytes lie in another file is announced to `external` and has none yet.
 */
export function readTensor(
  reader: WireReader,
  external: (tensor: ExternalTensor) => void,
): { name: string; tensor: Tensor } {
  const start = reader.offset;
  const again = reader.copy();
  const parts = readParts(reader);
  reader.spend(300);
  const { name, dims } = parts;
  const type = typeOf(parts, start);
  const expected = expectedBytes(parts, type, start);
  if (type === 'string') {
    if (parts.strings.length !== elementCount(dims)) {
      throw new WireError(
        `Tensor '${name}' has ${String(parts.strings.length)} strings for ${shapeText(parts)}`,
        start,
      );
    }
    return { name, tensor: { type, dims, bytes: new Uint8Array(0), strings: parts.strings } };
  }
  if (parts.external) {
    const pending = externalTensor(parts, type, expected, start);
    external(pending);
    return { name, tensor: pending.tensor };
  }
  const list = parts.lists.get(listFieldOf(type));
  const raw = list && parts.raw?.length === 0 ? undefined : parts.raw;
  const found = raw?.length ?? Math.ceil((list?.count ?? 0) * Math.max(1, dataTypes[type].bytes));
  if (found !== expected) {
    throw new WireError(`Tensor '${name}' has ${String(found)} bytes for ${shapeText(parts)}`, start);
  }
  const bytes = raw ?? (list ? bytesFromList(type, list, again, expected) : new Uint8Array(0));
  return { name, tensor: { type, dims, bytes } };
}
