/** The arithmetic that the rules of relevance are made of: stabilised division, positive and negative parts. */

import type { GraphBuilder, Value } from '../builder.js';
import type { Tensor } from '../tensor.js';

/** As a double: as a float32 it would be off in the eighth digit. */
const epsilon: Tensor = { type: 'float64', dims: [], bytes: new Uint8Array(Float64Array.of(1e-9).buffer) };

/** `a / (b + 1e-9)`, 0 where b is 0; where the divisor itself comes out as 0, it is 1e-9. Elementwise, with broadcasting. */
export function stableDivide(g: GraphBuilder, a: Value, b: Value): Value {
  const small = g.constant(epsilon, 'epsilon');
  const zero = g.float(0);
  const shifted = g.add(b, small);
  const divisor = g.op('Where', [g.op('Equal', [shifted, zero]), small, shifted]);
  return g.op('Where', [g.op('Equal', [b, zero]), zero, g.div(a, divisor)]);
}

/** `max(x, 0)` and `min(x, 0)`. */
export function signParts(g: GraphBuilder, x: Value): readonly [positive: Value, negative: Value] {
  const positive = g.op('Relu', [x]);
  return [positive, g.sub(x, positive)];
}

/** Sum over everything but the first dimension, which is kept with ones after it: `[B, 1, ...]`. */
export function sampleSum(g: GraphBuilder, x: Value, rank: number): Value {
  const axes = Array.from({ length: rank - 1 }, (_, axis) => axis + 1);
  return axes.length === 0 ? x : g.op('ReduceSum', [x, g.ints(...axes)], { keepdims: 1 });
}
