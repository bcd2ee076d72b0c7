/** Tiny timm folders of every kind that opens, with what each is by plain computation. */

import { pointwise } from './plain-vit.js';
import {
  type Shapes,
  type TinyFolder,
  base,
  linear,
  norm,
  patches,
  perBlock,
  randomState,
  tiny,
} from './tiny-folders.js';

export interface TimmOptions {
  readonly architecture?: string;
  readonly cls?: boolean;
  readonly distilled?: boolean;
  readonly registers?: number;
  /** Whether prefix tokens have a place. */
  readonly placed?: boolean;
  readonly pooling?: 'token' | 'avg';
  readonly layerScale?: boolean;
  readonly qkNorm?: boolean;
  readonly rms?: boolean;
  readonly resPost?: boolean;
  readonly stemNorm?: boolean;
  readonly swiglu?: boolean;
  readonly hidden?: boolean;
  readonly fcNorm?: boolean;
  readonly activation?: (x: number) => number;
  /** Of the picture. */
  readonly image?: number;
  readonly epsilon?: number;
}

function timmBlockShapes(at: string, options: TimmOptions): Shapes {
  const { width, inner, heads } = tiny;
  const { rms = false, qkNorm = false, layerScale = false, swiglu = false } = options;
  return {
    ...norm(`${at}norm1`, width, rms),
    ...linear(`${at}attn.qkv`, width, 3 * width),
    ...(qkNorm
      ? { ...norm(`${at}attn.q_norm`, width / heads, rms), ...norm(`${at}attn.k_norm`, width / heads, rms) }
      : {}),
    ...linear(`${at}attn.proj`, width, width),
    ...(layerScale ? { [`${at}ls1.gamma`]: [width], [`${at}ls2.gamma`]: [width] } : {}),
    ...norm(`${at}norm2`, width, rms),
    ...linear(`${at}mlp.fc1`, width, swiglu ? 2 * inner : inner),
    ...linear(`${at}mlp.fc2`, inner, width),
  };
}

/** timm's VisionTransformer. */
export function tinyTimm(options: TimmOptions = {}): TinyFolder {
  const { width, patch, classes } = tiny;
  const { cls = true, distilled = false, registers = 0, placed = true, image = tiny.image, rms = false } = options;
  const { layerScale = false, qkNorm = false, swiglu = false, hidden = false, fcNorm = false } = options;
  const prefix = [
    ...(cls ? ['cls_token'] : []),
    ...(distilled ? ['dist_token'] : []),
    ...(registers > 0 ? ['reg_token'] : []),
  ];
  const prefixRows = (cls ? 1 : 0) + (distilled ? 1 : 0) + registers;
  const pooled = hidden ? 20 : width;
  const mean = options.pooling === 'avg';
  return {
    config: {
      architecture: options.architecture ?? 'vit_tiny_patch4_16',
      num_classes: classes,
      global_pool: options.pooling ?? 'token',
      pretrained_cfg: { input_size: [3, image, image], mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], crop_pct: 1 },
      model_args: { num_heads: tiny.heads },
    },
    state: randomState({
      ...(cls ? { cls_token: [1, 1, width] } : {}),
      ...(distilled ? { dist_token: [1, 1, width] } : {}),
      ...(registers > 0 ? { reg_token: [1, registers, width] } : {}),
      pos_embed: [1, patches + (placed ? prefixRows : 0), width],
      'patch_embed.proj.weight': [width, 3, patch, patch],
      ...(options.stemNorm === true ? norm('norm_pre', width, rms) : { 'patch_embed.proj.bias': [width] }),
      ...perBlock((index) => timmBlockShapes(`blocks.${String(index)}.`, options)),
      ...(fcNorm ? norm('fc_norm', width, rms) : norm('norm', width, rms)),
      ...(hidden ? linear('pre_logits.fc', width, pooled) : {}),
      ...linear('head', pooled, classes),
      ...(distilled ? linear('head_dist', width, classes) : {}),
    }),
    spec: {
      ...base,
      rms,
      resPost: options.resPost ?? false,
      epsilon: options.epsilon ?? 1e-6,
      activation: options.activation ?? pointwise.gelu,
      image,
      learned: tiny.image / tiny.patch,
      antialias: true,
      conv: 'patch_embed.proj',
      prefix,
      positions: 'pos_embed',
      placed: placed ? prefixRows : 0,
      stemNorm: options.stemNorm === true ? 'norm_pre' : null,
      block: (index) => {
        const at = `blocks.${String(index)}.`;
        return {
          norm1: `${at}norm1`,
          norm2: `${at}norm2`,
          qkv: `${at}attn.qkv`,
          qNorm: qkNorm ? `${at}attn.q_norm` : null,
          kNorm: qkNorm ? `${at}attn.k_norm` : null,
          projection: `${at}attn.proj`,
          scale1: layerScale ? `${at}ls1.gamma` : null,
          scale2: layerScale ? `${at}ls2.gamma` : null,
          in: `${at}mlp.fc1`,
          gated: swiglu,
          out: `${at}mlp.fc2`,
        };
      },
      norm: fcNorm ? null : 'norm',
      pooling: distilled ? 'distilled' : mean ? 'mean' : 'cls',
      pooledNorm: fcNorm ? 'fc_norm' : null,
      hidden: hidden ? 'pre_logits.fc' : null,
      classifier: 'head',
      distilled: distilled ? 'head_dist' : null,
    },
  };
}
