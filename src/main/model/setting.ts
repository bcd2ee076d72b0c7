/** What holds all over a graph that is read: what can be asked of it, its sizes, and where the first picture of a batch lies. */

import type { Asker } from './ask.js';
import type { Flow } from './flow.js';
import type { GraphWeights } from './graph-weight.js';

export interface Setting {
  readonly flow: Flow;
  readonly asker: Asker;
  readonly weights: GraphWeights;
  /** Tokens of one picture. */
  readonly tokens: number;
  readonly width: number;
  readonly batch: number;
}

/** Rows of the first picture in a value of `batch` times `tokens` rows. */
export function rowsOfFirst(dims: readonly number[], tokens: number, batch: number): readonly number[] {
  const minor = tokens !== batch && batch > 1 && dims[0] === tokens && dims[1] === batch;
  return Array.from({ length: tokens }, (_, token) => (minor ? token * batch : token));
}

/** The rows of the first picture, `[tokens, width]`. */
export function firstPicture(data: Float32Array, dims: readonly number[], setting: Setting): Float32Array {
  const { tokens, width, batch } = setting;
  const result = new Float32Array(tokens * width);
  rowsOfFirst(dims, tokens, batch).forEach((row, token) => {
    result.set(data.subarray(row * width, (row + 1) * width), token * width);
  });
  return result;
}
