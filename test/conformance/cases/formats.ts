/** Stored types, other tools, and normalisation inside the graph. */

import { writeModel } from '../../../src/main/onnx/write-model.js';
import { Dynamo } from '../../support/export-styles/dynamo.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { withExternalData } from '../../support/export-styles/external-data.js';
import { Keras } from '../../support/export-styles/keras.js';
import { ortOptimised } from '../../support/export-styles/ort-optimised.js';
import { dynamicQuantised, fourBitProducts, staticQdq, weightOnlyQdq } from '../../support/export-styles/quantise.js';
import {
  bfloatWeights,
  half,
  renamed,
  shuffled,
  weightsAsInputs,
  weightsAsNodes,
} from '../../support/export-styles/rewrites.js';
import { RuntimeFused } from '../../support/export-styles/runtime-fused.js';
import { OlderTimm, Optimum, ScaledDotProduct } from '../../support/export-styles/torchscript.js';
import { written } from '../../support/export-styles/written.js';
import { plain, changed, baked, clip, inception, imagenet, type Case } from './case.js';

/** What other tools and formats do to an export. */
export const formats: readonly Case[] = [
  plain('normalisation inside', Exporter, { normalise: inception }),
  plain('/255 and normalisation inside', Exporter, { normalise: imagenet }),
  plain(
    '/127.5 - 1 inside, Keras',
    Keras,
    { normalise: { ...inception, scale: 1 / 255 } },
    {
      opset: 13,
      shapes: 'inferred',
    },
  ),
  changed('float16 between float32 ends', Exporter, (made) =>
    written(half(made, { ends: true }), { tolerance: 5e-3, weightTolerance: 2e-2 }),
  ),
  changed('float16 throughout', Optimum, (made) =>
    written(made, { bytes: writeModel(half(made, { ends: false })), tolerance: 5e-3, weightTolerance: 2e-2 }),
  ),
  changed('float16 with norms cast to float32', Exporter, (made) =>
    written(half(made, { ends: true, blocked: ['LayerNormalization', 'Softmax'] }), {
      tolerance: 5e-3,
      weightTolerance: 2e-2,
    }),
  ),
  changed(
    'float16, fused by ONNX Runtime',
    RuntimeFused,
    (made) => written(half(made, { ends: true }), { tolerance: 5e-3, weightTolerance: 2e-2 }),
    {},
    {
      attention: false,
    },
  ),
  changed('bfloat16 weights', Exporter, (made) => written(bfloatWeights(made), { weightTolerance: 0.05 })),
  changed(
    'int8 weights behind DequantizeLinear',
    Exporter,
    (made) => {
      const { model: quantised, twin } = weightOnlyQdq(made);
      return written(twin, { bytes: writeModel(quantised) });
    },
    {},
    { quantisation: 0.1, options: { opset: 17 } },
  ),
  changed(
    'static QDQ',
    Optimum,
    (made) => {
      const { model: quantised, twin } = staticQdq(made, 8);
      return written(twin, { bytes: writeModel(quantised) });
    },
    {},
    { quantisation: 0.1 },
  ),
  changed(
    'dynamic quantisation (transformers.js)',
    Optimum,
    (made) => {
      const { model: quantised, twin } = dynamicQuantised(made);
      return written(twin, { bytes: writeModel(quantised) });
    },
    {},
    { quantisation: 0.2, options: { opset: 14 } },
  ),
  changed(
    'MatMulNBits, 4 bits',
    Optimum,
    (made) => {
      const { model: quantised, twin } = fourBitProducts(made);
      return written(twin, { bytes: writeModel(quantised) });
    },
    { dim: 32, headWidth: 8, heads: 4 },
    { quantisation: 1.5 },
  ),
  changed('external data', Exporter, (made) => {
    const { bytes, data } = withExternalData(made, 'weights.data');
    return written(made, { bytes, beside: { 'weights.data': data } });
  }),
  changed(
    'weights listed as inputs',
    OlderTimm,
    (made) => written(weightsAsInputs(made)),
    {},
    { options: { opset: 11 } },
  ),
  changed(
    'weights as Constant nodes',
    Dynamo,
    (made) => written(weightsAsNodes(made)),
    {},
    {
      options: { opset: 18, shapes: 'inferred' },
    },
  ),
  changed('nodes out of order', Exporter, (made) => written(made, { bytes: writeModel(shuffled(made, 5)) })),
  changed('meaningless names', ScaledDotProduct, (made) => {
    const numbers = new Map<string, string>();
    const rename = (name: string): string => {
      const known = numbers.get(name) ?? `val_${String(numbers.size)}`;
      numbers.set(name, known);
      return known;
    };
    return written(renamed(made, rename));
  }),
  changed('names of Hugging Face modules', Optimum, (made) =>
    written(renamed(made, (name) => `/vit/encoder/${name}_output_0`)),
  ),
  changed('optimised and saved by ONNX Runtime, timm', Exporter, async (made) =>
    written(made, { bytes: await ortOptimised(made) }),
  ),
  changed(
    'optimised and saved by ONNX Runtime, Optimum with opset 13',
    Optimum,
    async (made) => written(made, { bytes: await ortOptimised(made) }),
    {},
    { options: { opset: 13 } },
  ),
  changed(
    'optimised and saved by ONNX Runtime, baked scaled_dot_product_attention',
    ScaledDotProduct,
    async (made) => written(made, { bytes: await ortOptimised(made) }),
    clip,
    { options: baked },
  ),
];
