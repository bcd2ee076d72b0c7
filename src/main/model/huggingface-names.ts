/** The names under which Hugging Face models keep the weights of their encoders. */

import type { Family } from './huggingface-config.js';

/** Names of the weights of an encoder, after its root; `{}` stands for the number of a block. */
export interface EncoderNames {
  readonly cls: string | null;
  readonly positions: string;
  readonly patches: string;
  readonly block: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly projection: string;
  readonly attentionNorm: string;
  readonly attentionScale: string;
  readonly in: string;
  readonly out: string;
  readonly feedForwardNorm: string;
  readonly feedForwardScale: string;
  readonly norm: string;
}

const vitNames: EncoderNames = {
  cls: 'embeddings.cls_token',
  positions: 'embeddings.position_embeddings',
  patches: 'embeddings.patch_embeddings.projection',
  block: 'encoder.layer.{}',
  query: 'attention.attention.query',
  key: 'attention.attention.key',
  value: 'attention.attention.value',
  projection: 'attention.output.dense',
  attentionNorm: 'layernorm_before',
  attentionScale: 'lambda_1',
  in: 'intermediate.dense',
  out: 'output.dense',
  feedForwardNorm: 'layernorm_after',
  feedForwardScale: 'lambda_2',
  norm: 'layernorm',
};

const dinov2Names: EncoderNames = {
  ...vitNames,
  attentionNorm: 'norm1',
  attentionScale: 'layer_scale1.lambda1',
  in: 'mlp.fc1',
  out: 'mlp.fc2',
  feedForwardNorm: 'norm2',
  feedForwardScale: 'layer_scale2.lambda1',
};

const clipNames: EncoderNames = {
  ...vitNames,
  cls: 'embeddings.class_embedding',
  positions: 'embeddings.position_embedding.weight',
  patches: 'embeddings.patch_embedding',
  block: 'encoder.layers.{}',
  query: 'self_attn.q_proj',
  key: 'self_attn.k_proj',
  value: 'self_attn.v_proj',
  projection: 'self_attn.out_proj',
  attentionNorm: 'layer_norm1',
  in: 'mlp.fc1',
  out: 'mlp.fc2',
  feedForwardNorm: 'layer_norm2',
  norm: 'post_layernorm',
};

/** Where every family keeps its weights. */
export const encoderNames: Readonly<Record<Family, EncoderNames>> = {
  vit: vitNames,
  deit: vitNames,
  beit: vitNames,
  dinov2: dinov2Names,
  dinov2_with_registers: dinov2Names,
  clip: clipNames,
  siglip: { ...clipNames, cls: null },
};

/** What Transformers 5 calls the same weights of its reworked models in memory: a state dictionary saved from there has them. */
export const reworkedNames: Pick<EncoderNames, 'block' | 'query' | 'key' | 'value' | 'projection' | 'in' | 'out'> = {
  block: 'layers.{}',
  query: 'attention.q_proj',
  key: 'attention.k_proj',
  value: 'attention.v_proj',
  projection: 'attention.o_proj',
  in: 'mlp.fc1',
  out: 'mlp.fc2',
};
