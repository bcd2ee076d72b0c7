/** Numbers in formulas of gradients, in the type of the values that they are combined with. */

import type { GraphBuilder, Value } from '../builder.js';
import { tensorOf } from '../shapes/elements.js';
import type { DataType } from '../tensor.js';

/**
 * A rank-0 number of type `type`. One that float32 does not hold exactly is stored in double precision behind a Cast that
 * the runtime folds, so that a graph brought to float64 later computes with the exact one.
 */
export function numberOf(g: GraphBuilder, number: number, type: DataType): Value {
  if (type === 'float32' && Math.fround(number) === number) return g.float(number);
  const tensor = tensorOf('float64', [], [number]);
  if (tensor === undefined) throw new RangeError(`${String(number)} has no tensor`);
  const stored = g.constant(tensor);
  return type === 'float64' ? stored : g.cast(stored, type);
}
