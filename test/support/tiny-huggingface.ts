/** Tiny Hugging Face folders of every family that opens, with what each is by plain computation. */

import { type PlainBlock, pointwise } from './plain-vit.js';
import {
  type Shapes,
  type TinyFolder,
  base,
  linear,
  norm,
  nothing,
  patches,
  perBlock,
  randomState,
  tiny,
} from './tiny-folders.js';

const config = {
  hidden_size: tiny.width,
  num_hidden_layers: tiny.blocks,
  num_attention_heads: tiny.heads,
  image_size: tiny.image,
  patch_size: tiny.patch,
  layer_norm_eps: 1e-5,
  hidden_act: 'gelu',
} as const;

interface HuggingFaceOptions {
  readonly qkvBias?: boolean;
  readonly activation?: readonly [string, (x: number) => number];
}

function vitBlockShapes(at: string, qkvBias: boolean): Shapes {
  const { width, inner } = tiny;
  return {
    ...norm(`${at}layernorm_before`, width),
    ...linear(`${at}attention.attention.query`, width, width, qkvBias),
    ...linear(`${at}attention.attention.key`, width, width, qkvBias),
    ...linear(`${at}attention.attention.value`, width, width, qkvBias),
    ...linear(`${at}attention.output.dense`, width, width),
    ...norm(`${at}layernorm_after`, width),
    ...linear(`${at}intermediate.dense`, width, inner),
    ...linear(`${at}output.dense`, inner, width),
  };
}

function vitBlock(root: string, index: number): PlainBlock {
  const at = `${root}encoder.layer.${String(index)}.`;
  return {
    norm1: `${at}layernorm_before`,
    norm2: `${at}layernorm_after`,
    qkv: [`${at}attention.attention.query`, `${at}attention.attention.key`, `${at}attention.attention.value`],
    qNorm: null,
    kNorm: null,
    projection: `${at}attention.output.dense`,
    scale1: null,
    scale2: null,
    in: `${at}intermediate.dense`,
    gated: false,
    out: `${at}output.dense`,
  };
}

function embeddings(root: string, placed: number): Shapes {
  const { width, patch } = tiny;
  return {
    [`${root}embeddings.cls_token`]: [1, 1, width],
    [`${root}embeddings.position_embeddings`]: [1, patches + placed, width],
    [`${root}embeddings.patch_embeddings.projection.weight`]: [width, 3, patch, patch],
    [`${root}embeddings.patch_embeddings.projection.bias`]: [width],
  };
}

export function tinyVit({
  qkvBias = true,
  activation = ['gelu', pointwise.gelu],
}: HuggingFaceOptions = {}): TinyFolder {
  const root = 'vit.';
  return {
    config: {
      ...config,
      model_type: 'vit',
      architectures: ['ViTForImageClassification'],
      hidden_act: activation[0],
      qkv_bias: qkvBias,
    },
    state: randomState({
      ...embeddings(root, 1),
      ...perBlock((index) => vitBlockShapes(`${root}encoder.layer.${String(index)}.`, qkvBias)),
      ...norm('vit.layernorm', tiny.width),
      ...linear('classifier', tiny.width, tiny.classes),
    }),
    spec: {
      ...base,
      ...nothing,
      activation: activation[1],
      conv: 'vit.embeddings.patch_embeddings.projection',
      prefix: ['vit.embeddings.cls_token'],
      positions: 'vit.embeddings.position_embeddings',
      placed: 1,
      block: (index) => vitBlock(root, index),
      norm: 'vit.layernorm',
      pooling: 'cls',
      classifier: 'classifier',
    },
  };
}

