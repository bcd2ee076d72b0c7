/** Reads the weights of Hugging Face ViT classifiers: where each family keeps them, and how its head reads the tokens. */

import type { Checkpoint } from './checkpoint.js';
import type { Family, HuggingFaceConfig } from './huggingface-config.js';
import { type EncoderNames, encoderNames, reworkedNames } from './huggingface-names.js';
import { notVit } from './not-vit.js';
import { type Grid, type StemParts, tokensAtZero } from './tokens-at-zero.js';
import {
  type Attention,
  type Block,
  type FeedForward,
  type Head,
  type PrefixToken,
  usualScale,
  type Vit,
} from './vit.js';

/** An encoder's weights under their full names. */
class Encoder {
  readonly weights: Checkpoint;
  readonly config: HuggingFaceConfig;
  readonly names: EncoderNames;

  constructor(weights: Checkpoint, config: HuggingFaceConfig) {
    this.weights = weights;
    this.config = config;
    const reworked = weights.has(`${config.root}layers.0.attention.q_proj.weight`);
    this.names = { ...encoderNames[config.family], ...(reworked ? reworkedNames : {}) };
  }

  full(name: string): string {
    return `${this.config.root}${name}`;
  }

  norm(name: string): Head['norm'] {
    const { width, epsilon } = this.config;
    return this.weights.norm(this.full(name), width, epsilon);
  }

  block(index: number): Block {
    const { weights, names: part } = this;
    const at = (name: string): string => `${part.block.replace('{}', String(index))}.${name}`;
    const scale = (name: string): Block['attention']['layerScale'] => {
      const full = this.full(at(name));
      return weights.has(full) ? weights.weight(full, this.config.width) : null;
    };
    return {
      attention: {
        before: this.norm(at(part.attentionNorm)),
        layer: this.#attention(at),
        inside: null,
        layerScale: scale(part.attentionScale),
        after: null,
      },
      feedForward: {
        before: this.norm(at(part.feedForwardNorm)),
        layer: this.#feedForward(at),
        inside: null,
        layerScale: scale(part.feedForwardScale),
        after: null,
      },
    };
  }

  #attention(at: (name: string) => string): Attention {
    const { width, heads } = this.config;
    const linear = (name: string): Attention['query'] => this.weights.linear(this.full(at(name)), width, width);
    return {
      heads,
      headWidth: width / heads,
      scale: usualScale(width / heads),
      query: linear(this.names.query),
      key: linear(this.names.key),
      value: linear(this.names.value),
      queryNorm: null,
      keyNorm: null,
      projection: linear(this.names.projection),
    };
  }

  #feedForward(at: (name: string) => string): FeedForward {
    const { weights, config } = this;
    const { width, activation } = config;
    const packed = this.full(at('mlp.weights_in'));
    if (weights.has(`${packed}.weight`)) {
      // SwiGLU of DINOv2: the first half of the outputs is the gate.
      const inner = weights.size(`${packed}.weight`, 0) / 2;
      const [gate, value] = weights.stackedLinears(packed, width, inner, 2);
      if (!gate || !value) throw new RangeError('Two layers are stacked');
      return {
        in: value,
        gate,
        activation: 'silu',
        out: weights.linear(this.full(at('mlp.weights_out')), inner, width),
      };
    }
    const first = this.full(at(this.names.in));
    const inner = weights.size(`${first}.weight`, 0);
    return {
      in: weights.linear(first, width, inner),
      gate: null,
      activation,
      out: weights.linear(this.full(at(this.names.out)), inner, width),
    };
  }
}

interface Prefix {
  readonly kinds: readonly PrefixToken[];
  /** Prefix tokens that have a row in the position embedding. */
  readonly placed: number;
  readonly parts: StemParts['prefix'];
}

function prefixOf(encoder: Encoder): Prefix {
  const { weights, config } = encoder;
  const { cls } = encoder.names;
  if (cls === null) return { kinds: [], placed: 0, parts: [] };
  const part = (name: string, rows: number): StemParts['prefix'][number] => ({
    rows,
    weight: weights.weight(encoder.full(name), rows, config.width),
  });
  const first = part(cls, 1);
  if (config.family === 'deit') {
    return { kinds: ['cls', 'distillation'], placed: 2, parts: [first, part('embeddings.distillation_token', 1)] };
  }
  if (config.family === 'dinov2_with_registers') {
    const name = 'embeddings.register_tokens';
    const rows = weights.size(encoder.full(name), 1);
    if (rows === 0) return { kinds: ['cls'], placed: 1, parts: [first] };
    const parts = [first, part(name, rows)];
    return { kinds: ['cls', ...Array.from({ length: rows }, (): PrefixToken => 'register')], placed: 1, parts };
  }
  return { kinds: ['cls'], placed: 1, parts: [first] };
}

