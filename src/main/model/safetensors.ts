/** Reads and writes safetensors files: a JSON header and raw little-endian tensors. */

import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '../../shared/errors.js';
import { withFile } from '../files/regular-file.js';

const elementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;
export type SafetensorsType = keyof typeof elementBytes;

export interface SafetensorsEntry {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  /** Raw little-endian elements; a view into the file's bytes. */
  readonly data: Uint8Array;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Longest header in bytes: models of 10,000 weights have 1 MB. The format itself allows more, which would take a gigabyte to read. */
const longestHeader = 16 * 2 ** 20;

function invalid(file: string, reason: string): AppError {
  return new AppError(
    'TENSOR_FILE_INVALID',
    `${file} is not a valid safetensors file: ${reason}.`,
    'Check that the download finished, and choose the file again.',
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isType(value: unknown): value is SafetensorsType {
  return typeof value === 'string' && Object.hasOwn(elementBytes, value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0);
}

function parseEntry(file: string, name: string, value: unknown, body: Uint8Array): SafetensorsEntry {
  if (!isRecord(value)) throw invalid(file, `tensor '${name}' has no description`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isType(dtype)) throw invalid(file, `tensor '${name}' has the unknown type ${String(dtype)}`);
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw invalid(file, `tensor '${name}' has a bad shape or place`);
  const [from = 0, to = 0] = offsets;
  const size = shape.reduce((product, dim) => product * dim, elementBytes[dtype]);
  if (to < from || to > body.length || to - from !== size)
    throw invalid(file, `tensor '${name}' lies outside the file or has the wrong size`);
  return { dtype, shape, data: body.subarray(from, to) };
}

/** Length of the header that `start`, the first bytes of a file of `size` bytes, states. @throws AppError `TENSOR_FILE_INVALID`. */
function headerLength(start: Uint8Array, size: number, file: string): number {
  if (size < 8 || start.length < 8) throw invalid(file, 'it is shorter than its header');
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (length > size - 8) throw invalid(file, 'its header is longer than the file');
  if (length > longestHeader) {
    const megabytes = Math.ceil(length / 2 ** 20).toLocaleString('en');
    throw invalid(file, `its header has ${megabytes} MB, which no model's names and shapes take`);
  }
  return length;
}

/**
 * Parses a safetensors file held in memory; tensors are views into `bytes`.
 * @throws AppError `TENSOR_FILE_INVALID` naming the tensor that is wrong.
 */
export function parseSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const length = headerLength(bytes, bytes.length, file);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  } catch {
    throw invalid(file, 'its header is not JSON');
  }
  if (!isRecord(header)) throw invalid(file, 'its header is not an object');
  const body = bytes.subarray(8 + length);
  const tensors = new Map<string, SafetensorsEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, parseEntry(file, name, value, body));
    else if (isRecord(value))
      metadata = Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
  }
  return { tensors, metadata };
}

/** A file's bytes in one array, whatever its size. @throws AppError `TENSOR_FILE_INVALID` before anything is read when its header cannot be. */
async function readWhole(path: string): Promise<Uint8Array> {
  return withFile(path, async (file) => {
    const start = new Uint8Array(8);
    const begun = await file.read(start, 0);
    headerLength(start.subarray(0, begun), file.size, basename(path));
    const bytes = new Uint8Array(file.size);
    // Shorter than it was a moment ago: the parser says what is missing.
    return bytes.subarray(0, await file.read(bytes, 0));
  });
}

/** Reads a safetensors file. @throws AppError `TENSOR_FILE_INVALID` when missing or damaged. */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readWhole(path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('TENSOR_FILE_INVALID', `${path} cannot be read.`, 'Check the path and its permissions.', {
      cause: error,
    });
  }
  return parseSafetensors(bytes, basename(path));
}

/** Writes tensors in the given order; who wants the file whole or not at all writes a draft. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.length] };
    offset += data.length;
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text + ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  const file = await open(path, 'w');
  try {
    await file.writeFile(length);
    await file.writeFile(json);
    for (const { data } of tensors.values()) await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

function halfToFloat(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The tensor's elements as float32, shared when they already are. @throws AppError for integer types. */
export function floatsFrom(entry: SafetensorsEntry, name: string): Float32Array {
  const { dtype } = entry;
  const data = entry.data.byteOffset % elementBytes[dtype] === 0 ? entry.data : entry.data.slice();
  const { buffer, byteOffset, byteLength } = data;
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), halfToFloat);
    case 'BF16': {
      const bits = Uint32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), (half) => half << 16);
      return new Float32Array(bits.buffer);
    }
    default:
      throw new AppError('TENSOR_FILE_INVALID', `Tensor '${name}' holds ${dtype}, not floating-point numbers.`);
  }
}

/** The tensor's elements as 32-bit integers. @throws AppError for floating-point types. */
export function integersFrom(entry: SafetensorsEntry, name: string): Int32Array {
  const data = entry.data.slice();
  switch (entry.dtype) {
    case 'I64':
      return Int32Array.from(new BigInt64Array(data.buffer), Number);
    case 'I32':
      return new Int32Array(data.buffer);
    case 'I16':
      return Int32Array.from(new Int16Array(data.buffer));
    case 'U8':
      return Int32Array.from(data);
    default:
      throw new AppError('TENSOR_FILE_INVALID', `Tensor '${name}' holds ${entry.dtype}, not integers.`);
  }
}
