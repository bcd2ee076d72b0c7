/** What running a ViT costs: operations, bytes of weights and bytes of activations, in closed form from its anatomy. */

import type { ModelCosts } from '../../shared/model.js';
import {
  type Attention,
  type Branch,
  type Head,
  type Linear,
  type Norm,
  type Vit,
  classCount,
  patchCount,
  prefixCount,
} from './vit.js';
import { type Weight, weightSize } from './weight.js';

const floatBytes = 4;

/**
 * What ONNX Runtime's arena takes for every byte that is alive at the widest point: the growth of the process by 16 and
 * 64 images at once was 1.7 to 1.8 times the closed form, on ViT-Tiny (3.0 to 3.3 MB an image) and ViT-B/16 (13.1 MB).
 */
const arena = 1.8;

/** Operations of a linear layer on `rows` vectors. */
function linearFlops(linear: Linear | null, rows: number): number {
  return linear === null ? 0 : 2 * rows * linear.inputs * linear.outputs;
}

/** Projections, `q kT` and the mean of the values on `tokens` tokens. */
function attentionFlops(attention: Attention, tokens: number): number {
  const { heads, headWidth, query, key, value, projection } = attention;
  const linears = [query, key, value, projection].reduce((sum, linear) => sum + linearFlops(linear, tokens), 0);
  return linears + 2 * tokens * tokens * (heads * headWidth + value.outputs);
}

function headFlops({ hidden, classifier, distilled }: Head): number {
  return linearFlops(hidden?.linear ?? null, 1) + linearFlops(classifier, 1) + linearFlops(distilled, 1);
}

/** Operations from `tokens` tokens (prefix included) to logits. */
function encodeFlops(vit: Vit, tokens: number): number {
  return vit.blocks.reduce((sum, { attention, feedForward: { layer } }) => {
    const mlp = linearFlops(layer.in, tokens) + linearFlops(layer.gate, tokens) + linearFlops(layer.out, tokens);
    return sum + attentionFlops(attention.layer, tokens) + mlp;
  }, headFlops(vit.head));
}

function embedFlops(vit: Vit): number {
  return 2 * patchCount(vit) * vit.width * vit.channels * vit.patchHeight * vit.patchWidth;
}

/** Tokens of a TIS mask that keeps half of the patches. */
function halfMaskTokens(vit: Vit): number {
  return prefixCount(vit) + Math.max(1, Math.trunc(patchCount(vit) / 2));
}

function linearWeights(linear: Linear | null): (Weight | null)[] {
  return linear === null ? [] : [linear.weight, linear.bias];
}

function normWeights(norm: Norm | null): (Weight | null)[] {
  return norm === null ? [] : [norm.scale, norm.shift];
}

function branchWeights(branch: Branch<unknown>): (Weight | null)[] {
  return [...[branch.before, branch.inside, branch.after].flatMap(normWeights), branch.layerScale];
}

/** Every weight of the model. */
function weightsOf(vit: Vit): readonly Weight[] {
  const blocks = vit.blocks.flatMap(({ attention, feedForward }) => {
    const { query, key, value, queryNorm, keyNorm, projection } = attention.layer;
    const { in: first, gate, out } = feedForward.layer;
    return [
      ...[query, key, value, projection, first, gate, out].flatMap(linearWeights),
      ...[queryNorm, keyNorm].flatMap(normWeights),
      ...branchWeights(attention),
      ...branchWeights(feedForward),
    ];
  });
  const { norm, pooledNorm, hidden, classifier, distilled } = vit.head;
  return [
    vit.patchWeight,
    vit.tokensAtZero,
    ...blocks,
    ...[vit.stemNorm, norm, pooledNorm].flatMap(normWeights),
    ...[hidden?.linear ?? null, classifier, distilled].flatMap(linearWeights),
  ].filter((weight) => weight !== null);
}

/** Bytes of the stored tensors behind the weights, each stretch of memory once: query, key and value may share theirs. */
function storedBytes(weights: readonly Weight[]): number {
  const seen = new Map<ArrayBufferLike, Set<number>>();
  let sum = 0;
  for (const { expression } of weights) {
    for (const { bytes } of expression.initializers.values()) {
      const offsets = seen.get(bytes.buffer) ?? new Set();
      if (!offsets.has(bytes.byteOffset)) sum += bytes.byteLength;
      seen.set(bytes.buffer, offsets.add(bytes.byteOffset));
    }
  }
  return sum;
}

/** Largest of several numbers a block, over all blocks. */
function widest(vit: Vit, of: (block: Vit['blocks'][number]) => number): number {
  return vit.blocks.reduce((most, block) => Math.max(most, of(block)), 0);
}

/**
 * Floats alive at once at the widest point for one image: the residual stream and its normalised form, and with them
 * either query, key and value (twice: the runtime lays them out by heads), scores and the mixed values, or the inner
 * features of the feed-forward layer before and after their activation.
 */
function activationFloats(vit: Vit): number {
  const tokens = prefixCount(vit) + patchCount(vit);
  const stream = 2 * tokens * vit.width;
  const attention = widest(vit, ({ attention: { layer } }) => {
    const { heads, headWidth, value } = layer;
    return tokens * (2 * (2 * heads * headWidth + value.outputs) + value.outputs) + heads * tokens * tokens;
  });
  const feedForward = widest(
    vit,
    ({ feedForward: { layer } }) => tokens * layer.in.outputs * (layer.gate === null ? 2 : 3),
  );
  const pixels = vit.channels * vit.inputHeight * vit.inputWidth + tokens * vit.width;
  return Math.max(stream + attention, stream + feedForward, pixels) + classCount(vit);
}

/**
 * Costs of `vit`. Operations are two a multiply-add of the matrix products (patch projection, linear layers, attention)
 * with every token going through every block, as published figures count; norms, activations and softmax are left out.
 * Our own graphs do a little less: where the head reads CLS alone, the last block computes its row only.
 */
export function costsOf(vit: Vit): Omit<ModelCosts, 'provider'> {
  const weights = weightsOf(vit);
  const tokens = prefixCount(vit) + patchCount(vit);
  return {
    flops: embedFlops(vit) + encodeFlops(vit, tokens),
    flopsMask: encodeFlops(vit, halfMaskTokens(vit)),
    weightBytes: floatBytes * weights.reduce((sum, weight) => sum + weightSize(weight), 0),
    storedBytes: storedBytes(weights),
    activationBytes: Math.round(arena * floatBytes * activationFloats(vit)),
  };
}
