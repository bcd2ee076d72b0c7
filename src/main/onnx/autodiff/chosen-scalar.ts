/** The logits of classes chosen at run time as one number to differentiate. */

import type { GraphBuilder, Value } from '../builder.js';

/** `classes` int64 `[B]` as float32 `[B, classCount]`: 1 at the class of each row, 0 elsewhere. */
export function chosenOneHot(g: GraphBuilder, classes: Value, classCount: number): Value {
  const all = g.ints(...Array.from({ length: classCount }, (_, index) => index));
  return g.cast(g.op('Equal', [g.op('Unsqueeze', [classes, g.ints(1)]), all]), 'float32');
}

/**
 * The sum over the batch of `logits[b, classes[b]]`, rank 0, for `logits [B, classCount]` and `classes` int64 `[B]`: a
 * product with ones and zeros, so that its gradient at a row is that of the row's own logit.
 */
export function chosenScalar(g: GraphBuilder, logits: Value, classes: Value, classCount: number): Value {
  const chosen = g.mul(logits, chosenOneHot(g, classes, classCount));
  return g.op('ReduceSum', [chosen], { keepdims: 0 });
}
