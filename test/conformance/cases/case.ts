/** One classifier in one export style, and the short words that the lists of cases are written in. */

import type { Model } from '../../../src/main/onnx/graph.js';
import type { NamedValues } from '../../../src/shared/model.js';
import { type Architecture, architecture } from '../../support/export-styles/architecture.js';
import type { ExportOptions, Exporter } from '../../support/export-styles/exporter.js';
import { Keras, KerasDense } from '../../support/export-styles/keras.js';
import type { Parameters } from '../../support/export-styles/parameters.js';
import { ClipAttention, Torchvision } from '../../support/export-styles/torchscript.js';
import { type Written, written } from '../../support/export-styles/written.js';

export interface Case {
  readonly name: string;
  readonly architecture: Architecture;
  readonly write: (a: Architecture, p: Parameters) => Written | Promise<Written>;
  /** What a person names when the graph alone is not enough. */
  readonly values?: NamedValues;
  /** How far a quantised model's float twin may be from the original. */
  readonly quantisation?: number;
  /** Whether the graph has a value with each block's attention probabilities; true by default. */
  readonly attention?: boolean;
  /** Whether TIS is run on it too. */
  readonly tis?: boolean;
}

type Style = new (a: Architecture, p: Parameters, options: Partial<ExportOptions>) => Exporter;

/** A classifier as the style writes it. */
export function model(style: Style, a: Architecture, p: Parameters, options: Partial<ExportOptions> = {}): Model {
  return new style(a, p, options).model();
}

/** A case of an export style as it is. */
export function plain(
  name: string,
  style: Style,
  changes: Partial<Architecture> = {},
  options: Partial<ExportOptions> = {},
  more: Partial<Case> = {},
): Case {
  const layout = style === Keras || style === KerasDense ? 'NHWC' : 'NCHW';
  // These multiply three dimensions `[B H, S, S]`: their file has no value of probabilities by picture and head.
  const attention = style !== Torchvision && style !== ClipAttention;
  return {
    name,
    attention,
    architecture: architecture(changes),
    write: (a, p) => written(model(style, a, p, options), { layout }),
    ...more,
  };
}

/** A case whose finished model is changed. */
export function changed(
  name: string,
  style: Style,
  change: (model: Model) => Written | Promise<Written>,
  changes: Partial<Architecture> = {},
  more: Partial<Case> & { readonly options?: Partial<ExportOptions> } = {},
): Case {
  return {
    name,
    architecture: architecture(changes),
    write: (a, p) => change(model(style, a, p, more.options)),
    ...more,
  };
}

export const baked: Partial<ExportOptions> = { shapes: 'baked', batch: 1 };
export const deit: Partial<Architecture> = { prefix: ['cls', 'distillation'] };
export const registers: Partial<Architecture> = {
  prefix: ['cls', 'register', 'register', 'register', 'register'],
  positions: 'not-registers',
};
export const dinov2: Partial<Architecture> = { layerScale: true, pooling: 'cls-and-mean-patches' };
export const clip: Partial<Architecture> = { stemNorm: true, activation: 'quick-gelu' };
export const swiglu: Partial<Architecture> = { gated: true, activation: 'silu', inner: 32 };
export const inception = { scale: 1, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
export const imagenet = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
export const noHeadNorm: Partial<Architecture> = { finalNorm: false, pooledNorm: true };

export const openSize: Partial<ExportOptions> = { dynamicSize: true, opset: 14 };

/** A preprocessor_config.json for pictures of `size` pixels. */
export function preprocessorOf(size: number): Readonly<Record<string, string>> {
  const config = {
    image_processor_type: 'ViTImageProcessor',
    do_resize: true,
    do_normalize: true,
    size: { height: size, width: size },
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  };
  return { 'preprocessor_config.json': JSON.stringify(config) };
}
