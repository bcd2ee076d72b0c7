/** The picture that a graph takes, and the patches that its stem makes of it. */

import type { PixelRange } from '../../shared/model.js';
import type { Weight } from './weight.js';

/** The picture as the stem takes it: a float32 value, its layout and sizes. */
export interface Picture {
  readonly name: string;
  readonly layout: 'NCHW' | 'NHWC';
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export interface Patches {
  readonly weight: Weight;
  /** Which pixels the layer's own arithmetic expects; `normalised` where none stands before it or none can be told. */
  readonly range: PixelRange;
  readonly height: number;
  readonly width: number;
}
