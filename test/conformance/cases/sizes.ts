/** Sizes of pictures and patches. */

import { Exporter } from '../../support/export-styles/exporter.js';
import { Keras } from '../../support/export-styles/keras.js';
import { Einops, Optimum, Torchvision } from '../../support/export-styles/torchscript.js';
import { written } from '../../support/export-styles/written.js';
import { plain, changed, baked, preprocessorOf, type Case } from './case.js';

/** Pictures and patches. */
export const sizes: readonly Case[] = [
  plain('64 px, patches of 16', Exporter, { height: 64, width: 64, patchHeight: 16, patchWidth: 16 }),
  plain('64 px, patches of 32', Torchvision, { height: 64, width: 64, patchHeight: 32, patchWidth: 32 }),
  plain('518 px, patches of 14', Optimum, {
    height: 518,
    width: 518,
    patchHeight: 14,
    patchWidth: 14,
    dim: 16,
    heads: 2,
  }),
  plain('224 px, patches of 16, baked', Exporter, { height: 224, width: 224, patchHeight: 16, patchWidth: 16 }, baked),
  plain('not square: 48 x 96, patches of 16', Exporter, { height: 48, width: 96, patchHeight: 16, patchWidth: 16 }),
  plain('not square: 48 x 96, einops', Einops, { height: 48, width: 96, patchHeight: 16, patchWidth: 16 }),
  plain('not square: patches of 8 x 16', Exporter, { height: 48, width: 64, patchHeight: 8, patchWidth: 16 }),
  plain(
    'not square: patches of 16 x 8, Keras',
    Keras,
    { height: 64, width: 48, patchHeight: 16, patchWidth: 8 },
    {
      opset: 13,
      shapes: 'inferred',
    },
  ),
  plain('patches that leave a border', Exporter, { height: 37, width: 35, patchHeight: 8, patchWidth: 8 }),
  plain('grayscale', Exporter, { channels: 1 }),
  plain('grayscale, Keras', Keras, { channels: 1 }, { opset: 13, shapes: 'inferred' }),
  changed(
    'open height and width, size from preprocessor_config.json',
    Exporter,
    (made) => written(made, { beside: preprocessorOf(48) }),
    { height: 48, width: 48 },
    { options: { dynamicSize: true } },
  ),
];
