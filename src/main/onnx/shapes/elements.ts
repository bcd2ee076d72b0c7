/** The elements of small tensors as numbers, and numbers as tensors. */

import { type DataType, type Tensor, dataTypes } from '../tensor.js';

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function brainToNumber(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0;
}

type Reader = (view: DataView, at: number) => number;

const readers: Partial<Readonly<Record<DataType, Reader>>> = {
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
  float16: (view, at) => halfToNumber(view.getUint16(at, true)),
  bfloat16: (view, at) => brainToNumber(view.getUint16(at, true)),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

/** The elements of a numeric tensor; undefined for a type without a whole number of bytes. Integers beyond 2^53 are rounded. */
export function elementsOf(tensor: Tensor): number[] | undefined {
  const read = readers[tensor.type];
  if (read === undefined) return undefined;
  const { bytes } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = dataTypes[tensor.type].bytes;
  return Array.from({ length: Math.floor(bytes.byteLength / size) }, (_, index) => read(view, index * size));
}

type Writer = (view: DataView, at: number, value: number) => void;

const writers: Partial<Readonly<Record<DataType, Writer>>> = {
  float32: (view, at, value) => view.setFloat32(at, value, true),
  float64: (view, at, value) => view.setFloat64(at, value, true),
  int64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  int32: (view, at, value) => view.setInt32(at, value, true),
  uint32: (view, at, value) => view.setUint32(at, value, true),
  int16: (view, at, value) => view.setInt16(at, value, true),
  uint16: (view, at, value) => view.setUint16(at, value, true),
  int8: (view, at, value) => view.setInt8(at, value),
  uint8: (view, at, value) => view.setUint8(at, value),
  bool: (view, at, value) => view.setUint8(at, value === 0 ? 0 : 1),
};

const floating: ReadonlySet<DataType> = new Set(['float32', 'float64']);

/** Numbers as a tensor; undefined when the type has no writer or cannot hold them exactly. */
export function tensorOf(type: DataType, dims: readonly number[], elements: readonly number[]): Tensor | undefined {
  const write = writers[type];
  if (write === undefined) return undefined;
  if (!floating.has(type) && !elements.every(Number.isSafeInteger)) return undefined;
  const size = dataTypes[type].bytes;
  const bytes = new Uint8Array(elements.length * size);
  const view = new DataView(bytes.buffer);
  elements.forEach((element, index) => write(view, index * size, element));
  return { type, dims, bytes };
}
