/** Reads the initial k-means rows of an earlier run, so that it can be repeated exactly. */

import { AppError } from '../../shared/errors.js';
import { readSafetensors, type SafetensorsEntry } from '../model/safetensors.js';

function invalid(path: string, why: string): AppError {
  return new AppError(
    'TENSOR_FILE_INVALID',
    `"${path}" cannot start the clusters: ${why}.`,
    "Give a .safetensors file with integers 'init_indices', such as 'hognose explain --out' writes.",
  );
}

function integers(entry: SafetensorsEntry): Int32Array | null {
  // A copy starts aligned, whatever the place in the file was.
  const { buffer } = entry.data.slice();
  switch (entry.dtype) {
    case 'I16':
      return Int32Array.from(new Int16Array(buffer));
    case 'I32':
      return new Int32Array(buffer);
    case 'I64':
      return Int32Array.from(new BigInt64Array(buffer), Number);
    default:
      return null;
  }
}

/**
 * The tensor `init_indices` of a safetensors file: rows of the data matrix, below `columns`.
 * @throws AppError `TENSOR_FILE_INVALID`.
 */
export async function readInitIndices(path: string, columns: number): Promise<Int32Array> {
  const entry = (await readSafetensors(path)).tensors.get('init_indices');
  if (entry === undefined) throw invalid(path, "it has no tensor 'init_indices'");
  const indices = integers(entry);
  if (indices === null) throw invalid(path, `'init_indices' has type ${entry.dtype}`);
  if (indices.length === 0) throw invalid(path, "'init_indices' is empty");
  if (indices.some((row) => row < 0 || row >= columns)) {
    throw invalid(path, `'init_indices' points outside the model's ${columns} hidden columns`);
  }
  return indices;
}
