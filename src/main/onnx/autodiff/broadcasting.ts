/** Undoes broadcasting: a gradient of a broadcast value is summed over the dimensions along which it was repeated. */

import type { Value } from '../builder.js';
import type { Dimension } from '../graph.js';
import type { ReverseSite } from './reverse-site.js';

/** What becomes of one dimension. */
function isSummed(own: Dimension, others: readonly Dimension[]): boolean | null {
  if (own === 1) return true;
  if (typeof own === 'number') return false;
  return others.every((other) => other === 1 || (other !== null && other === own)) ? false : null;
}

/** Dimension `axis` of shapes aligned at their ends at a common rank; 1 where a shape is shorter. */
function aligned(dims: readonly Dimension[], rank: number, axis: number): Dimension {
  const at = axis - (rank - dims.length);
  return at < 0 ? 1 : (dims[at] ?? null);
}

function sum(site: ReverseSite, x: Value, axes: readonly number[], keep: boolean): Value {
  return axes.length === 0 ? x : site.g.op('ReduceSum', [x, site.g.ints(...axes)], { keepdims: keep ? 1 : 0 });
}

/**
 * `gradient`, which has the broadcast shape of all operands, in the shape `own` of one of them; `others` are the shapes of
 * the rest. Throws RangeError where it cannot be decided whether a dimension was broadcast.
 */
export function unbroadcast(
  site: ReverseSite,
  gradient: Value,
  own: readonly Dimension[],
  others: readonly (readonly Dimension[])[],
): Value {
  const rank = Math.max(own.length, ...others.map(({ length }) => length));
  const lead = rank - own.length;
  const summed = own.flatMap((dim, index) => {
    const rest = others.map((dims) => aligned(dims, rank, lead + index));
    // Nothing was repeated along a dimension that is 1 everywhere.
    if (dim === 1 && rest.every((other) => other === 1)) return [];
    const decided = isSummed(dim, rest);
    if (decided === null) {
      site.fail(
        `cannot be reversed: whether the dimension ${String(dim)} of [${own.join(', ')}] was broadcast is not known`,
      );
    }
    return decided ? [index] : [];
  });
  const leading = Array.from({ length: lead }, (_, index) => index);
  return sum(site, sum(site, gradient, leading, false), summed, true);
}
