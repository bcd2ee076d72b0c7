/** BT-T and BT-H: Beyond Intuition (Chen et al., TMLR 2023), attention perception by tokens or heads times a path gradient. */

import { type Vit } from '../model/vit.js';
import { type BlockValues, embed, encode } from '../model/vit-graph.js';
import { emit } from '../model/weight.js';
import type { GraphBuilder, Value } from '../onnx/builder.js';
import { attentionGradients } from './attention-gradients.js';
import { AttentionPath } from './attention-path.js';
import { meanOverHeads } from './heads.js';
import type { Method } from './method.js';
import { readoutRow } from './readout.js';

/** `R <- R + P_l R` over all blocks, of which only the row that the head reads is needed: `r <- r + r P_l`, the last first. */
function perceived(g: GraphBuilder, vit: Vit, perceptions: readonly Value[]): Value {
  let row = readoutRow(g, vit);
  for (const perception of [...perceptions].reverse()) row = g.add(row, g.matMul(row, perception));
  return row;
}

/** Euclidean norm over the last dimension, kept. */
function norm(g: GraphBuilder, x: Value): Value {
  return g.op('Sqrt', [g.reduceSum(g.mul(x, x), -1, true)]);
}

/**
 * How much each token is scaled by values and projection, `|v_t W| / |x_t|` as a row `[B, 1, T]`: the projection's bias is
 * left out, a LayerScale belongs to the projection.
 */
function tokenScale(g: GraphBuilder, vit: Vit, index: number, values: BlockValues): Value {
  const block = vit.blocks[index];
  if (block === undefined) throw new RangeError('There is no such block');
  const { layer, layerScale } = block.attention;
  const joined = g.reshape(g.transpose(values.values, 0, 2, 1, 3), 0, 0, layer.value.outputs);
  const projected = g.matMul(joined, emit(g, layer.projection.weight));
  const scaled = layerScale === null ? projected : g.mul(projected, emit(g, layerScale));
  return g.transpose(g.div(norm(g, scaled), norm(g, values.input)), 0, 2, 1);
}

function byTokens(g: GraphBuilder, vit: Vit, pixels: Value): Value {
  const { blocks } = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false, attention: true });
  const perceptions = blocks.map((values, index) =>
    g.mul(meanOverHeads(g, values.probabilities), tokenScale(g, vit, index, values)),
  );
  return perceived(g, vit, perceptions);
}

/** The heads weighted by the mean of `|A_h^T G_h|`, their share of it. */
function byHeads(g: GraphBuilder, vit: Vit, pixels: Value, classes: Value | null): Value {
  if (classes === null) throw new RangeError('BT-H needs a class');
  const { attention, gradients } = attentionGradients(g, vit, pixels, classes, 'every');
  const perceptions = attention.map((probabilities, index) => {
    const gradient = gradients[index];
    if (gradient === undefined) throw new RangeError('A block has no gradient');
    const product = g.matMul(g.transpose(probabilities, 0, 1, 3, 2), gradient);
    const strength = g.op('ReduceMean', [g.op('Abs', [product]), g.ints(2, 3)], { keepdims: 1 });
    const share = g.div(strength, g.reduceSum(strength, 1, true));
    return g.reduceSum(g.mul(share, probabilities), 1, false);
  });
  return perceived(g, vit, perceptions);
}

export const btT: Method = {
  id: 'bt-t',
  copies: 4,
  refusal: (vit) =>
    vit.blocks.every(({ attention }) => attention.before !== null && attention.inside === null)
      ? null
      : 'BT-T compares what attention writes with what enters the block, which takes blocks that normalise before attention (pre-norm). This model normalises after it.',
  prepare: (vit, createSession) => AttentionPath.create(vit, createSession, { ofClass: false, row: byTokens }),
};

export const btH: Method = {
  id: 'bt-h',
  copies: 5,
  refusal: () => null,
  prepare: (vit, createSession) => AttentionPath.create(vit, createSession, { ofClass: true, row: byHeads }),
};
