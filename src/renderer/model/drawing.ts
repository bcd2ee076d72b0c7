/** What the drawing of a model shows: its parts with their shapes and parameters, and the tokens of its strips. */

import type { ModelAnatomy, ModelSummary } from '../../shared/model.js';
import { activationNames, normNames, poolingNames, prefixText } from '../../shared/model-words.js';
import { count } from '../../shared/figures.js';

export type PartId =
  | 'picture'
  | 'tokens'
  | 'blocks'
  | 'pooling'
  | 'head'
  | 'stem-norm'
  | 'attention-norm'
  | 'attention'
  | 'attention-scale'
  | 'feed-norm'
  | 'feed-forward'
  | 'feed-scale';

/** What is told of a part on pointing at it. */
export interface Part {
  readonly name: string;
  /** What goes in and what comes out. */
  readonly shape: string;
  /** Number of weights; null for a part without. */
  readonly parameters: number | null;
  readonly text: string;
}

function weights(inputs: number, outputs: number, bias: boolean): number {
  return inputs * outputs + (bias ? outputs : 0);
}

function normWeights(width: number, kind: ModelAnatomy['normKind']): number {
  return kind === 'layer' ? 2 * width : width;
}

const shape = (...dims: readonly number[]): string => dims.map(count).join(' × ');

