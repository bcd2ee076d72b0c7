/** Means over the heads of attention, as the methods that follow attention need them. */

import type { GraphBuilder, Value } from '../onnx/builder.js';

/** `[B, heads, R, T]` to the mean over heads `[B, R, T]`. */
export function meanOverHeads(g: GraphBuilder, x: Value): Value {
  return g.op('ReduceMean', [x, g.ints(1)], { keepdims: 0 });
}

/** The positive part: `max(x, 0)`. */
export function positive(g: GraphBuilder, x: Value): Value {
  return g.op('Relu', [x]);
}
