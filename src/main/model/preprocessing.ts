/** Preprocessing as Hugging Face's preprocessor_config.json states it. */

import * as v from 'valibot';
import type { Preprocessing } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';

const sizeSchema = v.union([
  v.number(),
  v.object({ height: v.number(), width: v.number() }),
  v.object({ shortest_edge: v.number() }),
]);
const triple = v.pipe(v.array(v.number()), v.minLength(1), v.maxLength(3));

const configSchema = v.object({
  do_resize: v.optional(v.boolean(), true),
  size: v.optional(sizeSchema),
  resample: v.optional(v.number(), 2),
  do_center_crop: v.optional(v.boolean(), false),
  crop_size: v.optional(sizeSchema),
  do_rescale: v.optional(v.boolean(), true),
  rescale_factor: v.optional(v.number(), 1 / 255),
  do_normalize: v.optional(v.boolean(), true),
  image_mean: v.optional(triple, [0.5, 0.5, 0.5]),
  image_std: v.optional(triple, [0.5, 0.5, 0.5]),
});

/** PIL's numbers of its resampling filters. */
const interpolations: Readonly<Record<number, Preprocessing['interpolation']>> = {
  0: 'nearest',
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
};

function threeOf(values: readonly number[]): [number, number, number] {
  const [first = 0, second = first, third = second] = values;
  return [first, second, third];
}

function boxOf(size: v.InferOutput<typeof sizeSchema>): { width: number; height: number } {
  if (typeof size === 'number') return { width: size, height: size };
  return 'height' in size
    ? { width: size.width, height: size.height }
    : { width: size.shortest_edge, height: size.shortest_edge };
}

/**
 * Reads a parsed preprocessor_config.json for a model with the given input size.
 * @throws AppError `MODEL_UNREADABLE` naming the field that is wrong.
 */
export function preprocessingFromHuggingFace(
  json: unknown,
  file: string,
  input: { width: number; height: number },
): Preprocessing {
  const parsed = v.safeParse(configSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const field = v.getDotPath(issue) ?? 'the file';
    throw new AppError(
      'MODEL_UNREADABLE',
      `${file}: ${field} is not as expected (${issue.message}).`,
      'Repair the file or export the model again.',
    );
  }
  const config = parsed.output;
  const size = config.size ?? input.height;
  const resize: Preprocessing['resize'] =
    config.do_resize && typeof size === 'object' && 'shortest_edge' in size
      ? { kind: 'shortest-edge', size: size.shortest_edge }
      : { kind: 'exact', ...(config.do_resize ? boxOf(size) : input) };
  const interpolation = interpolations[config.resample];
  if (interpolation === undefined) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${file}: resample ${String(config.resample)} is not supported.`,
      'Nearest (0), Lanczos (1), bilinear (2) and bicubic (3) are.',
    );
  }
  return {
    resize,
    interpolation,
    crop: config.do_center_crop ? boxOf(config.crop_size ?? input.height) : null,
    scale: config.do_rescale ? config.rescale_factor : 1,
    mean: config.do_normalize ? threeOf(config.image_mean) : [0, 0, 0],
    std: config.do_normalize ? threeOf(config.image_std) : [1, 1, 1],
  };
}

/** What is assumed of a model whose files say nothing: timm's usual crop of 0.9, bicubic, mean and std 0.5. */
export function assumedPreprocessing(input: { width: number; height: number }): Preprocessing {
  return {
    resize: { kind: 'shortest-edge', size: Math.floor(Math.min(input.width, input.height) / 0.9) },
    interpolation: 'bicubic',
    crop: input,
    scale: 1 / 255,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  };
}
