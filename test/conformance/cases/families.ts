/** Members of the ViT family. */

import { Dynamo, DynamoAttention, DynamoGelu } from '../../support/export-styles/dynamo.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { RuntimeFused } from '../../support/export-styles/runtime-fused.js';
import { ClipAttention, Optimum, ScaledDotProduct, Torchvision } from '../../support/export-styles/torchscript.js';
import { baked, type Case, clip, deit, dinov2, noHeadNorm, plain, registers, swiglu } from './case.js';

/** Members of the family. */
export const families: readonly Case[] = [
  plain('DeiT distilled, both heads', Exporter, { ...deit, pooling: 'distilled' }, {}, { tis: true }),
  plain('DeiT distilled, both heads, Optimum, baked', Optimum, { ...deit, pooling: 'distilled' }, baked),
  plain(
    'DeiT distilled, fused by ONNX Runtime',
    RuntimeFused,
    { ...deit, pooling: 'distilled' },
    {},
    {
      attention: false,
    },
  ),
  plain('DeiT with a distillation token and one head', Exporter, deit),
  plain(
    'mean pooling with fc_norm, no CLS',
    Exporter,
    { prefix: [], pooling: 'mean-all', ...noHeadNorm },
    {},
    {
      tis: true,
    },
  ),
  plain(
    'mean pooling with fc_norm, with CLS',
    Exporter,
    { pooling: 'mean-patches', ...noHeadNorm },
    {},
    {
      tis: true,
    },
  ),
  plain('mean pooling of everything', Optimum, { pooling: 'mean-all' }),
  plain(
    'mean pooling, no CLS, dynamo',
    DynamoGelu,
    { prefix: [], pooling: 'mean-patches' },
    {
      opset: 20,
      shapes: 'inferred',
    },
  ),
  plain('registers, CLS and mean', Optimum, { ...dinov2, ...registers }, {}, { tis: true }),
  plain('registers, CLS head, dynamo', Dynamo, { ...registers }, { opset: 18, shapes: 'inferred' }),
  plain('registers before positions are added (timm)', Exporter, {
    prefix: ['cls', 'register', 'register'],
    positions: 'patches',
  }),
  plain('LayerScale', Exporter, { layerScale: true }),
  plain('LayerScale, CLS and mean (DINOv2)', Optimum, dinov2, { opset: 14 }),
  plain('DINOv2 with SwiGLU', Optimum, { ...dinov2, ...swiglu }),
  plain('SwiGLU without any bias', Exporter, { ...swiglu, bias: false, qkvBias: false }),
  plain('QK-norm with layer norms', Exporter, { qkNorm: 'layer' }),
  plain('QK-norm with layer norms, opset 13 baked', Optimum, { qkNorm: 'layer' }, { ...baked, opset: 13 }),
  plain('QK-norm with RMS norms', ScaledDotProduct, { qkNorm: 'rms' }),
  plain(
    'RMS norms throughout, dynamo opset 23',
    DynamoAttention,
    { normKind: 'rms', qkNorm: 'rms' },
    {
      opset: 23,
      shapes: 'inferred',
    },
    { attention: false },
  ),
  plain('RMS norms written out', Exporter, { normKind: 'rms' }),
  plain('no qkv bias', Exporter, { qkvBias: false }),
  plain(
    'no qkv bias, fused by ONNX Runtime',
    RuntimeFused,
    { qkvBias: false },
    {},
    {
      attention: false,
    },
  ),
  plain('no bias at all', Optimum, { qkvBias: false, bias: false }),
  plain('post-norm', Exporter, { blockNorm: 'post', finalNorm: false }, {}, { tis: true }),
  plain('post-norm, torchvision style, opset 13', Torchvision, { blockNorm: 'post', finalNorm: false }, { opset: 13 }),
  plain(
    'post-norm, fused by ONNX Runtime',
    RuntimeFused,
    { blockNorm: 'post', finalNorm: false },
    {},
    {
      attention: false,
    },
  ),
  plain('res-post-norm', Exporter, { blockNorm: 'res-post' }),
  plain('res-post-norm, Optimum, baked, with LayerScale', Optimum, { blockNorm: 'res-post', layerScale: true }, baked),
  plain('tanh GELU', Exporter, { activation: 'gelu-tanh' }),
  plain('tanh GELU, fused by ONNX Runtime', RuntimeFused, { activation: 'gelu-tanh' }, {}, { attention: false }),
  plain('tanh GELU, dynamo', DynamoGelu, { activation: 'gelu-tanh' }, { opset: 20, shapes: 'inferred' }),
  plain('CLIP: stem norm and quick GELU', ClipAttention, clip, { opset: 14 }, { tis: true }),
  plain('CLIP, baked, opset 17', ClipAttention, clip, baked),
  plain('CLIP through scaled_dot_product_attention', ScaledDotProduct, clip),
  plain('ReLU', Exporter, { activation: 'relu' }),
  plain('pre-logits with tanh', Exporter, { preLogits: 20 }),
  plain('head width other than D / heads', Optimum, { headWidth: 5, heads: 4 }),
  plain('head width other than D / heads, fused qkv', Exporter, { headWidth: 16, heads: 2 }),
  plain('one head', Exporter, { heads: 1, headWidth: 24 }),
  plain('probabilities', Exporter, { output: 'probabilities' }),
  plain('log-probabilities', Optimum, { output: 'log-probabilities' }),
  plain('two classes', Exporter, { classes: 2 }),
];
