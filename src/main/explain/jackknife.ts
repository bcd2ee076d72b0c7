/** Graph pieces of the delete-one-group jackknife over masks: how far a map varies with the masks that happened to be drawn. */

import type { GraphBuilder, Value } from '../onnx/builder.js';
import { jackknifeGroups } from '../../shared/evidence.js';

/** Sums of scores over the masks that keep a patch and how many those are, a group of masks each. */
export interface GroupSums {
  /** `[groups, c, N]`. */
  readonly sums: Value;
  /** `[groups, 1, N]`. */
  readonly counts: Value;
}

/** Mask i belongs to group i mod 16. @param masks ones and zeros `[m, N]`. @param scores `[m, c]`. */
export function groupSums(g: GraphBuilder, masks: Value, scores: Value): GroupSums {
  const groups = Array.from({ length: jackknifeGroups }, (_, group) => {
    const every = (x: Value): Value => g.slice(x, 0, group, Number.MAX_SAFE_INTEGER, jackknifeGroups);
    const kept = every(masks);
    const sum = g.matMul(g.transpose(every(scores), 1, 0), kept);
    return {
      sum: g.op('Unsqueeze', [sum, g.ints(0)]),
      count: g.op('Unsqueeze', [g.reduceSum(kept, 0, true), g.ints(0)]),
    };
  });
  return {
    sums: g.concat(0, ...groups.map(({ sum }) => sum)),
    counts: g.concat(0, ...groups.map(({ count }) => count)),
  };
}

/** Mean score of all masks, `[1, c, N]`. */
export function meanOfAll(g: GraphBuilder, { sums, counts }: GroupSums): Value {
  return g.div(g.reduceSum(sums, 0, true), g.reduceSum(counts, 0, true));
}

/** Mean score of the masks of all groups but one, for each group, `[groups, c, N]`; NaN where no mask of the others keeps a patch. */
export function meansWithoutOne(g: GraphBuilder, { sums, counts }: GroupSums): Value {
  const others = (each: Value): Value => g.sub(g.reduceSum(each, 0, true), each);
  return g.div(others(sums), others(counts));
}

/** Standard error `[c, N]` of what was made without one group at a time, `[groups, c, N]` (Tukey 1958). */
export function jackknifeError(g: GraphBuilder, replicates: Value): Value {
  const mean = g.op('ReduceMean', [replicates, g.ints(0)], { keepdims: 1 });
  const off = g.sub(replicates, mean);
  const squares = g.reduceSum(g.mul(off, off), 0, false);
  return g.op('Sqrt', [g.mul(squares, g.float((jackknifeGroups - 1) / jackknifeGroups))]);
}
