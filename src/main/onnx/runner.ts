/** How a graph is run, without saying by whom: the engine implements it with ONNX Runtime. */

import type { Model } from './graph.js';

/** Dense values of a graph's inputs and outputs in row-major order. */
export type RunTensor =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array }
  | { readonly type: 'int32'; readonly dims: readonly number[]; readonly data: Int32Array }
  | { readonly type: 'uint8'; readonly dims: readonly number[]; readonly data: Uint8Array };

export type Feeds = Readonly<Record<string, RunTensor>>;

/** A compiled graph. */
export interface Session {
  /** Runs to the named outputs (all by default). Throws AppError `INTERNAL` that names every input with its shape. */
  run(feeds: Feeds, outputs?: readonly string[]): Promise<Readonly<Record<string, RunTensor>>>;
  release(): Promise<void>;
}

/** How a session is to run. */
export interface SessionWish {
  /** Gives its working memory back after every run instead of keeping it for the next: for what takes much and runs seldom. */
  readonly frugal?: boolean;
}

/** Compiles a model, given as IR or as serialised bytes. */
export type CreateSession = (model: Model | Uint8Array, wish?: SessionWish) => Promise<Session>;

/** The float32 output of a name. Throws RangeError when it is missing or of another type. */
export function floatOutput(outputs: Readonly<Record<string, RunTensor>>, name: string): Float32Array {
  const tensor = outputs[name];
  if (tensor?.type !== 'float32') throw new RangeError(`Output '${name}' is not float32`);
  return tensor.data;
}

/** The int64 or int32 output of a name as int32. Throws RangeError when it is missing or of another type. */
export function indexOutput(outputs: Readonly<Record<string, RunTensor>>, name: string): Int32Array {
  const tensor = outputs[name];
  if (tensor?.type === 'int32') return tensor.data;
  if (tensor?.type !== 'int64') throw new RangeError(`Output '${name}' holds no indices`);
  return Int32Array.from(tensor.data, Number);
}

export function floats(data: Float32Array, ...dims: number[]): RunTensor {
  return { type: 'float32', data, dims };
}

export function indices(data: ArrayLike<number>, ...dims: number[]): RunTensor {
  return {
    type: 'int64',
    data: BigInt64Array.from({ length: data.length }, (_, index) => BigInt(data[index] ?? 0)),
    dims,
  };
}
