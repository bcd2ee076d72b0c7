/** Tensors as ONNX stores them: a data type, dimensions and little-endian bytes that are views, never copies. */

/** Element types of TensorProto with their number in the ONNX protocol and their size in bytes (0: not fixed; 0.5: two in a byte, the first low). */
export const dataTypes = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  uint16: { code: 4, bytes: 2 },
  int16: { code: 5, bytes: 2 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  string: { code: 8, bytes: 0 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
  uint32: { code: 12, bytes: 4 },
  uint64: { code: 13, bytes: 8 },
  bfloat16: { code: 16, bytes: 2 },
  float8e4m3fn: { code: 17, bytes: 1 },
  float8e4m3fnuz: { code: 18, bytes: 1 },
  float8e5m2: { code: 19, bytes: 1 },
  float8e5m2fnuz: { code: 20, bytes: 1 },
  uint4: { code: 21, bytes: 0.5 },
  int4: { code: 22, bytes: 0.5 },
  float4e2m1: { code: 23, bytes: 0.5 },
  float8e8m0: { code: 24, bytes: 1 },
  uint2: { code: 25, bytes: 0.25 },
  int2: { code: 26, bytes: 0.25 },
} as const;

export type DataType = keyof typeof dataTypes;

const typeByCode = new Map<number, DataType>(
  (Object.keys(dataTypes) as DataType[]).map((type) => [dataTypes[type].code, type]),
);

/** The data type of a protocol number; undefined for one that is not supported. */
export function dataTypeOf(code: number): DataType | undefined {
  return typeByCode.get(code);
}

export interface Tensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  /** Little-endian elements in row-major order. */
  readonly bytes: Uint8Array;
  /** The elements of a string tensor. */
  readonly strings?: readonly string[] | undefined;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Bytes of a tensor: elements smaller than a byte share one, and the last byte is filled up. */
export function byteLengthOf(type: DataType, dims: readonly number[]): number {
  return Math.ceil(elementCount(dims) * dataTypes[type].bytes);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** A float32 tensor over `data` (shared, not copied). */
export function floatTensor(data: Float32Array, dims: readonly number[]): Tensor {
  return { type: 'float32', dims, bytes: bytesOf(data) };
}

/** An int64 tensor of the given whole numbers. */
export function intTensor(values: readonly number[], dims: readonly number[] = [values.length]): Tensor {
  return { type: 'int64', dims, bytes: bytesOf(BigInt64Array.from(values, BigInt)) };
}

/** A string tensor; `bytes` are empty and the elements lie in `strings`. */
export function stringTensor(strings: readonly string[], dims: readonly number[]): Tensor {
  return { type: 'string', dims, bytes: new Uint8Array(0), strings };
}

function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
}

/** The elements of a float32 tensor; shares memory when it is aligned. Throws RangeError for another type. */
export function floatsOf(tensor: Tensor): Float32Array {
  if (tensor.type !== 'float32') throw new RangeError(`Expected float32, found ${tensor.type}`);
  const bytes = aligned(tensor.bytes, 4);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/**
 * The elements of an integer tensor as numbers; beyond 2^53 the nearest double (sentinels such as 2^63 - 1). Throws
 * RangeError for another type.
 */
export function integersOf(tensor: Tensor): number[] {
  const { bytes } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = integerReader(tensor.type);
  const size = dataTypes[tensor.type].bytes;
  return Array.from({ length: Math.floor(bytes.byteLength / size) }, (_, index) => read(view, index * size));
}

function integerReader(type: DataType): (view: DataView, at: number) => number {
  switch (type) {
    case 'int64':
      return (view, at) => Number(view.getBigInt64(at, true));
    case 'uint64':
      return (view, at) => Number(view.getBigUint64(at, true));
    case 'int32':
      return (view, at) => view.getInt32(at, true);
    case 'uint32':
      return (view, at) => view.getUint32(at, true);
    case 'int16':
      return (view, at) => view.getInt16(at, true);
    case 'uint16':
      return (view, at) => view.getUint16(at, true);
    case 'int8':
      return (view, at) => view.getInt8(at);
    case 'uint8':
    case 'bool':
      return (view, at) => view.getUint8(at);
    default:
      throw new RangeError(`Expected integers, found ${type}`);
  }
}