/** DINOv2 brings its position embedding to the size of the picture; the others take one size. */
function takesAnySize(family: Family): boolean {
  return family === 'dinov2' || family === 'dinov2_with_registers';
}

/** Name of the classifier, and of the second one. */
function classifiersOf({ teacher }: HuggingFaceConfig): readonly [string, string | null] {
  return teacher ? ['cls_classifier', 'distillation_classifier'] : ['classifier', null];
}

function headOf(encoder: Encoder, path: string): Head {
  const { weights, config } = encoder;
  const { width, family } = config;
  const [first, second] = classifiersOf(config);
  const classes = weights.size(`${first}.weight`, 0);
  if (classes === 0) {
    throw notVit(
      path,
      `its weights hold no '${first}', so it is an encoder that predicts no classes`,
      'Fine-tune it as an image classifier and choose the folder of that.',
    );
  }
  const plain = { norm: null, pooledNorm: null, hidden: null, distilled: null };
  const classifier = (inputs: number): Head['classifier'] => weights.linear(first, inputs, classes);
  switch (family) {
    case 'vit':
      return { ...plain, norm: encoder.norm('layernorm'), pooling: 'cls', classifier: classifier(width) };
    case 'deit': {
      const distilled = second === null ? null : weights.linear(second, width, classes);
      const pooling = distilled === null ? 'cls' : 'distilled';
      return { ...plain, norm: encoder.norm('layernorm'), pooling, classifier: classifier(width), distilled };
    }
    case 'dinov2':
    case 'dinov2_with_registers':
      return {
        ...plain,
        norm: encoder.norm('layernorm'),
        pooling: 'cls-and-mean-patches',
        classifier: classifier(2 * width),
      };
    case 'beit':
      return config.meanPooling
        ? {
            ...plain,
            pooling: 'mean-patches',
            pooledNorm: encoder.norm('pooler.layernorm'),
            classifier: classifier(width),
          }
        : { ...plain, norm: encoder.norm('layernorm'), pooling: 'cls', classifier: classifier(width) };
    case 'clip':
      return { ...plain, pooling: 'mean-patches', classifier: classifier(width) };
    case 'siglip':
      return { ...plain, norm: encoder.norm('post_layernorm'), pooling: 'mean-patches', classifier: classifier(width) };
  }
}

/** Names of weights that every model of a family has. */
export function huggingFaceAnchors({ family, root }: HuggingFaceConfig): readonly string[] {
  const { patches, positions } = encoderNames[family];
  return [`${root}${patches}.weight`, `${root}${positions}`];
}

function gridOf(height: number, width: number, config: HuggingFaceConfig): Grid {
  return { height: Math.floor(height / config.patchHeight), width: Math.floor(width / config.patchWidth) };
}

/**
 * A ViT out of the weights of a Hugging Face folder.
 * @param size of the picture, for families that take any; the config's by default.
 * @throws AppError `MODEL_*` naming the file and the weight or field that does not fit.
 */
export function huggingFaceVit(weights: Checkpoint, config: HuggingFaceConfig, path: string, size?: Grid): Vit {
  const encoder = new Encoder(weights, config);
  const full = (name: string): string => encoder.full(name);
  const { width, channels, patchHeight, patchWidth, family } = config;
  const input = takesAnySize(family) && size ? size : { height: config.inputHeight, width: config.inputWidth };
  const grid = gridOf(input.height, input.width, config);
  const learned = gridOf(config.inputHeight, config.inputWidth, config);
  const prefix = prefixOf(encoder);
  const patches = full(encoder.names.patches);
  const positions = full(encoder.names.positions);
  const rows = prefix.placed + learned.height * learned.width;
  return {
    channels,
    inputHeight: input.height,
    inputWidth: input.width,
    patchHeight,
    patchWidth,
    gridHeight: grid.height,
    gridWidth: grid.width,
    prefix: prefix.kinds,
    width,
    patchWeight: weights.weight(`${patches}.weight`, width, channels, patchHeight, patchWidth),
    tokensAtZero: tokensAtZero({
      width,
      prefix: prefix.parts,
      positions: {
        table: weights.weight(positions, rows, width),
        leading: prefix.placed,
        grid: learned,
        antialias: family === 'dinov2_with_registers',
      },
      bias: weights.has(`${patches}.bias`) ? weights.weight(`${patches}.bias`, width) : null,
      grid,
    }),
    stemNorm: family === 'clip' ? encoder.norm('pre_layrnorm') : null,
    blocks: Array.from({ length: config.blocks }, (_, index) => encoder.block(index)),
    head: headOf(encoder, path),
  };
}