export function tinyDeit(teacher: boolean): TinyFolder {
  const root = 'deit.';
  const classifier = teacher ? 'cls_classifier' : 'classifier';
  const architecture = teacher ? 'DeiTForImageClassificationWithTeacher' : 'DeiTForImageClassification';
  return {
    config: { ...config, model_type: 'deit', architectures: [architecture] },
    state: randomState({
      ...embeddings(root, 2),
      'deit.embeddings.distillation_token': [1, 1, tiny.width],
      ...perBlock((index) => vitBlockShapes(`${root}encoder.layer.${String(index)}.`, true)),
      ...norm('deit.layernorm', tiny.width),
      ...linear(classifier, tiny.width, tiny.classes),
      ...(teacher ? linear('distillation_classifier', tiny.width, tiny.classes) : {}),
    }),
    spec: {
      ...base,
      ...nothing,
      conv: 'deit.embeddings.patch_embeddings.projection',
      prefix: ['deit.embeddings.cls_token', 'deit.embeddings.distillation_token'],
      positions: 'deit.embeddings.position_embeddings',
      placed: 2,
      block: (index) => vitBlock(root, index),
      norm: 'deit.layernorm',
      pooling: teacher ? 'distilled' : 'cls',
      classifier,
      distilled: teacher ? 'distillation_classifier' : null,
    },
  };
}

function dinov2BlockShapes(at: string, swiglu: boolean): Shapes {
  const { width, inner } = tiny;
  return {
    ...norm(`${at}norm1`, width),
    ...linear(`${at}attention.attention.query`, width, width),
    ...linear(`${at}attention.attention.key`, width, width),
    ...linear(`${at}attention.attention.value`, width, width),
    ...linear(`${at}attention.output.dense`, width, width),
    [`${at}layer_scale1.lambda1`]: [width],
    ...norm(`${at}norm2`, width),
    ...(swiglu
      ? { ...linear(`${at}mlp.weights_in`, width, 2 * inner), ...linear(`${at}mlp.weights_out`, inner, width) }
      : { ...linear(`${at}mlp.fc1`, width, inner), ...linear(`${at}mlp.fc2`, inner, width) }),
    [`${at}layer_scale2.lambda1`]: [width],
  };
}

/** DINOv2, for a picture of `image` pixels a side; its positions are learned on 16. */
export function tinyDinov2(registers: number, swiglu = false, image: number = tiny.image): TinyFolder {
  const type = registers > 0 ? 'dinov2_with_registers' : 'dinov2';
  const root = `${type}.`;
  const architecture = registers > 0 ? 'Dinov2WithRegistersForImageClassification' : 'Dinov2ForImageClassification';
  return {
    config: {
      ...config,
      model_type: type,
      architectures: [architecture],
      use_swiglu_ffn: swiglu,
      ...(registers > 0 ? { num_register_tokens: registers } : {}),
    },
    state: randomState({
      ...embeddings(root, 1),
      ...(registers > 0 ? { [`${root}embeddings.register_tokens`]: [1, registers, tiny.width] } : {}),
      [`${root}embeddings.mask_token`]: [1, tiny.width],
      ...perBlock((index) => dinov2BlockShapes(`${root}encoder.layer.${String(index)}.`, swiglu)),
      ...norm(`${root}layernorm`, tiny.width),
      ...linear('classifier', 2 * tiny.width, tiny.classes),
    }),
    spec: {
      ...base,
      ...nothing,
      image,
      learned: tiny.image / tiny.patch,
      antialias: registers > 0,
      conv: `${root}embeddings.patch_embeddings.projection`,
      prefix: [`${root}embeddings.cls_token`, ...(registers > 0 ? [`${root}embeddings.register_tokens`] : [])],
      positions: `${root}embeddings.position_embeddings`,
      placed: 1,
      block: (index) => {
        const at = `${root}encoder.layer.${String(index)}.`;
        return {
          ...vitBlock(root, index),
          norm1: `${at}norm1`,
          norm2: `${at}norm2`,
          scale1: `${at}layer_scale1.lambda1`,
          scale2: `${at}layer_scale2.lambda1`,
          in: swiglu ? `${at}mlp.weights_in` : `${at}mlp.fc1`,
          gated: swiglu,
          out: swiglu ? `${at}mlp.weights_out` : `${at}mlp.fc2`,
        };
      },
      norm: `${root}layernorm`,
      pooling: 'cls-and-mean',
      classifier: 'classifier',
    },
  };
}

