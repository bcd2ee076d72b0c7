/** The stored form of a model's summary, and what stands in for the anatomy that early projects do not have. */

import * as v from 'valibot';
import { type ModelAnatomy, type ModelSummary, pixelRanges } from '../../shared/model.js';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const three = v.tuple([v.number(), v.number(), v.number()]);
const preprocessing = v.object({
  resize: v.variant('kind', [
    v.object({ kind: v.picklist(['shortest-edge', 'longest-edge']), size: count }),
    v.object({ kind: v.literal('exact'), width: count, height: count }),
  ]),
  interpolation: v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos']),
  crop: v.nullable(v.object({ width: count, height: count })),
  fill: v.optional(three),
  scale: v.number(),
  mean: three,
  std: three,
});
const graph = v.object({
  opset: count,
  producer: v.string(),
  pixels: v.object({
    name: v.string(),
    layout: v.picklist(['NCHW', 'NHWC']),
    type: v.string(),
    batch: v.nullable(count),
    dynamicSize: v.boolean(),
    range: v.picklist(pixelRanges),
  }),
  tokens: v.nullable(v.string()),
  blocks: v.array(v.object({ output: v.nullable(v.string()), attention: v.nullable(v.string()) })),
  logits: v.string(),
  output: v.picklist(['logits', 'probabilities', 'log-probabilities']),
  passes: v.array(v.string()),
  difference: v.number(),
});
const anatomy = v.object({
  channels: count,
  prefix: v.array(v.picklist(['cls', 'distillation', 'register', 'prefix'])),
  blockNorm: v.picklist(['pre', 'post', 'res-post', 'none']),
  normKind: v.picklist(['layer', 'rms']),
  headWidth: count,
  innerWidth: count,
  activation: v.picklist(['gelu', 'gelu-tanh', 'quick-gelu', 'relu', 'silu', 'tanh']),
  gated: v.boolean(),
  qkvBias: v.boolean(),
  qkNorm: v.boolean(),
  layerScale: v.boolean(),
  stemNorm: v.boolean(),
  pooling: v.picklist(['cls', 'mean-patches', 'mean-all', 'cls-and-mean-patches', 'cls-and-mean-rest', 'distilled']),
  weightTypes: v.array(v.string()),
  graph: v.nullable(graph),
});

const stored = v.object({
  name: v.string(),
  hash: v.string(),
  formerHashes: v.optional(v.array(v.string())),
  source: v.picklist(['onnx', 'huggingface', 'timm']),
  classes: v.array(v.string()),
  synsets: v.array(v.string()),
  parameters: count,
  inputWidth: count,
  inputHeight: count,
  patchWidth: count,
  patchHeight: count,
  gridWidth: count,
  gridHeight: count,
  prefixTokens: count,
  width: count,
  blocks: count,
  heads: count,
  preprocessing,
  anatomy: v.optional(anatomy),
  assumptions: v.array(v.string()),
});

/**
 * What the first version could open: pre-norm blocks with exact GELU, a CLS token, heads that share the width. It stands
 * there until the model is opened again, and names no weight types, by which {@link lacksAnatomy} knows it.
 */
function earlyAnatomy({ prefixTokens, width, heads }: v.InferOutput<typeof stored>): ModelAnatomy {
  return {
    channels: 3,
    prefix: Array.from({ length: prefixTokens }, (_, place) => (place === 0 ? 'cls' : 'prefix')),
    blockNorm: 'pre',
    normKind: 'layer',
    headWidth: Math.round(width / Math.max(1, heads)),
    innerWidth: 4 * width,
    activation: 'gelu',
    gated: false,
    qkvBias: true,
    qkNorm: false,
    layerScale: false,
    stemNorm: false,
    pooling: 'cls',
    weightTypes: [],
    graph: null,
  };
}

/** Whether a summary is of an early project, so that its anatomy is not what the model's files say. */
export function lacksAnatomy({ anatomy: { weightTypes } }: ModelSummary): boolean {
  return weightTypes.length === 0;
}

/** A model's summary in project.json. */
export const modelSchema = v.pipe(
  stored,
  v.transform((model): ModelSummary => ({ ...model, anatomy: model.anatomy ?? earlyAnatomy(model) })),
);
