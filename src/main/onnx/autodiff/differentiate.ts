/** Reverse-mode automatic differentiation on ONNX graphs: gradients are further nodes of the same graph. */

import type { GraphBuilder, Value } from '../builder.js';
import type { DataType } from '../tensor.js';
import { inferShapes } from '../shapes.js';
import { filled } from './extents.js';
import { gradientRules } from './gradient-rules.js';
import { type ReverseRules, reverseWalk } from './reverse-walk.js';

const rules: ReverseRules = {
  rule: ({ domain, op }) => (domain === '' && Object.hasOwn(gradientRules, op) ? gradientRules[op] : undefined),
  join: (g, _, parts) => parts.map(({ upstream }) => upstream).reduce((sum, part) => g.add(sum, part)),
};

/**
 * Appends to `g` the gradients of the sum of all elements of `of` with respect to the values `wrt`, each of the shape of
 * its value; zeros of that shape where `of` does not depend on it. Values of `wrt` may be computed from one another: each
 * gets the total derivative. Weights and whatever else is not asked for cost nothing.
 *
 * Throws RangeError that names operator and node of everything between `wrt` and `of` that has no rule, or whose shapes
 * are not known well enough to say which dimensions were broadcast.
 */
export function differentiate(g: GraphBuilder, of: Value, wrt: readonly Value[]): readonly Value[] {
  const shapes = inferShapes(g.model());
  const like = (value: Value, number: number): Value => {
    const type: DataType = shapes.type(value) ?? 'float32';
    return filled(g, { value, dims: shapes.dims(value), type }, number);
  };
  const gradients = reverseWalk(g, new Map([[of, like(of, 1)]]), wrt, rules);
  return wrt.map((value) => gradients.get(value) ?? like(value, 0));
}
