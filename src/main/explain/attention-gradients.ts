/** The gradients of a class's logit with respect to the attention of every block, in one graph with the forward pass. */

import { type Vit, classCount } from '../model/vit.js';
import { type Encoded, embed, encode } from '../model/vit-graph.js';
import { chosenScalar } from '../onnx/autodiff/chosen-scalar.js';
import { differentiate } from '../onnx/autodiff/differentiate.js';
import type { GraphBuilder, Value } from '../onnx/builder.js';

export interface AttentionGradients extends Encoded {
  /** Of the logit of each image's class with respect to the attention asked for, `[B, heads, T, T]` each. */
  readonly gradients: readonly Value[];
}

/**
 * Runs images `pixels [B, channels, H, W]` and differentiates the logit of their classes `[B]`.
 * @param blocks `every` block's attention, or that of the `last` one only.
 */
export function attentionGradients(
  g: GraphBuilder,
  vit: Vit,
  pixels: Value,
  classes: Value,
  blocks: 'every' | 'last',
): AttentionGradients {
  const encoded = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false, attention: true });
  const chosen = chosenScalar(g, encoded.logits, classes, classCount(vit));
  const wanted = blocks === 'every' ? encoded.attention : encoded.attention.slice(-1);
  return { ...encoded, gradients: differentiate(g, chosen, wanted) };
}
