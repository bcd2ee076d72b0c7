/** Weights as constant expressions: views into the file plus the operators that bring them into shape, evaluated by the runtime that loads them. */

import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Graph } from '../onnx/graph.js';
import { type Tensor, elementCount } from '../onnx/tensor.js';

/**
 * A float32 tensor that does not depend on the picture. Nothing is computed or copied while a model opens: a weight
 * stored transposed, in float16 or in 8 bits stays as it lies in the file, and the graph says how it becomes float32.
 */
export interface Weight {
  readonly dims: readonly number[];
  /** A graph without inputs whose one output is the weight. */
  readonly expression: Graph;
}

/** A weight of shape `dims` written as operators on constants and other weights. */
export function weightExpression(dims: readonly number[], write: (g: GraphBuilder) => Value): Weight {
  const g = new GraphBuilder('weight');
  const value = write(g);
  return { dims, expression: { ...g.graph(), outputs: [{ name: value, type: 'float32', dims }] } };
}

/** A stored tensor of any floating-point type as a weight, seen with the shape `dims` (its own by default). */
export function storedWeight(tensor: Tensor, dims: readonly number[] = tensor.dims): Weight {
  const seen = { ...tensor, dims };
  return weightExpression(dims, (g) => {
    const value = g.constant(seen, 'weight');
    return tensor.type === 'float32' ? value : g.cast(value, 'float32');
  });
}

/** The weight as a value of `g`; the runtime folds its operators into one constant. */
export function emit(g: GraphBuilder, weight: Weight): Value {
  const [value] = g.inline(weight.expression, {});
  if (value === undefined) throw new RangeError('A weight has one output');
  return value;
}

/** `[rows, columns]` as `[columns, rows]`. */
export function transposedWeight(weight: Weight): Weight {
  return weightExpression([...weight.dims].reverse(), (g) => g.transpose(emit(g, weight), 1, 0));
}

/** Entries `[from, to)` along the last dimension. */
export function columnsOf(weight: Weight, from: number, to: number): Weight {
  const last = weight.dims.length - 1;
  if (from === 0 && to === weight.dims[last]) return weight;
  return weightExpression([...weight.dims.slice(0, last), to - from], (g) => g.slice(emit(g, weight), last, from, to));
}

/** Entries of the last dimension in the order of `order`: `result[..., i] = weight[..., order[i]]`. */
export function reorderedColumns(weight: Weight, order: readonly number[]): Weight {
  const last = weight.dims.length - 1;
  if (order.length === weight.dims[last] && order.every((column, index) => column === index)) return weight;
  return weightExpression([...weight.dims.slice(0, last), order.length], (g) =>
    g.gather(emit(g, weight), g.ints(...order), last),
  );
}

/** Weights side by side along the last dimension. */
export function joinedColumns(weights: readonly Weight[]): Weight {
  const [first, ...rest] = weights;
  if (!first) throw new RangeError('Nothing to join');
  if (rest.length === 0) return first;
  const last = first.dims.length - 1;
  const columns = weights.reduce((sum, weight) => sum + (weight.dims[last] ?? 0), 0);
  return weightExpression([...first.dims.slice(0, last), columns], (g) =>
    g.concat(last, ...weights.map((weight) => emit(g, weight))),
  );
}

/** Number of parameters. */
export function weightSize(weight: Weight): number {
  return elementCount(weight.dims);
}