/** BEiT without relative position bias; its key has no bias. */
export function tinyBeit(): TinyFolder {
  const root = 'beit.';
  return {
    config: { ...config, model_type: 'beit', architectures: ['BeitForImageClassification'], use_mean_pooling: true },
    state: randomState({
      ...embeddings(root, 1),
      ...perBlock((index) => {
        const at = `${root}encoder.layer.${String(index)}.`;
        const shapes: Record<string, readonly number[]> = {
          ...vitBlockShapes(at, true),
          [`${at}lambda_1`]: [tiny.width],
          [`${at}lambda_2`]: [tiny.width],
        };
        return Object.fromEntries(Object.entries(shapes).filter(([name]) => !name.endsWith('key.bias')));
      }),
      ...norm('beit.pooler.layernorm', tiny.width),
      ...linear('classifier', tiny.width, tiny.classes),
    }),
    spec: {
      ...base,
      ...nothing,
      conv: 'beit.embeddings.patch_embeddings.projection',
      prefix: ['beit.embeddings.cls_token'],
      positions: 'beit.embeddings.position_embeddings',
      placed: 1,
      block: (index) => {
        const at = `${root}encoder.layer.${String(index)}.`;
        return { ...vitBlock(root, index), scale1: `${at}lambda_1`, scale2: `${at}lambda_2` };
      },
      norm: null,
      pooling: 'mean',
      pooledNorm: 'beit.pooler.layernorm',
      classifier: 'classifier',
    },
  };
}

/** The vision towers of CLIP and SigLIP with a classifier. */
export function tinyTower(family: 'clip' | 'siglip'): TinyFolder {
  const { width, inner, patch } = tiny;
  const root = 'vision_model.';
  const clip = family === 'clip';
  const at = (index: number): string => `${root}encoder.layers.${String(index)}.`;
  return {
    config: {
      model_type: family,
      architectures: [clip ? 'CLIPForImageClassification' : 'SiglipForImageClassification'],
      vision_config: { ...config, hidden_act: clip ? 'quick_gelu' : 'gelu_pytorch_tanh' },
    },
    state: randomState({
      ...(clip ? { [`${root}embeddings.class_embedding`]: [width] } : {}),
      [`${root}embeddings.position_embedding.weight`]: [patches + (clip ? 1 : 0), width],
      [`${root}embeddings.patch_embedding.weight`]: [width, 3, patch, patch],
      ...(clip ? norm(`${root}pre_layrnorm`, width) : { [`${root}embeddings.patch_embedding.bias`]: [width] }),
      ...perBlock((index) => ({
        ...norm(`${at(index)}layer_norm1`, width),
        ...linear(`${at(index)}self_attn.q_proj`, width, width),
        ...linear(`${at(index)}self_attn.k_proj`, width, width),
        ...linear(`${at(index)}self_attn.v_proj`, width, width),
        ...linear(`${at(index)}self_attn.out_proj`, width, width),
        ...norm(`${at(index)}layer_norm2`, width),
        ...linear(`${at(index)}mlp.fc1`, width, inner),
        ...linear(`${at(index)}mlp.fc2`, inner, width),
      })),
      ...norm(`${root}post_layernorm`, width),
      ...linear('classifier', width, tiny.classes),
    }),
    spec: {
      ...base,
      ...nothing,
      activation: clip ? pointwise.quickGelu : pointwise.geluTanh,
      conv: `${root}embeddings.patch_embedding`,
      prefix: clip ? [`${root}embeddings.class_embedding`] : [],
      positions: `${root}embeddings.position_embedding.weight`,
      placed: clip ? 1 : 0,
      stemNorm: clip ? `${root}pre_layrnorm` : null,
      block: (index) => ({
        norm1: `${at(index)}layer_norm1`,
        norm2: `${at(index)}layer_norm2`,
        qkv: [`${at(index)}self_attn.q_proj`, `${at(index)}self_attn.k_proj`, `${at(index)}self_attn.v_proj`],
        qNorm: null,
        kNorm: null,
        projection: `${at(index)}self_attn.out_proj`,
        scale1: null,
        scale2: null,
        in: `${at(index)}mlp.fc1`,
        gated: false,
        out: `${at(index)}mlp.fc2`,
      }),
      norm: clip ? null : `${root}post_layernorm`,
      pooling: 'mean',
      classifier: 'classifier',
    },
  };
}
