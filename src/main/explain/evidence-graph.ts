/** The evidence of masks and their scores for each class: what keeping a patch adds to the logarithm of the class's probability. */

import type { Vit } from '../model/vit.js';
import { patchCount } from '../model/vit.js';
import { jackknifeGroups } from '../../shared/evidence.js';
import type { GraphBuilder, Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { type GroupSums, groupSums, meanOfAll, meansWithoutOne } from './jackknife.js';
import { masksAndScores } from './tis-maps.js';
import { columnMean } from './ridge.js';

/** What masks with a patch score more than masks without it. */
function gain(g: GraphBuilder, mean: (some: GroupSums) => Value, kept: GroupSums, dropped: GroupSums): Value {
  return g.sub(mean(kept), mean(dropped));
}

/**
 * `mask_indices [m, K]`, their `log_probabilities [m, C]` and `classes [c]` to `evidence [c, N]`, the mean log-probability of
 * the masks with a patch minus that of the masks without it, in nats, and to `evidence_without [16, c, N]`, the same from the
 * masks of all groups but one. The difference of two classes is their contrast map.
 */
export function evidenceGraph(vit: Vit): Model {
  const { g, masks, logarithms } = masksAndScores('tis_evidence', vit);
  const patches = patchCount(vit);
  // Sums of many values far from zero would lose the digits that differ; a constant cancels in the difference.
  const centred = g.sub(logarithms, columnMean(g, logarithms));
  const kept = groupSums(g, masks, centred);
  const dropped = groupSums(g, g.sub(g.float(1), masks), centred);
  const all = gain(g, (some) => meanOfAll(g, some), kept, dropped);
  g.output('evidence', g.reshape(all, -1, patches), 'float32', ['c', patches]);
  const without = gain(g, (some) => meansWithoutOne(g, some), kept, dropped);
  g.output('evidence_without', without, 'float32', [jackknifeGroups, 'c', patches]);
  return g.model();
}
