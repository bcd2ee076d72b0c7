/** SparseTensorProto to the dense tensors they stand for; numbers are field numbers of onnx.proto. */

import { AppError } from '../../shared/errors.js';
import { type ExternalTensor, readTensor } from './read-tensor.js';
import { type Tensor, byteLengthOf, dataTypes, elementCount, integersOf } from './tensor.js';
import { WireError, type WireReader, readFields } from './wire.js';

function refuseExternal({ name }: ExternalTensor): never {
  throw new AppError(
    'MODEL_UNSUPPORTED',
    `The sparse weight '${name}' lies in a separate data file.`,
    'Export the model with dense weights.',
  );
}

/** Reads a SparseTensorProto as the dense tensor it stands for. */
export function readSparseTensor(reader: WireReader): { name: string; tensor: Tensor } {
  const start = reader.offset;
  const parts: { values?: { name: string; tensor: Tensor }; indices?: Tensor } = {};
  const dims: number[] = [];
  readFields(reader, {
    1: (r) => (parts.values = readTensor(r.message(), refuseExternal)),
    2: (r) => (parts.indices = readTensor(r.message(), refuseExternal).tensor),
    3: (r, wire) => {
      r.ints(wire, dims);
    },
  });
  const name = parts.values?.name ?? '';
  const broken = (why: string): WireError => new WireError(`Sparse tensor '${name}' ${why}`, start);
  const { values, indices } = parts;
  if (!values || indices?.type !== 'int64') throw broken('has no values or no indices');
  const { type } = values.tensor;
  const size = dataTypes[type].bytes;
  if (size < 1) throw broken(`is of ${type}`);
  const length = byteLengthOf(type, dims);
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(length))
    throw broken(`has the impossible shape [${dims.join(', ')}]`);
  reader.spend(length + 32 * elementCount(indices.dims));
  const count = elementCount(values.tensor.dims);
  const flat = linearIndices(integersOf(indices), indices.dims, dims, count);
  if (!flat) throw broken('has indices that do not fit its values');
  const bytes = new Uint8Array(length);
  for (const [at, index] of flat.entries()) {
    if (index < 0 || index >= length / size) throw broken(`has the index ${String(index)}`);
    bytes.set(values.tensor.bytes.subarray(at * size, (at + 1) * size), index * size);
  }
  return { name, tensor: { type, dims, bytes } };
}

/** Indices `[n]` as they are, or `[n, rank]` as positions in row-major order; undefined when there are not `count`. */
function linearIndices(
  values: readonly number[],
  shape: readonly number[],
  dims: readonly number[],
  count: number,
): readonly number[] | undefined {
  const rank = shape.length === 2 ? (shape[1] ?? 0) : 1;
  if (shape[0] !== count || (shape.length === 2 ? rank !== dims.length : shape.length !== 1)) return undefined;
  if (shape.length === 1) return values;
  return Array.from({ length: count }, (_, row) => {
    const axes = values.slice(row * rank, (row + 1) * rank);
    if (axes.some((index, axis) => index < 0 || index >= (dims[axis] ?? 0))) return -1;
    return axes.reduce((position, index, axis) => position * (dims[axis] ?? 0) + index, 0);
  });
}
