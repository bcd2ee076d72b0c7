/** Models as the window is told of them, for the renderer's tests and its development page: the demo's and others built differently. */

import type { GraphAnatomy, ModelAnatomy, ModelInspection, ModelSummary } from '../../src/shared/model.js';

const plainAnatomy: ModelAnatomy = {
  channels: 3,
  prefix: ['cls'],
  blockNorm: 'pre',
  normKind: 'layer',
  headWidth: 64,
  innerWidth: 3072,
  activation: 'gelu',
  gated: false,
  qkvBias: true,
  qkNorm: false,
  layerScale: false,
  stemNorm: false,
  pooling: 'cls',
  weightTypes: ['float32'],
  graph: null,
};

function graphOf(blocks: number): GraphAnatomy {
  return {
    opset: 17,
    producer: 'pytorch 2.3.1',
    pixels: {
      name: 'pixel_values',
      layout: 'NCHW',
      type: 'float32',
      batch: null,
      dynamicSize: false,
      range: 'normalised',
    },
    tokens: '/vit/embeddings/Add_output_0',
    blocks: Array.from({ length: blocks }, (_, at) => ({
      output: `/vit/encoder/layer.${String(at)}/output/Add_output_0`,
      attention: `/vit/encoder/layer.${String(at)}/attention/attention/Softmax_output_0`,
    })),
    logits: 'logits',
    output: 'logits',
    passes: [`recognised ${String(2 * blocks + 1)} layer norms`, 'opened 12 fused attention operators'],
    difference: 2.1e-7,
  };
}

/** The demo's ViT: 28 x 28 pixels, six blocks. */
export function demoSummary(names: readonly string[], grid: number): ModelSummary {
  return {
    name: 'fashion-vit',
    hash: '5f2b9c3f6a1d4e8890aa17c1b9de2f0a4c6e8d7b1f3a5c9e0d2b4f6a8c1e3d5f',
    source: 'huggingface',
    classes: names,
    synsets: [],
    parameters: 692_458,
    inputWidth: 28,
    inputHeight: 28,
    patchWidth: 28 / grid,
    patchHeight: 28 / grid,
    gridWidth: grid,
    gridHeight: grid,
    prefixTokens: 1,
    width: 96,
    blocks: 6,
    heads: 3,
    preprocessing: {
      resize: { kind: 'exact', width: 28, height: 28 },
      interpolation: 'bilinear',
      crop: null,
      scale: 1 / 255,
      mean: [0.286, 0.286, 0.286],
      std: [0.353, 0.353, 0.353],
    },
    anatomy: { ...plainAnatomy, headWidth: 32, innerWidth: 384 },
    assumptions: [],
  };
}

/** ViT-B/16 at 224 pixels as an ONNX file without anything beside it. */
export function vitBaseSummary(names: readonly string[]): ModelSummary {
  return {
    ...demoSummary(names, 14),
    name: 'vit_base_patch16_224.onnx',
    hash: '0d52e2c81f7a4b6690aa17c1b9de2f0a4c6e8d7b1f3a5c9e0d2b4f6a8c1e3d5f',
    source: 'onnx',
    parameters: 86_567_656,
    inputWidth: 224,
    inputHeight: 224,
    patchWidth: 16,
    patchHeight: 16,
    width: 768,
    blocks: 12,
    heads: 12,
    preprocessing: {
      resize: { kind: 'shortest-edge', size: 248 },
      interpolation: 'bicubic',
      crop: { width: 224, height: 224 },
      scale: 1 / 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
    anatomy: { ...plainAnatomy, graph: graphOf(12) },
    assumptions: [
      'No preprocessor_config.json was found: shorter side resized to 248 by bicubic interpolation, centre crop of 224 and mean and standard deviation 0.5 are assumed.',
      'The files name no classes: they are numbered from 0 to 999.',
    ],
  };
}

/** A model that has everything: registers, SwiGLU, QK-norm, LayerScale, a wide picture, CLS beside the mean. */
export function elaborateSummary(names: readonly string[]): ModelSummary {
  return {
    ...vitBaseSummary(names),
    name: 'wide-registers-swiglu-with-a-rather-long-name-that-somebody-gave-it',
    source: 'timm',
    parameters: 1_136_480_768,
    inputWidth: 518,
    inputHeight: 294,
    patchWidth: 14,
    patchHeight: 14,
    gridWidth: 37,
    gridHeight: 21,
    prefixTokens: 5,
    width: 1536,
    blocks: 40,
    heads: 24,
    anatomy: {
      ...plainAnatomy,
      prefix: ['cls', 'register', 'register', 'register', 'register'],
      normKind: 'rms',
      innerWidth: 4096,
      activation: 'silu',
      gated: true,
      qkvBias: false,
      qkNorm: true,
      layerScale: true,
      stemNorm: true,
      pooling: 'cls-and-mean-patches',
      weightTypes: ['bfloat16', 'float32'],
    },
    assumptions: [],
  };
}

/** DeiT, distilled and post-norm, so that the other orders are drawn as well. */
export function distilledSummary(names: readonly string[]): ModelSummary {
  return {
    ...vitBaseSummary(names),
    name: 'deit-tiny-distilled',
    source: 'huggingface',
    parameters: 5_910_800,
    prefixTokens: 2,
    width: 192,
    heads: 3,
    anatomy: {
      ...plainAnatomy,
      channels: 1,
      prefix: ['cls', 'distillation'],
      blockNorm: 'post',
      innerWidth: 768,
      pooling: 'distilled',
    },
  };
}

/** What inspecting such a model would say. */
export function fakeInspection(summary: ModelSummary): ModelInspection {
  const patches = summary.gridWidth * summary.gridHeight;
  return {
    summary,
    costs: {
      flops: 2 * summary.parameters * (patches + 1),
      flopsMask: summary.parameters * (patches + 1),
      weightBytes: 4 * summary.parameters,
      storedBytes: 4 * summary.parameters,
      activationBytes: 4 * patches * summary.width * 16,
      provider: { name: 'CPU', note: 'CUDA is not used: no provider library for it is installed.' },
    },
    proof: {
      difference: 2.1e-7,
      subsetDifference: 3.4e-7,
      subsetTokens: Math.trunc(patches / 2),
      against: summary.source === 'onnx' ? 'file' : 'unfused',
      subsetAgainst: summary.source === 'onnx' ? 'file' : 'unfused',
    },
  };
}
