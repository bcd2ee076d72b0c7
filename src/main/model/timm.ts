/** Reads the weights of timm's VisionTransformer: what is there and its shapes tell how the model is built. */

import type { Checkpoint } from './checkpoint.js';
import { notVit, unsupported } from './not-vit.js';
import type { TimmConfig } from './timm-config.js';
import { type Grid, type Positions, type StemParts, sameGrid, tokensAtZero } from './tokens-at-zero.js';
import {
  type Attention,
  type Block,
  type Branch,
  type FeedForward,
  type Head,
  type Linear,
  type Norm,
  type PrefixToken,
  usualScale,
  type Vit,
} from './vit.js';
import { namesInWords } from './weight-names.js';

/** Weights of a plain ViT, all of them; a model with others does something else. */
const known =
  /^(cls_token|dist_token|reg_token|pos_embed|patch_embed\.proj\.(weight|bias)|(norm|fc_norm|norm_pre|pre_logits\.fc|head|head_dist)\.(weight|bias)|blocks\.\d+\.((norm1|norm2|attn\.(qkv|q_norm|k_norm|proj)|mlp\.(fc1|fc2|fc1_g|fc1_x))\.(weight|bias)|(ls1|ls2)\.gamma))$/;

/** Names of weights that every such model has. */
export const timmAnchors = ['patch_embed.proj.weight', 'blocks.0.norm1.weight'] as const;

class Reader {
  readonly weights: Checkpoint;
  readonly config: TimmConfig;
  readonly width: number;
  readonly heads: number;
  readonly #kind: Norm['kind'];

  constructor(weights: Checkpoint, config: TimmConfig, path: string) {
    this.weights = weights;
    this.config = config;
    this.width = weights.size('patch_embed.proj.weight', 0);
    this.heads = config.heads(this.width);
    this.#kind = weights.has('blocks.0.norm1.bias') ? 'layer' : 'rms';
    if (!Number.isInteger(this.heads) || this.heads < 1 || this.width % this.heads !== 0) {
      throw unsupported(
        path,
        `its name does not tell how many heads blocks of width ${String(this.width)} have`,
        'Add "model_args": {"num_heads": ...} to config.json.',
      );
    }
  }

  norm(name: string, width = this.width): Norm {
    return this.weights.norm(name, width, this.config.epsilon, this.#kind);
  }

  /** A norm that some models lack. */
  maybeNorm(name: string, width = this.width): Norm | null {
    return this.weights.has(`${name}.weight`) ? this.norm(name, width) : null;
  }

  block(index: number): Block {
    const at = `blocks.${String(index)}.`;
    return {
      attention: this.#branch(`${at}norm1`, `${at}ls1.gamma`, this.#attention(`${at}attn.`)),
      feedForward: this.#branch(`${at}norm2`, `${at}ls2.gamma`, this.#feedForward(`${at}mlp.`)),
    };
  }

  #branch<Layer>(norm: string, scale: string, layer: Layer): Branch<Layer> {
    const { weights, width } = this;
    const read = this.norm(norm);
    return {
      before: this.config.postNorm ? null : read,
      layer,
      inside: this.config.postNorm ? read : null,
      layerScale: weights.has(scale) ? weights.weight(scale, width) : null,
      after: null,
    };
  }

