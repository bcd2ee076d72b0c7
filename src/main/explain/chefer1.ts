/** Chefer1: transformer attribution (Chefer et al., CVPR 2021), relevance of attention times its gradient, combined over the blocks. */

import type { Vit } from '../model/vit.js';
import { GraphBuilder } from '../onnx/builder.js';
import { chosenOneHot } from '../onnx/autodiff/chosen-scalar.js';
import { relevances } from '../onnx/autodiff/relevance.js';
import type { Model } from '../onnx/graph.js';
import { toFloat64 } from '../onnx/passes/to-float64.js';
import { attentionGradients } from './attention-gradients.js';
import { BatchedMaps } from './batched-maps.js';
import { classesInput, mapOutput, pixelsInput } from './graph-inputs.js';
import { meanOverHeads, positive } from './heads.js';
import type { Method } from './method.js';
import { patchesOfRow, readoutRow } from './readout.js';

/**
 * `pixels` and `classes` to `map [batch, N]`. Relevance starts as 1 at the class and is propagated down to the attention of
 * every block; `J <- (I + M_l) J` with `M_l` the mean over the heads of the positive part of gradient times relevance, of
 * which only the row that the head reads is needed. Everything runs in float64: the rules divide by sums that pass through
 * zero, so that rounding to float32, even of the activations alone, changes maps by up to half of their range.
 */
function chefer1Graph(vit: Vit): Model {
  const g = new GraphBuilder('chefer1');
  const classes = classesInput(g);
  const { logits, attention, gradients } = attentionGradients(g, vit, pixelsInput(g, vit), classes, 'every');
  const start = chosenOneHot(g, classes, vit.head.classifier.outputs);
  const relevance = relevances(g, logits, start, attention);
  let row = readoutRow(g, vit);
  for (let block = attention.length - 1; block >= 0; block -= 1) {
    const [own, gradient] = [relevance[block], gradients[block]];
    if (own === undefined || gradient === undefined) throw new RangeError('A block has no relevance');
    row = g.add(row, g.matMul(row, meanOverHeads(g, positive(g, g.mul(gradient, own)))));
  }
  mapOutput(g, vit, patchesOfRow(g, vit, row));
  return toFloat64(g.model());
}

/** Items of one run: more of them, of twice the size in float64, leave the processor's cache. */
const chunk = 1;

export const chefer1: Method = {
  id: 'chefer1',
  copies: 20,
  refusal: (vit) =>
    vit.blocks.some(({ feedForward }) => feedForward.layer.gate !== null)
      ? 'Chefer1 has no rule of relevance for gated feed-forward layers (SwiGLU and its kin), which this model has.'
      : null,
  prepare: async (vit, createSession) =>
    new BatchedMaps(vit, await createSession(chefer1Graph(vit)), { chunk, backward: 2 }),
};
