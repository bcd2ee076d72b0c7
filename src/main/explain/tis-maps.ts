/** How the masks of TIS and their scores become maps: the published mean, or a regression. */

import { type Vit, classCount, patchCount } from '../model/vit.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { groupSums, jackknifeError, meansWithoutOne } from './jackknife.js';
import { columnMean, columnSum, ridge } from './ridge.js';

/** Maps `[classes, N]`. */
export interface Maps {
  /** What masks that keep a patch score: the published map. */
  readonly kept: Float32Array;
  /** What masks that drop it score. */
  readonly dropped: Float32Array;
  /** Standard error of `kept`: by jackknife; of a regression half the difference of the halves. NaN where too few masks tell. */
  readonly keptError: Float32Array;
  /** `kept` from the masks of even and of odd position alone, `[2, classes, N]`: how far it has settled. */
  readonly halves: Float32Array;
}

/** Masks given as the patches that they keep, `[m, K]`, as ones and zeros `[m, patches]`. */
function keptPatches(g: GraphBuilder, maskIndices: Value, patches: number): Value {
  const ones = g.add(g.mul(g.cast(maskIndices, 'float32'), g.float(0)), g.float(1));
  const zeros = g.mul(g.slice(ones, 1, 0, 1), g.floats(new Float32Array(patches), [1, patches]));
  return g.op('ScatterElements', [zeros, maskIndices, ones], { axis: 1 });
}

/** The inputs of a graph that makes maps. */
interface MasksAndScores {
  readonly g: GraphBuilder;
  /** Ones and zeros `[m, N]`. */
  readonly masks: Value;
  /** Log-probabilities of the classes wanted, `[m, c]`. */
  readonly logarithms: Value;
}

export function masksAndScores(name: string, vit: Vit): MasksAndScores {
  const g = new GraphBuilder(name);
  const maskIndices = g.input('mask_indices', 'int32', ['m', 'K']);
  const all = g.input('log_probabilities', 'float32', ['m', classCount(vit)]);
  const classes = g.input('classes', 'int64', ['c']);
  const masks = keptPatches(g, maskIndices, patchCount(vit));
  return { g, masks, logarithms: g.gather(all, classes, 1) };
}

/** Mean score of the masks that keep each patch, `[c, N]`. */
function meanKept(g: GraphBuilder, masks: Value, scores: Value): Value {
  return g.div(g.matMul(g.transpose(scores, 1, 0), masks), columnSum(g, masks));
}

/**
 * `mask_indices [m, K]`, their `log_probabilities [m, C]` and `classes [c]` to {@link Maps}: the published estimate (Englebert et
 * al. 2023, equation 5).
 */
export function mapsGraph(vit: Vit): Model {
  const { g, masks, logarithms } = masksAndScores('tis_maps', vit);
  const scores = g.op('Exp', [logarithms]);
  const patches = patchCount(vit);
  g.output('kept', meanKept(g, masks, scores), 'float32', ['c', patches]);
  g.output('dropped', meanKept(g, g.sub(g.float(1), masks), scores), 'float32', ['c', patches]);
  const error = jackknifeError(g, meansWithoutOne(g, groupSums(g, masks, scores)));
  g.output('kept_error', error, 'float32', ['c', patches]);
  const halves = [0, 1].map((first) => {
    const every = (x: Value): Value => g.slice(x, 0, first, Number.MAX_SAFE_INTEGER, 2);
    return g.reshape(meanKept(g, every(masks), every(scores)), 1, -1, patches);
  });
  g.output('halves', g.concat(0, ...halves), 'float32', [2, 'c', patches]);
  return g.model();
}

/**
 * The same from a ridge regression of the scores on the patches that masks keep: `kept` and `dropped` are the expected score of
 * a mask with and without a patch while the other patches are kept as often as on average. The published mean credits a
 * patch with the patches that come with it in the same masks; the regression tells them apart (docs/estimates.md).
 */
export function regressionGraph(vit: Vit): Model {
  const { g, masks, logarithms } = masksAndScores('tis_regression', vit);
  const scores = g.op('Exp', [logarithms]);
  const patches = patchCount(vit);
  const [centre, mean] = [columnMean(g, masks), columnMean(g, scores)];
  const share = g.op('ReduceMean', [centre, g.ints(1)], { keepdims: 0 });
  const variance = g.mul(share, g.sub(g.float(1), share));
  const { weights, halves } = ridge(g, g.sub(masks, centre), g.sub(scores, mean), variance, patches);
  const level = g.transpose(mean, 1, 0);
  const kept = (some: Value): Value => g.add(level, g.mul(g.transpose(some, 1, 0), g.sub(g.float(1), centre)));
  g.output('kept', kept(weights), 'float32', ['c', patches]);
  g.output('dropped', g.sub(level, g.mul(g.transpose(weights, 1, 0), centre)), 'float32', ['c', patches]);
  const [even, odd] = [kept(halves[0]), kept(halves[1])];
  g.output('kept_error', g.mul(g.op('Abs', [g.sub(even, odd)]), g.float(0.5)), 'float32', ['c', patches]);
  const both = [even, odd].map((half) => g.reshape(half, 1, -1, patches));
  g.output('halves', g.concat(0, ...both), 'float32', [2, 'c', patches]);
  return g.model();
}