  #attention(at: string): Attention {
    const { weights, width, heads } = this;
    const [query, key, value] = weights.stackedLinears(`${at}qkv`, width, width, 3);
    if (!query || !key || !value) throw new RangeError('Three layers are stacked');
    const headWidth = width / heads;
    return {
      heads,
      headWidth,
      scale: usualScale(headWidth),
      query,
      key,
      value,
      queryNorm: this.maybeNorm(`${at}q_norm`, headWidth),
      keyNorm: this.maybeNorm(`${at}k_norm`, headWidth),
      projection: weights.linear(`${at}proj`, width, width),
    };
  }

  #feedForward(at: string): FeedForward {
    const { weights, width } = this;
    const { activation } = this.config;
    const inner = weights.size(`${at}fc2.weight`, 1);
    const out = weights.linear(`${at}fc2`, inner, width);
    if (weights.has(`${at}fc1_g.weight`)) {
      const gate = weights.linear(`${at}fc1_g`, width, inner);
      return { in: weights.linear(`${at}fc1_x`, width, inner), gate, activation: 'silu', out };
    }
    if (weights.size(`${at}fc1.weight`, 0) === 2 * inner) {
      // SwiGLUPacked: the first half of the outputs is the gate.
      const [gate, value] = weights.stackedLinears(`${at}fc1`, width, inner, 2);
      if (!gate || !value) throw new RangeError('Two layers are stacked');
      return { in: value, gate, activation: 'silu', out };
    }
    return { in: weights.linear(`${at}fc1`, width, inner), gate: null, activation, out };
  }
}

interface Prefix {
  readonly kinds: readonly PrefixToken[];
  readonly parts: StemParts['prefix'];
}

function prefixOf(weights: Checkpoint, width: number): Prefix {
  const tokens = [
    { name: 'cls_token', rows: weights.has('cls_token') ? 1 : 0, kind: 'cls' },
    { name: 'dist_token', rows: weights.has('dist_token') ? 1 : 0, kind: 'distillation' },
    { name: 'reg_token', rows: weights.size('reg_token', 1), kind: 'register' },
  ] as const;
  const present = tokens.filter(({ rows }) => rows > 0);
  // Read before they are counted one by one: a weight of another shape is refused here.
  const parts = present.map(({ name, rows }) => ({ rows, weight: weights.weight(name, rows, width) }));
  return { kinds: present.flatMap(({ rows, kind }) => Array.from({ length: rows }, () => kind)), parts };
}

function headOf(reader: Reader, kinds: readonly PrefixToken[], path: string): Head {
  const { weights, width, config } = reader;
  const classes = weights.size('head.weight', 0);
  if (classes === 0) {
    throw notVit(
      path,
      'its weights hold no classifier (head)',
      'Train a classifier on it and choose the folder of that.',
    );
  }
  const hidden = weights.size('pre_logits.fc.weight', 0);
  const pooledWidth = hidden || width;
  const layer = (name: string): Linear => weights.linear(name, pooledWidth, classes);
  const pooledNorm = reader.maybeNorm('fc_norm');
  const mean = (config.pooling ?? (pooledNorm === null ? 'cls' : 'mean')) === 'mean';
  const distilled = kinds.includes('distillation') && weights.has('head_dist.weight') ? layer('head_dist') : null;
  if (!mean && kinds[0] !== 'cls') {
    throw notVit(
      path,
      'it has no class token that its head could read',
      'Name the pooling: "global_pool": "avg" in config.json.',
    );
  }
  const single = mean ? (config.poolsPrefix ? 'mean-all' : 'mean-patches') : 'cls';
  return {
    norm: reader.maybeNorm('norm'),
    pooling: distilled === null ? single : 'distilled',
    pooledNorm,
    hidden: hidden > 0 ? { linear: weights.linear('pre_logits.fc', width, hidden), activation: 'tanh' } : null,
    classifier: layer('head'),
    distilled,
  };
}

function patchSizeOf(weights: Checkpoint): Grid {
  return { height: weights.size('patch_embed.proj.weight', 2), width: weights.size('patch_embed.proj.weight', 3) };
}

function squareOf(count: number): Grid | null {
  const side = Math.round(Math.sqrt(count));
  return count > 0 && side * side === count ? { height: side, width: side } : null;
}

/** The grid that `rows` places were learned on: the stated one, or else a square. */
function learnedGrid(rows: number, stated: Grid | null): Grid | null {
  return stated !== null && stated.height * stated.width === rows ? stated : squareOf(rows);
}