function stemParts(model: ModelSummary): Pick<Record<PartId, Part>, 'picture' | 'tokens' | 'stem-norm'> {
  const { inputWidth, inputHeight, patchWidth, patchHeight, gridWidth, gridHeight, width, anatomy } = model;
  const patches = gridWidth * gridHeight;
  const tokens = patches + model.prefixTokens;
  const inputs = anatomy.channels * patchWidth * patchHeight;
  const colours = anatomy.channels === 1 ? 'one grey channel' : `${count(anatomy.channels)} colour channels`;
  return {
    picture: {
      name: 'Picture',
      shape: shape(anatomy.channels, inputHeight, inputWidth),
      parameters: null,
      text: `${count(inputWidth)} × ${count(inputHeight)} pixels in ${colours}, cut into ${count(gridWidth)} × ${count(gridHeight)} patches of ${count(patchWidth)} × ${count(patchHeight)} pixels.`,
    },
    tokens: {
      name: 'Tokens',
      shape: `${shape(patches, inputs)} → ${shape(tokens, width)}`,
      parameters: weights(inputs, width, true) + (tokens + model.prefixTokens) * width,
      text: `One linear layer makes a token of every patch; prefix tokens (${prefixText(anatomy.prefix)}) come before them and the position embedding is added.`,
    },
    'stem-norm': {
      name: `${capital(normNames[anatomy.normKind])} before the blocks`,
      shape: shape(tokens, width),
      parameters: normWeights(width, anatomy.normKind),
      text: 'Normalises the tokens before the first block.',
    },
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const normTexts: Readonly<Record<ModelAnatomy['blockNorm'], string>> = {
  pre: 'Normalises what the branch reads; the residual stream itself stays as it is.',
  post: 'Normalises the sum of the stream and the branch.',
  'res-post': 'Normalises what the branch gives before it is added.',
  none: '',
};

function blockParts(
  model: ModelSummary,
): Omit<Record<PartId, Part>, 'picture' | 'tokens' | 'stem-norm' | 'pooling' | 'head'> {
  const { width, heads, anatomy, blocks } = model;
  const tokens = model.gridWidth * model.gridHeight + model.prefixTokens;
  const { headWidth, innerWidth, normKind, blockNorm, qkNorm, qkvBias, gated } = anatomy;
  const inner = heads * headWidth;
  const attention =
    3 * weights(width, inner, qkvBias) +
    weights(inner, width, true) +
    (qkNorm ? 2 * normWeights(headWidth, normKind) : 0);
  const feed = weights(width, innerWidth, true) * (gated ? 2 : 1) + weights(innerWidth, width, true);
  const norms = blockNorm === 'none' ? 0 : 2 * normWeights(width, normKind);
  const whole = attention + feed + norms + (anatomy.layerScale ? 2 * width : 0);
  const norm: Part = {
    name: capital(normNames[normKind]),
    shape: shape(tokens, width),
    parameters: normWeights(width, normKind),
    text: normTexts[blockNorm],
  };
  const scale: Part = {
    name: 'LayerScale',
    shape: shape(tokens, width),
    parameters: width,
    text: 'Multiplies every column of the branch by a learned factor.',
  };
  const activation = activationNames[anatomy.activation];
  return {
    blocks: {
      name: blocks === 1 ? 'One block' : `${count(blocks)} blocks`,
      shape: `${shape(tokens, width)} → ${shape(tokens, width)}`,
      parameters: whole * blocks,
      text: `All built alike, with ${count(whole)} parameters each.`,
    },
    'attention-norm': norm,
    attention: {
      name: 'Attention',
      shape: `${shape(tokens, width)} → ${shape(heads, tokens, tokens)} → ${shape(tokens, width)}`,
      parameters: attention,
      text: `${count(heads)} heads of width ${count(headWidth)}; query, key and value ${qkvBias ? 'with' : 'without'} bias${qkNorm ? ', query and key normalised' : ''}.`,
    },
    'attention-scale': scale,
    'feed-norm': norm,
    'feed-forward': {
      name: 'Feed-forward',
      shape: `${shape(tokens, width)} → ${shape(tokens, innerWidth)} → ${shape(tokens, width)}`,
      parameters: feed,
      text: gated
        ? `A gate through ${activation} multiplies the inner features.`
        : `Two linear layers with ${activation} between them.`,
    },
    'feed-scale': scale,
  };
}

/** Widths of the vectors that the head reads. */
function pooledWidth({ width, anatomy: { pooling } }: ModelSummary): number {
  return pooling === 'cls-and-mean-patches' || pooling === 'cls-and-mean-rest' ? 2 * width : width;
}

function headParts(model: ModelSummary): Pick<Record<PartId, Part>, 'pooling' | 'head'> {
  const { anatomy, classes, width } = model;
  const tokens = model.gridWidth * model.gridHeight + model.prefixTokens;
  const pooled = pooledWidth(model);
  const two = anatomy.pooling === 'distilled';
  return {
    pooling: {
      name: 'Pooling',
      shape: `${shape(tokens, width)} → ${two ? `2 of ${count(width)}` : count(pooled)}`,
      parameters: null,
      text: `The head reads ${poolingNames[anatomy.pooling]}.`,
    },
    head: {
      name: two ? 'Two heads' : 'Head',
      shape: `${count(pooled)} → ${count(classes.length)}`,
      parameters: weights(pooled, classes.length, true) * (two ? 2 : 1),
      text: two ? 'Two linear layers give logits that are averaged.' : 'One linear layer gives a logit for each class.',
    },
  };
}

/** Everything that can be pointed at. Parameters follow from the sizes: biases are counted where layers usually have them. */
export function drawingParts(model: ModelSummary): Readonly<Record<PartId, Part>> {
  return { ...stemParts(model), ...blockParts(model), ...headParts(model) };
}

/** A step of a branch of the block, in the order in which it is computed. */
export type BranchStep = 'norm' | 'layer' | 'scale' | 'sum';

/** The steps of both branches of a block. */
export function branchSteps({ blockNorm, layerScale }: ModelAnatomy): readonly BranchStep[] {
  const inside: readonly BranchStep[] = [
    ...(blockNorm === 'pre' ? (['norm'] as const) : []),
    'layer',
    ...(blockNorm === 'res-post' ? (['norm'] as const) : []),
    ...(layerScale ? (['scale'] as const) : []),
    'sum',
  ];
  return blockNorm === 'post' ? [...inside, 'norm'] : inside;
}

/** One bar of a drawn strip of tokens; `gap` stands for the many that are not drawn. */
export interface StripToken {
  readonly kind: ModelAnatomy['prefix'][number] | 'patch' | 'gap';
  /** Whether the head reads it. */
  readonly pooled: boolean;
}

function isPooled(kind: StripToken['kind'], pooling: ModelAnatomy['pooling'], first: boolean): boolean {
  switch (pooling) {
    case 'cls':
      return first;
    case 'mean-patches':
      return kind === 'patch';
    case 'mean-all':
    case 'cls-and-mean-rest':
      return true;
    case 'cls-and-mean-patches':
      return first || kind === 'patch';
    case 'distilled':
      return kind === 'cls' || kind === 'distillation' || first;
  }
}

/** The tokens as a strip of at most `rows` bars: all kinds of prefix tokens, some patches, and gaps between. */
export function tokenStrip(model: ModelSummary, rows: number): readonly StripToken[] {
  const { prefix, pooling } = model.anatomy;
  const most = Math.floor(rows / 2);
  const gap: StripToken = { kind: 'gap', pooled: false };
  const bars = prefix.map((kind, at): StripToken => ({ kind, pooled: isPooled(kind, pooling, at === 0) }));
  const before = bars.length <= most ? bars : [...bars.slice(0, most - 2), gap, ...bars.slice(-1)];
  const patches = model.gridWidth * model.gridHeight;
  const patch: StripToken = { kind: 'patch', pooled: isPooled('patch', pooling, prefix.length === 0) };
  const room = rows - before.length;
  if (patches <= room) return [...before, ...Array.from({ length: patches }, () => patch)];
  return [...before, ...Array.from({ length: room - 2 }, () => patch), gap, patch];
}

/** The drawing in one sentence, for those who do not see it. */
export function drawingText(model: ModelSummary): string {
  const { anatomy } = model;
  const patches = model.gridWidth * model.gridHeight;
  return [
    `A picture of ${count(model.inputWidth)} × ${count(model.inputHeight)} pixels is cut into ${count(patches)} patches`,
    `they and the prefix tokens (${prefixText(anatomy.prefix)}) go through ${count(model.blocks)} blocks of width ${count(model.width)} with ${count(model.heads)} heads`,
    `the head reads ${poolingNames[anatomy.pooling]} and tells ${count(model.classes.length)} classes apart.`,
  ].join('; ');
}
