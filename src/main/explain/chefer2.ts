/** Chefer2: generic attention-model explainability (Chefer et al., ICCV 2021, equations 5 and 6 for self-attention). */

import type { Vit } from '../model/vit.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { attentionGradients } from './attention-gradients.js';
import { BatchedMaps } from './batched-maps.js';
import { classesInput, mapOutput, pixelsInput } from './graph-inputs.js';
import { meanOverHeads, positive } from './heads.js';
import type { Method } from './method.js';
import { patchesOfRow, readoutRow } from './readout.js';

/**
 * `pixels` and `classes` to `map [batch, N]`. The published recursion `R <- R + C_l R` over the blocks, of which only the
 * row that the head reads is needed: `r <- r + r C_l` from the last block to the first, with `C_l` the mean over the heads
 * of the positive part of gradient times attention.
 */
function chefer2Graph(vit: Vit): Model {
  const g = new GraphBuilder('chefer2');
  const { attention, gradients } = attentionGradients(g, vit, pixelsInput(g, vit), classesInput(g), 'every');
  let row = readoutRow(g, vit);
  for (let block = attention.length - 1; block >= 0; block -= 1) {
    const [probabilities, gradient] = [attention[block], gradients[block]];
    if (probabilities === undefined || gradient === undefined) throw new RangeError('A block has no gradient');
    row = g.add(row, g.matMul(row, meanOverHeads(g, positive(g, g.mul(gradient, probabilities)))));
  }
  mapOutput(g, vit, patchesOfRow(g, vit, row));
  return g.model();
}

/** Items of one run. */
const chunk = 4;

export const chefer2: Method = {
  id: 'chefer2',
  copies: 3,
  refusal: () => null,
  prepare: async (vit, createSession) =>
    new BatchedMaps(vit, await createSession(chefer2Graph(vit)), { chunk, backward: 1 }),
};
