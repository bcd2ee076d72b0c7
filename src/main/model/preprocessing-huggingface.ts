/** Preprocessing as Hugging Face's preprocessor_config.json states it, with the defaults of each class of image processor. */

import * as v from 'valibot';
import type { Preprocessing } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { clipMean, clipStd, half, imagenetMean, imagenetStd, type InputSize } from './preprocessing-presets.js';
import { issueInWords } from './schema-words.js';
import type { Stated } from './side-files.js';

/** A preprocessing as a source states it; it need not end in the model's input size yet. */
export interface StatedPreprocessing {
  readonly preprocessing: Preprocessing;
  /** For messages: the file or metadata entry. */
  readonly source: string;
  /** Names of the fields that size the resize and the crop. */
  readonly fields: { readonly resize: string; readonly crop: string };
  readonly assumptions: readonly string[];
}

const side = v.pipe(v.number(), v.minValue(1), v.maxValue(65_536));
/** Early extractors wrote numbers of a size side by side. */
const sides = v.pipe(v.array(side), v.minLength(1), v.maxLength(2));
const sizeSchema = v.union([
  side,
  sides,
  v.object({ height: side, width: side }),
  v.object({ shortest_edge: side }),
  v.object({ longest_edge: side }),
]);
type StatedSize = v.InferOutput<typeof sizeSchema>;
type Size = Exclude<StatedSize, readonly number[]>;
const triple = v.pipe(v.array(v.number()), v.minLength(1), v.maxLength(3));

// Newer processors write every field, those that mean nothing as null.
const configSchema = v.object({
  image_processor_type: v.nullish(v.string()),
  feature_extractor_type: v.nullish(v.string()),
  do_resize: v.nullish(v.boolean(), true),
  size: v.nullish(sizeSchema),
  crop_pct: v.nullish(v.pipe(v.number(), v.gtValue(0))),
  resample: v.nullish(v.union([v.number(), v.string()])),
  do_center_crop: v.nullish(v.boolean()),
  crop_size: v.nullish(sizeSchema),
  do_pad: v.nullish(v.boolean(), false),
  pad_size: v.nullish(sizeSchema),
  do_rescale: v.nullish(v.boolean(), true),
  rescale_factor: v.nullish(v.number(), 1 / 255),
  do_normalize: v.nullish(v.boolean(), true),
  image_mean: v.nullish(v.union([v.number(), triple])),
  image_std: v.nullish(v.union([v.number(), triple])),
});
type StatedConfig = v.InferOutput<typeof configSchema>;
type SizeField = 'size' | 'crop_size' | 'pad_size';
type Config = Omit<StatedConfig, SizeField> & Readonly<Partial<Record<SizeField, Size | null | undefined>>>;

/** PIL's numbers and names of its resampling filters. */
const interpolations: Readonly<Record<string, Preprocessing['interpolation']>> = {
  0: 'nearest',
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
  nearest: 'nearest',
  lanczos: 'lanczos',
  bilinear: 'bilinear',
  bicubic: 'bicubic',
};

/** What a class of image processor does when its file leaves a field out. */
interface Defaults {
  readonly resample: number;
  readonly centerCrop: boolean;
  readonly size: Size | undefined;
  readonly cropSize: number | undefined;
  /** Whether a bare number is the side of a square; otherwise it is the shorter edge. */
  readonly square: boolean;
  readonly mean: Preprocessing['mean'];
  readonly std: Preprocessing['std'];
}

const plain: Defaults = {
  resample: 2,
  centerCrop: false,
  size: undefined,
  cropSize: undefined,
  square: true,
  mean: half,
  std: half,
};
const deit: Defaults = { ...plain, resample: 3, centerCrop: true, size: 256, cropSize: 224 };
const clip: Defaults = {
  resample: 3,
  centerCrop: true,
  size: { shortest_edge: 224 },
  cropSize: 224,
  square: false,
  mean: clipMean,
  std: clipStd,
};

/** By the name of the class without `ImageProcessor`, `ImageProcessorFast` or `FeatureExtractor`. */
const defaultsOf: Readonly<Record<string, Defaults>> = {
  ViT: { ...plain, size: 224 },
  DeiT: deit,
  Beit: deit,
  Bit: clip,
  CLIP: clip,
  ViTHybrid: clip,
  ConvNext: { ...plain, size: { shortest_edge: 384 }, square: false },
  Siglip: { ...plain, resample: 3, size: 224 },
  DINOv3ViT: { ...plain, size: 224, mean: imagenetMean, std: imagenetStd },
};

/** ConvNeXt's processors squash at and above this size, and crop below it. */
const convNextSquash = 384;

function boxOf(size: Size): InputSize {
  if (typeof size === 'number') return { width: size, height: size };
  if ('height' in size) return { width: size.width, height: size.height };
  const edge = 'shortest_edge' in size ? size.shortest_edge : size.longest_edge;
  return { width: edge, height: edge };
}

