/** Puts back what an operator took out of a value: its elements at their places, zeros everywhere else. */

import type { GraphBuilder, Value } from '../builder.js';
import type { Dimension } from '../graph.js';
import type { Extent } from './extents.js';

/** How much of an axis lies before and after a stretch of it: at least one of the two is known. */
export interface Margin {
  readonly before?: number;
  readonly after?: number;
}

/** The amounts before each axis, int64 `[rank]`, where some are only known once `missing`, all that is left out, is. */
function amountsBefore(g: GraphBuilder, margins: readonly Margin[], missing: Value): Value {
  const known = g.ints(...margins.map(({ before }) => before ?? 0));
  if (margins.every(({ before }) => before !== undefined)) return known;
  const fromEnd = g.ints(...margins.map(({ before }) => (before === undefined ? 1 : 0)));
  const after = g.ints(...margins.map((margin) => margin.after ?? 0));
  return g.add(known, g.mul(fromEnd, g.sub(missing, after)));
}

/** `x`, a stretch of every axis, in zeros of the shape of `whole`; `margins` says for each axis what lies around it. */
export function surrounded(g: GraphBuilder, x: Value, whole: Extent, margins: readonly Margin[]): Value {
  if (margins.every(({ before, after }) => before === 0 && after === 0)) return x;
  if (margins.every(({ before, after }) => before !== undefined && after !== undefined)) {
    const amounts = [...margins.map(({ before }) => before ?? 0), ...margins.map(({ after }) => after ?? 0)];
    return g.op('Pad', [x, g.ints(...amounts)]);
  }
  const missing = g.sub(g.op('Shape', [whole.value]), g.op('Shape', [x]));
  const before = amountsBefore(g, margins, missing);
  return g.op('Pad', [x, g.concat(0, before, g.sub(missing, before))]);
}

/**
 * The entries of `x` along `axis` at `positions`, all different, in zeros of `size` entries. A gather from `x` and one row
 * of zeros: nothing is written twice, so the result does not depend on the number of threads.
 */
export function spread(g: GraphBuilder, x: Value, axis: number, positions: readonly number[], size: number): Value {
  const sources = Array.from({ length: size }, () => positions.length);
  positions.forEach((position, index) => {
    sources[position] = index;
  });
  const withZeros = g.op('Pad', [x, g.ints(0, 1), null, g.ints(axis)]);
  return g.gather(withZeros, g.ints(...sources), axis);
}

/** Margins of a value that is whole along every axis but one. */
export function alongAxis(dims: readonly Dimension[], axis: number, margin: Margin): readonly Margin[] {
  return dims.map((_, index) => (index === axis ? margin : { before: 0, after: 0 }));
}
