/** Preprocessing that whole families of models share, scaled to a model's input size. */

import type { Preprocessing, PreprocessingPreset } from '../../shared/model.js';

/** Width and height that a model takes, in pixels. */
export interface InputSize {
  readonly width: number;
  readonly height: number;
}

export const imagenetMean = [0.485, 0.456, 0.406] as const;
export const imagenetStd = [0.229, 0.224, 0.225] as const;
export const clipMean = [0.48145466, 0.4578275, 0.40821073] as const;
export const clipStd = [0.26862954, 0.26130258, 0.27577711] as const;
export const half = [0.5, 0.5, 0.5] as const;

/** A resize of the shorter edge and a crop to the input, pixels from 0 to 1 before mean and deviation. */
function cropped(
  size: number,
  interpolation: Preprocessing['interpolation'],
  input: InputSize,
  mean: Preprocessing['mean'],
  std: Preprocessing['std'],
): Preprocessing {
  const crop = { width: input.width, height: input.height };
  return { resize: { kind: 'shortest-edge', size }, interpolation, crop, scale: 1 / 255, mean, std };
}

/** timm's rule: the shorter edge is the input divided by `crop_pct`, rounded down. */
export function timmEdge(side: number, cropPct: number): number {
  return Math.floor(side / cropPct);
}

/**
 * The preset for an input size.
 * - `imagenet`: torchvision's (256 for 224, bilinear) with the mean and deviation of ImageNet's channels
 * - `inception`: timm's for the ViT of Google (crop of 90 %, bicubic, pixels from -1 to 1)
 * - `clip`: OpenAI's (no margin, bicubic, CLIP's mean and deviation)
 * - `none`: squashed to the input (bilinear), pixels from 0 to 1
 */
export function presetPreprocessing(preset: PreprocessingPreset, input: InputSize): Preprocessing {
  const side = Math.min(input.width, input.height);
  switch (preset) {
    case 'imagenet':
      return cropped(Math.round(side / 0.875), 'bilinear', input, imagenetMean, imagenetStd);
    case 'inception':
      return cropped(timmEdge(side, 0.9), 'bicubic', input, half, half);
    case 'clip':
      return cropped(side, 'bicubic', input, clipMean, clipStd);
    case 'none':
      return {
        resize: { kind: 'exact', width: input.width, height: input.height },
        interpolation: 'bilinear',
        crop: null,
        scale: 1 / 255,
        mean: [0, 0, 0],
        std: [1, 1, 1],
      };
  }
}
