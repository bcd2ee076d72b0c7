/** TAM: transition attention maps (Yuan et al., XAI4Debugging 2021), attention as a Markov chain times a path gradient. */

import type { Vit } from '../model/vit.js';
import { embed, encode } from '../model/vit-graph.js';
import type { GraphBuilder, Value } from '../onnx/builder.js';
import { AttentionPath } from './attention-path.js';
import { meanOverHeads } from './heads.js';
import type { Method } from './method.js';
import { readRow } from './readout.js';

/** The row that the head reads of the last block's attention, then `s <- s A_l + s` down to the first block. */
function chain(g: GraphBuilder, vit: Vit, pixels: Value): Value {
  const { attention } = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false, attention: true });
  const [last, ...lower] = attention.map((probabilities) => meanOverHeads(g, probabilities)).reverse();
  if (last === undefined) throw new RangeError('A ViT has at least one block');
  let state = readRow(g, vit, last);
  for (const matrix of lower) state = g.add(g.matMul(state, matrix), state);
  return state;
}

export const tam: Method = {
  id: 'tam',
  copies: 4,
  refusal: () => null,
  prepare: (vit, createSession) => AttentionPath.create(vit, createSession, { ofClass: false, row: chain }),
};
