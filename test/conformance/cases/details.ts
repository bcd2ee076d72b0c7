/** Less common modules and coincidences of sizes. */

import { writeModel } from '../../../src/main/onnx/write-model.js';
import { DynamoGelu } from '../../support/export-styles/dynamo.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { Keras } from '../../support/export-styles/keras.js';
import { bytePixels } from '../../support/export-styles/rewrites.js';
import {
  Optimum,
  PackedGate,
  ResizedPositions,
  ScaledDotProduct,
  Torchvision,
  WithDropout,
} from '../../support/export-styles/torchscript.js';
import { written } from '../../support/export-styles/written.js';
import { baked, changed, type Case, dinov2, imagenet, openSize, plain, preprocessorOf, swiglu } from './case.js';

/** Less common modules of the common libraries. */
export const details: readonly Case[] = [
  plain('positions resized inside (DINOv2)', ResizedPositions, { ...dinov2, positions: 'all' }, { opset: 14 }),
  changed(
    'positions resized inside, open height and width',
    ResizedPositions,
    (made) => written(made, { beside: preprocessorOf(48) }),
    { ...dinov2, height: 48, width: 48 },
    { options: openSize },
  ),
  plain('Dropout and Identity left in', WithDropout),
  plain('Dropout left in, opset 11', WithDropout, {}, { opset: 11 }),
  plain('SwiGLU as one layer', PackedGate, { ...dinov2, ...swiglu }),
  plain('SwiGLU as one layer, opset 11, baked', PackedGate, swiglu, { ...baked, opset: 11 }),
  plain('opset 12', ScaledDotProduct, {}, { opset: 12 }),
  plain(
    'opset 16, post-norm with LayerScale',
    Optimum,
    { blockNorm: 'post', finalNorm: false, layerScale: true },
    {
      opset: 16,
    },
  ),
  plain('dynamo, opset 22', DynamoGelu, { qkNorm: 'rms' }, { opset: 22, shapes: 'inferred' }),
  plain('a batch of four', Exporter, {}, { shapes: 'baked', batch: 4 }),
  plain('a batch of three, torchvision', Torchvision, {}, { shapes: 'baked', batch: 3 }),
  plain('four blocks of different weights, one head each', Optimum, { blocks: 4, heads: 1, headWidth: 24 }),
  plain('feed-forward layer as wide as the stream', Exporter, { inner: 24 }),
  plain('as many classes as columns', Exporter, { classes: 24 }),
  plain('as many tokens as columns', Exporter, { dim: 17, heads: 1, headWidth: 17 }),
  plain('as many heads as columns of a head', Optimum, { dim: 16, heads: 4, headWidth: 4 }),
  plain('one patch', Exporter, { height: 8, width: 8 }),
  plain('no final norm', Exporter, { finalNorm: false }),
  plain('a final norm and fc_norm', Exporter, { pooledNorm: true, pooling: 'mean-all' }),
  changed(
    'pixels as bytes, Keras',
    Keras,
    (made) => written(made, { bytes: writeModel(bytePixels(made)), layout: 'NHWC' }),
    {
      normalise: imagenet,
    },
    { options: { opset: 13, shapes: 'inferred' } },
  ),
];
