/** Describes how a ViT is built, for people: the {@link ModelAnatomy} of an opened model. */

import type { GraphAnatomy, ModelAnatomy } from '../../shared/model.js';
import type { Branch, Linear, Norm, Vit } from './vit.js';

/** Where the norms of a branch lie; QK-norm and LayerScale are told apart from it. */
function normPlace(branch: Branch<unknown>): ModelAnatomy['blockNorm'] {
  if (branch.before !== null) return 'pre';
  if (branch.after !== null) return 'post';
  return branch.inside === null ? 'none' : 'res-post';
}

/** Every norm on the way of the tokens, the most telling first. */
function norms(vit: Vit): readonly Norm[] {
  const block = vit.blocks[0];
  const branches = block === undefined ? [] : [block.attention, block.feedForward];
  return [
    ...branches.flatMap((branch) => [branch.before, branch.after, branch.inside]),
    vit.head.norm,
    vit.head.pooledNorm,
    vit.stemNorm,
  ].filter((norm) => norm !== null);
}

function biased(...layers: readonly Linear[]): boolean {
  return layers.some((layer) => layer.bias !== null);
}

/**
 * The anatomy of `vit`; its blocks are all built like the first.
 * @param graph what the file itself says, null for a folder of weights.
 * @param weightTypes how the weights are stored, the most common first.
 */
export function anatomyOf(vit: Vit, graph: GraphAnatomy | null, weightTypes: readonly string[]): ModelAnatomy {
  const [block] = vit.blocks;
  if (block === undefined) throw new RangeError('A ViT has at least one block');
  const attention = block.attention.layer;
  const feedForward = block.feedForward.layer;
  return {
    channels: vit.channels,
    prefix: vit.prefix,
    blockNorm: normPlace(block.attention),
    normKind: norms(vit)[0]?.kind ?? 'layer',
    headWidth: attention.headWidth,
    innerWidth: feedForward.in.outputs,
    activation: feedForward.activation,
    gated: feedForward.gate !== null,
    qkvBias: biased(attention.query, attention.key, attention.value),
    qkNorm: attention.queryNorm !== null || attention.keyNorm !== null,
    layerScale: block.attention.layerScale !== null || block.feedForward.layerScale !== null,
    stemNorm: vit.stemNorm !== null,
    pooling: vit.head.pooling,
    weightTypes,
    graph,
  };
}
