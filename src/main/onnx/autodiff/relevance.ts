/** Layer-wise relevance propagation over a graph: the reverse walk with the rules of transformer attribution. */

import type { GraphBuilder, Value } from '../builder.js';
import { relevanceRules } from './relevance-rules.js';
import { reverseWalk } from './reverse-walk.js';

/**
 * Appends to `g` the relevance of the values `wrt` (each of the shape of its value) when `start` is the relevance of `from`
 * (of its shape). Rules of Chefer et al., CVPR 2021, alpha 1 and beta 0, as published in their code: see
 * relevance-rules.ts. Every row of the first dimension (the batch) is propagated by itself.
 *
 * The rules divide by sums that pass through zero: run the graph in float64.
 * @throws RangeError naming the nodes for which there is no rule.
 */
export function relevances(g: GraphBuilder, from: Value, start: Value, wrt: readonly Value[]): readonly Value[] {
  const found = reverseWalk(g, new Map([[from, start]]), wrt, relevanceRules);
  return wrt.map((value) => {
    const relevance = found.get(value);
    if (relevance === undefined) throw new RangeError(`'${from}' does not depend on '${value}'`);
    return relevance;
  });
}
