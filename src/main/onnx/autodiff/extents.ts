/** Shapes of values as values of the graph: constants where they are known in numbers, read from the value otherwise. */

import type { GraphBuilder, Value } from '../builder.js';
import type { Dimension } from '../graph.js';
import { tensorOf } from '../shapes/elements.js';
import { numericDims } from '../shapes/fact.js';
import type { DataType } from '../tensor.js';

/** A value and what is known of its shape. */
export interface Extent {
  readonly value: Value;
  /** Null when even the rank is unknown. */
  readonly dims: readonly Dimension[] | null;
}

/** The shape as int64 `[rank]`. */
export function shapeValue(g: GraphBuilder, { value, dims }: Extent): Value {
  const numbers = numericDims(dims);
  return numbers === null ? g.op('Shape', [value]) : g.ints(...numbers);
}

/** The size along one axis as int64 `[1]`. */
export function sizeValue(g: GraphBuilder, { value, dims }: Extent, axis: number): Value {
  const size = dims?.[axis];
  return typeof size === 'number' ? g.ints(size) : g.op('Shape', [value], { start: axis, end: axis + 1 });
}

/** A tensor of one number in the shape and type of a value. */
export function filled(g: GraphBuilder, extent: Extent & { readonly type: DataType }, number: number): Value {
  const { dims, type } = extent;
  const scalar = dims?.length === 0;
  const tensor = tensorOf(type, scalar ? [] : [1], [number]);
  if (tensor === undefined) throw new RangeError(`'${extent.value}' is of the type ${type}: it has no gradient`);
  if (scalar) return g.constant(tensor);
  return g.op('ConstantOfShape', [shapeValue(g, extent)], { value: tensor });
}

/**
 * `x` in the shape of another value of as many elements, the dimensions of `x` being `from`. Written without reading the
 * other's shape when at most one of its dimensions is neither a number nor the same in `from`.
 */
export function reshapedLike(g: GraphBuilder, x: Value, from: readonly Dimension[], like: Extent): Value {
  const { dims } = like;
  if (dims === null || dims.includes(0)) return g.op('Reshape', [x, shapeValue(g, like)], { allowzero: 1 });
  const target = dims.map((dim, index) => {
    if (typeof dim === 'number') return dim;
    return dim !== null && dim === from[index] ? 0 : -1;
  });
  if (target.filter((dim) => dim === -1).length <= 1) return g.reshape(x, ...target);
  return g.op('Reshape', [x, shapeValue(g, like)]);
}
