/** The members of the ViT family that the conformance suite writes, described by what their papers and libraries call them. */

export type PrefixToken = 'cls' | 'distillation' | 'register';
export type NormKind = 'layer' | 'rms';
export type Activation = 'gelu' | 'gelu-tanh' | 'quick-gelu' | 'relu' | 'silu';

export interface Architecture {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly patchHeight: number;
  readonly patchWidth: number;
  /** Width of the residual stream. */
  readonly dim: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly blocks: number;
  /** Width of the feed-forward layer. */
  readonly inner: number;
  readonly classes: number;
  readonly prefix: readonly PrefixToken[];
  /** Which tokens have a position: all, all but registers (DINOv2), or the patches alone (timm's `no_embed_class`). */
  readonly positions: 'all' | 'not-registers' | 'patches';
  readonly normKind: NormKind;
  readonly blockNorm: 'pre' | 'post' | 'res-post';
  readonly epsilon: number;
  readonly qkvBias: boolean;
  /** Biases of every other linear layer and of the patch projection. */
  readonly bias: boolean;
  readonly qkNorm: NormKind | null;
  readonly layerScale: boolean;
  readonly activation: Activation;
  /** SwiGLU: `activation(gate(x)) * in(x)`. */
  readonly gated: boolean;
  /** A norm before the first block (CLIP). */
  readonly stemNorm: boolean;
  /** A norm of every token after the last block. */
  readonly finalNorm: boolean;
  readonly pooling: 'cls' | 'mean-patches' | 'mean-all' | 'cls-and-mean-patches' | 'distilled';
  /** A norm of the pooled vector (timm's fc_norm). */
  readonly pooledNorm: boolean;
  /** Width of a tanh layer before the classifier (pre-logits), null for none. */
  readonly preLogits: number | null;
  readonly output: 'logits' | 'probabilities' | 'log-probabilities';
  /** What the graph itself does to the pixels first: `(x * scale - mean) / std` by channel. */
  readonly normalise: {
    readonly scale: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
  } | null;
}

/** ViT as published (Dosovitskiy et al., 2021), made tiny: 4x4 patches, two blocks, CLS, pre-norm. */
const plain: Architecture = {
  channels: 3,
  height: 32,
  width: 32,
  patchHeight: 8,
  patchWidth: 8,
  dim: 24,
  heads: 3,
  headWidth: 8,
  blocks: 2,
  inner: 48,
  classes: 7,
  prefix: ['cls'],
  positions: 'all',
  normKind: 'layer',
  blockNorm: 'pre',
  epsilon: 1e-6,
  qkvBias: true,
  bias: true,
  qkNorm: null,
  layerScale: false,
  activation: 'gelu',
  gated: false,
  stemNorm: false,
  finalNorm: true,
  pooling: 'cls',
  pooledNorm: false,
  preLogits: null,
  output: 'logits',
  normalise: null,
};

/** The tiny ViT with some of its parts changed. */
export function architecture(changes: Partial<Architecture> = {}): Architecture {
  return { ...plain, ...changes };
}

/** Number of patch tokens. */
export function patches(a: Architecture): number {
  return Math.floor(a.height / a.patchHeight) * Math.floor(a.width / a.patchWidth);
}

/** Number of tokens, prefix included. */
export function tokens(a: Architecture): number {
  return a.prefix.length + patches(a);
}
