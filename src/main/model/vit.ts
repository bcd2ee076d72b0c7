/** A Vision Transformer classifier as anatomy and weights, independent of the file it came from. */

import { type Weight, weightSize } from './weight.js';

/** Normalisation over the last dimension, of width D unless it is a query or key norm (then the head's width). */
export interface Norm {
  /** `layer`: subtract the mean, divide by the deviation; `rms`: divide by the root mean square alone. */
  readonly kind: 'layer' | 'rms';
  readonly scale: Weight;
  /** Null for none. */
  readonly shift: Weight | null;
  readonly epsilon: number;
}

/** `y = x W + b` with `W` `[inputs, outputs]` and `b` `[outputs]`, null for none. */
export interface Linear {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Weight;
  readonly bias: Weight | null;
}

/** Pointwise functions: `gelu` by the error function, `gelu-tanh` its tanh form, `quick-gelu` `x sigmoid(1.702 x)`. */
export const activations = ['gelu', 'gelu-tanh', 'quick-gelu', 'relu', 'silu', 'tanh'] as const;
export type Activation = (typeof activations)[number];

/** Multi-head self-attention `softmax(scale q kT) v`, heads one after the other in the columns of q, k and v. */
export interface Attention {
  readonly heads: number;
  /** Width of a head of q and k; `[D, heads * headWidth]` each. */
  readonly headWidth: number;
  /** Factor on `q kT`, {@link usualScale} nearly always. */
  readonly scale: number;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  /** Normalisation of every head of q and k before their product (QK-norm). */
  readonly queryNorm: Norm | null;
  readonly keyNorm: Norm | null;
  readonly projection: Linear;
}

/** `headWidth^-0.5`, rounded alike everywhere: a root and a quotient are exact to the last bit, `**` is as the engine likes. */
export function usualScale(headWidth: number): number {
  return 1 / Math.sqrt(headWidth);
}

/** `out(activation(in(x)))`, or `out(activation(gate(x)) * in(x))` with a gate (SwiGLU). */
export interface FeedForward {
  readonly in: Linear;
  readonly gate: Linear | null;
  readonly activation: Activation;
  readonly out: Linear;
}

/**
 * A branch and how it joins the residual stream:
 * `y = after(x + layerScale * inside(layer(before(x))))`, where null leaves a step out. Pre-norm blocks have `before`,
 * post-norm blocks `after`, res-post-norm blocks (Swin V2's scheme) `inside`.
 */
export interface Branch<Layer> {
  readonly before: Norm | null;
  readonly layer: Layer;
  readonly inside: Norm | null;
  /** LayerScale, `[D]`. */
  readonly layerScale: Weight | null;
  readonly after: Norm | null;
}

export interface Block {
  readonly attention: Branch<Attention>;
  readonly feedForward: Branch<FeedForward>;
}

/** What the head reads from the tokens of the last block (after `Head.norm`). */
export const poolings = [
  /** The first token. */
  'cls',
  /** Mean of the patch tokens. */
  'mean-patches',
  /** Mean of all tokens, prefix included. */
  'mean-all',
  /** `[CLS | mean of the patch tokens]`, twice the width (DINOv2). */
  'cls-and-mean-patches',
  /** `[CLS | mean of all tokens but CLS]`, registers included. */
  'cls-and-mean-rest',
  /** CLS through `classifier` and the distillation token through `distilled`; the two logits are averaged (DeiT). */
  'distilled',
] as const;
export type Pooling = (typeof poolings)[number];

export interface Head {
  /** Of every token, before pooling. */
  readonly norm: Norm | null;
  readonly pooling: Pooling;
  /** Of the pooled vector (timm's fc_norm). */
  readonly pooledNorm: Norm | null;
  /** A layer before the classifier (pre-logits). */
  readonly hidden: { readonly linear: Linear; readonly activation: Activation } | null;
  readonly classifier: Linear;
  /** The second classifier of pooling `distilled`, else null. */
  readonly distilled: Linear | null;
}

/** What a prefix token is, where it is known. */
export type PrefixToken = 'cls' | 'distillation' | 'register' | 'prefix';

export interface Vit {
  /** 3 (RGB) or 1 (luma). */
  readonly channels: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly patchHeight: number;
  readonly patchWidth: number;
  readonly gridHeight: number;
  readonly gridWidth: number;
  /** Tokens before the patch tokens, in order. */
  readonly prefix: readonly PrefixToken[];
  readonly width: number;
  /** Patch projection `[D, channels, patchHeight, patchWidth]`, without bias. */
  readonly patchWeight: Weight;
  /** The tokens of an all-zero input, `[prefix + patches, D]`: prefix tokens, position embedding and the projection's bias in one. */
  readonly tokensAtZero: Weight;
  /** Normalisation of the tokens before the first block (CLIP's pre-norm). The residual stream begins after it. */
  readonly stemNorm: Norm | null;
  readonly blocks: readonly Block[];
  readonly head: Head;
}

/** Number of prefix tokens, P. */
export function prefixCount(vit: Vit): number {
  return vit.prefix.length;
}

/** Number of patch tokens, N. */
export function patchCount(vit: Vit): number {
  return vit.gridHeight * vit.gridWidth;
}

/** Number of tokens of a whole image, prefix included. */
export function tokenCount(vit: Vit): number {
  return prefixCount(vit) + patchCount(vit);
}

/** Number of hidden columns, blocks times width: the rows of the k-means data matrix. */
export function hiddenColumns(vit: Vit): number {
  return vit.blocks.length * vit.width;
}

/** Number of classes. */
export function classCount(vit: Vit): number {
  return vit.head.classifier.outputs;
}

function linearSize(linear: Linear | null): number {
  return linear === null ? 0 : weightSize(linear.weight) + (linear.bias === null ? 0 : weightSize(linear.bias));
}

function normSize(norm: Norm | null): number {
  return norm === null ? 0 : weightSize(norm.scale) + (norm.shift === null ? 0 : weightSize(norm.shift));
}

function branchSize<Layer>(branch: Branch<Layer>, layer: number): number {
  const scale = branch.layerScale === null ? 0 : weightSize(branch.layerScale);
  return layer + scale + normSize(branch.before) + normSize(branch.inside) + normSize(branch.after);
}

function blockSize({ attention, feedForward }: Block): number {
  const { query, key, value, queryNorm, keyNorm, projection } = attention.layer;
  const linears = [query, key, value, projection].reduce((sum, linear) => sum + linearSize(linear), 0);
  const mlp = linearSize(feedForward.layer.in) + linearSize(feedForward.layer.gate) + linearSize(feedForward.layer.out);
  return branchSize(attention, linears + normSize(queryNorm) + normSize(keyNorm)) + branchSize(feedForward, mlp);
}

function headSize({ norm, pooledNorm, hidden, classifier, distilled }: Head): number {
  return (
    normSize(norm) +
    normSize(pooledNorm) +
    linearSize(hidden?.linear ?? null) +
    linearSize(classifier) +
    linearSize(distilled)
  );
}

/** Number of parameters of the usual layout: prefix tokens, position embedding and the projection's bias, which {@link Vit.tokensAtZero} holds as one. */
export function parameterCount(vit: Vit): number {
  const stem =
    weightSize(vit.patchWeight) +
    weightSize(vit.tokensAtZero) +
    vit.width * (1 + prefixCount(vit)) +
    normSize(vit.stemNorm);
  return vit.blocks.reduce((sum, block) => sum + blockSize(block), stem + headSize(vit.head));
}