/** Position embedding: whether its rows begin with the prefix tokens follows from their number where nothing says it. */
function positionsOf(reader: Reader, prefix: number, stated: Grid | null, path: string): Positions | null {
  const { weights, config, width } = reader;
  const rows = weights.size('pos_embed', 1);
  if (rows === 0) return null;
  const candidates =
    prefix === 0 || config.placesPatchesOnly === true
      ? [0]
      : config.placesPatchesOnly === false
        ? [prefix]
        : [prefix, 0];
  const exact = candidates.find((leading) => stated !== null && stated.height * stated.width === rows - leading);
  const leading = exact ?? candidates.find((count) => squareOf(rows - count) !== null);
  const grid = leading === undefined ? null : learnedGrid(rows - leading, stated);
  if (leading === undefined || grid === null) {
    throw unsupported(
      path,
      `its position embedding has ${String(rows)} rows, which is no square grid of patches`,
      'State the size it was trained with as "model_args": {"img_size": [height, width]} in config.json.',
    );
  }
  return { table: weights.weight('pos_embed', rows, width), leading, grid, antialias: true };
}

function refuseUnknown(weights: Checkpoint, path: string): void {
  const strange = weights.names.find((name) => !known.test(name));
  if (strange === undefined) return;
  if (weights.has('patch_embed.proj.weight'))
    throw notVit(path, `it has weights that a plain ViT has not ('${strange}')`);
  throw notVit(
    path,
    `its weights are not called as those of a plain ViT. ${namesInWords(weights.names).replace(/\.$/, '')}`,
  );
}

/**
 * A ViT out of the weights of a timm folder.
 * @param size of the picture; what the config says by default, or else that of the position embedding.
 * @throws AppError `MODEL_*` naming the file and the weight or field that does not fit.
 */
export function timmVit(weights: Checkpoint, config: TimmConfig, path: string, size?: Grid): Vit {
  refuseUnknown(weights, path);
  const reader = new Reader(weights, config, path);
  const { width } = reader;
  const patch = patchSizeOf(weights);
  const channels = weights.size('patch_embed.proj.weight', 1);
  const gridFor = (input: Grid): Grid => ({
    height: Math.floor(input.height / patch.height),
    width: Math.floor(input.width / patch.width),
  });
  const prefix = prefixOf(weights, width);
  const stated = config.input === null ? null : gridFor(config.input);
  const positions = positionsOf(reader, prefix.kinds.length, stated, path);
  const learned = positions?.grid ?? { height: 14, width: 14 };
  // What was read out of pretrained_cfg is no wish of a person.
  const wanted = size && config.pretrainedInput && sameGrid(size, config.pretrainedInput) ? undefined : size;
  const whole = { height: learned.height * patch.height, width: learned.width * patch.width };
  const input = wanted ?? config.input ?? whole;
  const grid = gridFor(input);
  const blocks = weights.names.filter((name) => /^blocks\.\d+\.norm1\.weight$/.test(name)).length;
  if (blocks === 0) throw notVit(path, 'its weights hold no blocks');
  return {
    channels,
    inputHeight: input.height,
    inputWidth: input.width,
    patchHeight: patch.height,
    patchWidth: patch.width,
    gridHeight: grid.height,
    gridWidth: grid.width,
    prefix: prefix.kinds,
    width,
    patchWeight: weights.weight('patch_embed.proj.weight', width, channels, patch.height, patch.width),
    tokensAtZero: tokensAtZero({
      width,
      prefix: prefix.parts,
      positions,
      bias: weights.has('patch_embed.proj.bias') ? weights.weight('patch_embed.proj.bias', width) : null,
      grid,
    }),
    stemNorm: reader.maybeNorm('norm_pre'),
    blocks: Array.from({ length: blocks }, (_, index) => reader.block(index)),
    head: headOf(reader, prefix.kinds, path),
  };
}
