/** The exports that people bring most often. */

import {
  Dynamo,
  DynamoAttention,
  DynamoFunctions,
  DynamoGelu,
  DynamoPackedAttention,
} from '../../support/export-styles/dynamo.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { Keras, KerasDense } from '../../support/export-styles/keras.js';
import { withLocalFunctions } from '../../support/export-styles/local-functions.js';
import { RuntimeFused, RuntimeMultiHead } from '../../support/export-styles/runtime-fused.js';
import {
  Einops,
  GuardedDotProduct,
  OlderTimm,
  Optimum,
  ScaledDotProduct,
  Torchvision,
} from '../../support/export-styles/torchscript.js';
import { written } from '../../support/export-styles/written.js';
import { plain, changed, baked, type Case } from './case.js';

/** The common exports of the common classifiers. */
export const common: readonly Case[] = [
  plain('ViT, timm, opset 17, traced shapes', Exporter, {}, {}, { tis: true }),
  plain('ViT, timm, opset 17, baked', Exporter, {}, baked, { tis: true }),
  plain('ViT, timm, opset 14, traced', Exporter, {}, { opset: 14 }),
  plain('ViT, timm, opset 13, baked', Exporter, {}, { ...baked, opset: 13 }),
  plain('ViT, timm, opset 11, traced', Exporter, {}, { opset: 11 }),
  plain('ViT, older timm with Gather, opset 11, baked', OlderTimm, {}, { ...baked, opset: 11 }),
  plain('ViT, scaled_dot_product_attention, opset 14', ScaledDotProduct, {}, { opset: 14 }),
  plain('ViT, scaled_dot_product_attention, opset 17, baked', ScaledDotProduct, {}, baked),
  plain('ViT, guarded softmax of PyTorch 2.6', GuardedDotProduct),
  plain('ViT, torchvision', Torchvision, {}, {}, { tis: true }),
  plain('ViT, torchvision, baked, opset 13', Torchvision, {}, { ...baked, opset: 13 }),
  plain('ViT, Optimum', Optimum, {}, { opset: 14 }),
  plain('ViT, Optimum, opset 11', Optimum, {}, { opset: 11 }),
  plain('ViT, Optimum, opset 17, inferred batch', Optimum, {}, { shapes: 'inferred' }),
  plain('ViT, dynamo, opset 18, baked', Dynamo, {}, { opset: 18, shapes: 'inferred', batch: 1 }),
  plain('ViT, dynamo, opset 18, any batch', Dynamo, {}, { opset: 18, shapes: 'inferred' }),
  plain('ViT, dynamo, opset 20 Gelu', DynamoGelu, {}, { opset: 20, shapes: 'inferred' }),
  plain(
    'ViT, dynamo, opset 23 Attention',
    DynamoAttention,
    {},
    { opset: 23, shapes: 'inferred' },
    { attention: false },
  ),
  plain(
    'ViT, dynamo, opset 23 packed Attention',
    DynamoPackedAttention,
    {},
    { opset: 23, shapes: 'inferred' },
    { attention: false },
  ),
  changed(
    'ViT, dynamo, opset 18 with local functions',
    DynamoFunctions,
    (made) => {
      const bytes = withLocalFunctions(made);
      return written(made, { bytes, truth: bytes });
    },
    {},
    { options: { opset: 18, shapes: 'inferred' } },
  ),
  plain('ViT, fused by ONNX Runtime', RuntimeFused, {}, {}, { attention: false, tis: true }),
  plain('ViT, fused MultiHeadAttention', RuntimeMultiHead, {}, {}, { attention: false }),
  plain('ViT, Keras Einsum', Keras, { output: 'probabilities' }, { opset: 13, shapes: 'inferred' }),
  plain('ViT, Keras dense heads', KerasDense, {}, { opset: 15, shapes: 'inferred' }),
  plain('ViT, einops', Einops, { qkvBias: false }, {}),
  plain('ViT, einops, baked, mean pooling', Einops, { qkvBias: false, pooling: 'mean-all' }, baked),
];