function parsedConfig({ content, source }: Stated): StatedConfig {
  const parsed = v.safeParse(configSchema, content);
  if (parsed.success) return parsed.output;
  throw new AppError(
    'MODEL_UNREADABLE',
    `${source}: ${issueInWords(parsed.issues)}.`,
    'Repair the file, or choose the preprocessing yourself, for example with --preset.',
  );
}

/** A size as one of today's forms; a pair is (width, height), and turned where only that is the model's input. */
function resolvedSize(size: StatedSize | null | undefined, input: InputSize): Size | null | undefined {
  if (!Array.isArray(size)) return size;
  const [width = 0, height = width] = size;
  const turned = width === input.height && height === input.width;
  return turned ? { width: input.width, height: input.height } : { width, height };
}

function interpolationOf(config: Config, defaults: Defaults, source: string): Preprocessing['interpolation'] {
  const resample = config.resample ?? defaults.resample;
  // Some files name a constant of Pillow: PIL.Image.BICUBIC, Resampling.BICUBIC.
  const [, word = ''] = /([^.]*)$/.exec(String(resample).toLowerCase()) ?? [];
  const found = interpolations[word];
  if (found !== undefined) return found;
  throw new AppError(
    'MODEL_UNSUPPORTED',
    `${source}: resample ${String(resample)} is not supported.`,
    'Nearest (0), Lanczos (1), bilinear (2) and bicubic (3) are; choose one with --interpolation and a --preset.',
  );
}

type Shape = Pick<Preprocessing, 'resize' | 'crop'>;

function resizeOf(size: Size, square: boolean): Preprocessing['resize'] {
  if (typeof size === 'number') return square ? { kind: 'exact', ...boxOf(size) } : { kind: 'shortest-edge', size };
  if ('shortest_edge' in size) return { kind: 'shortest-edge', size: size.shortest_edge };
  return 'longest_edge' in size ? { kind: 'longest-edge', size: size.longest_edge } : { kind: 'exact', ...boxOf(size) };
}

/** ConvNeXt's rule: `size / crop_pct` on the shorter edge and a crop of `size`, or a squash from 384 pixels on. */
function convNextShape(size: Size, cropPct: number): Shape {
  const { width, height } = boxOf(size);
  if (width >= convNextSquash) return { resize: { kind: 'exact', width, height }, crop: null };
  return { resize: { kind: 'shortest-edge', size: Math.trunc(width / cropPct) }, crop: { width, height } };
}

function shapeOf(config: Config, name: string, defaults: Defaults, input: InputSize): Shape {
  const size = config.size ?? defaults.size ?? input;
  if (name === 'ConvNext' && config.do_resize) return convNextShape(size, config.crop_pct ?? 224 / 256);
  const resize = config.do_resize ? resizeOf(size, defaults.square) : ({ kind: 'exact', ...input } as const);
  if (config.do_center_crop ?? defaults.centerCrop) {
    return { resize, crop: boxOf(config.crop_size ?? defaults.cropSize ?? input) };
  }
  // The pad takes the place of the crop: it, too, makes the image this large.
  if (config.do_pad && resize.kind !== 'exact') return { resize, crop: boxOf(config.pad_size ?? resize.size) };
  return { resize, crop: null };
}

function threeOf(
  values: number | readonly number[] | null | undefined,
  other: Preprocessing['mean'],
): Preprocessing['mean'] {
  if (values === null || values === undefined) return other;
  if (typeof values === 'number') return [values, values, values];
  const [first = 0, second = first, third = second] = values;
  return [first, second, third];
}

/**
 * Reads a parsed preprocessor_config.json for a model with the given input size.
 * @throws AppError `MODEL_UNREADABLE` naming the field that is wrong, `MODEL_UNSUPPORTED` for unknown filters.
 */
export function preprocessingFromHuggingFace(stated: Stated, input: InputSize): StatedPreprocessing {
  const { source } = stated;
  const said = parsedConfig(stated);
  const config: Config = {
    ...said,
    size: resolvedSize(said.size, input),
    crop_size: resolvedSize(said.crop_size, input),
    pad_size: resolvedSize(said.pad_size, input),
  };
  const type = config.image_processor_type ?? config.feature_extractor_type ?? '';
  const name = type.replace(/(?:ImageProcessor(?:Fast|Pil)?|FeatureExtractor)$/, '');
  const defaults = defaultsOf[name] ?? plain;
  const { resize, crop } = shapeOf(config, name, defaults, input);
  const padded = config.do_pad && resize.kind !== 'exact';
  return {
    source,
    fields: { resize: 'size', crop: padded ? 'pad_size' : 'crop_size' },
    preprocessing: {
      resize,
      interpolation: interpolationOf(config, defaults, source),
      crop,
      scale: config.do_rescale ? config.rescale_factor : 1,
      mean: config.do_normalize ? threeOf(config.image_mean, defaults.mean) : [0, 0, 0],
      std: config.do_normalize ? threeOf(config.image_std, defaults.std) : [1, 1, 1],
    },
    assumptions: padded ? [`${source} pads images: the border is taken to be the same on both sides.`] : [],
  };
}
