/** Opens fused operators of com.microsoft and of newer operator sets into plain ones. */

import type { Model } from '../graph.js';
import { attentionOpeners } from './unfuse-attention.js';
import { normOpeners } from './unfuse-norms.js';
import { pointwiseOpeners } from './unfuse-pointwise.js';
import { productOpeners } from './unfuse-products.js';
import { type Opener, Rewriter } from './rewrite.js';

/** By `domain.operator`, the domain of the standard operators being empty. */
const openers: ReadonlyMap<string, Opener> = new Map(
  Object.entries({ ...attentionOpeners, ...normOpeners, ...pointwiseOpeners, ...productOpeners }),
);

/**
 * The model with fused operators opened: attention (com.microsoft Attention and MultiHeadAttention, ai.onnx Attention),
 * residual additions with a norm, biases with an activation, products with a factor, transposition or activation. All
 * existing values keep their names; the attention probabilities `[B, heads, S, T]` become a value `..._probabilities`,
 * named after the operator's output.
 *
 * What stays as it is: forms with a cache of past keys, causal masks, one-dimensional masks and further outputs. RMS
 * norms become `SimplifiedLayerNormalization` of the standard domain, which the runtime has in every operator set.
 * Needs operator set 20 (see upgradeOpset): older models come back unchanged.
 */
export function unfuse(model: Model): Model {
  if ((model.opsets.get('') ?? 0) < 20) return model;
  const rewriter = new Rewriter(model);
  for (const node of model.graph.nodes) {
    const open = openers.get(`${node.domain}.${node.op}`);
    if (open) rewriter.replace([node], node, (g) => open(g, node, rewriter));
  }
  return rewriter.result();
}
