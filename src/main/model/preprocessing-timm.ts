/** Preprocessing as timm's pretrained_cfg states it, and as ONNX metadata with the same words does. */

import * as v from 'valibot';
import type { Preprocessing } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import type { StatedPreprocessing } from './preprocessing-huggingface.js';
import { imagenetMean, imagenetStd, type InputSize, timmEdge } from './preprocessing-presets.js';
import { issueInWords } from './schema-words.js';
import type { Stated } from './side-files.js';

const numbers = v.pipe(v.array(v.number()), v.minLength(1), v.maxLength(3));
const configSchema = v.object({
  crop_pct: v.nullish(v.pipe(v.number(), v.gtValue(0)), 0.875),
  crop_mode: v.nullish(v.picklist(['center', 'squash', 'border']), 'center'),
  // 'random' is a word of training configurations.
  interpolation: v.nullish(v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos', 'random']), 'bicubic'),
  mean: v.nullish(v.union([v.number(), numbers]), [...imagenetMean]),
  std: v.nullish(v.union([v.number(), numbers]), [...imagenetStd]),
});

function threeOf(values: number | readonly number[]): Preprocessing['mean'] {
  if (typeof values === 'number') return [values, values, values];
  const [first = 0, second = first, third = second] = values;
  return [first, second, third];
}

/**
 * Reads a `pretrained_cfg` by timm's rules for evaluation: the edge is `floor(size / crop_pct)`, `squash` resizes both
 * edges to it, `border` the longer one with a border of the mean colour. Always ends in the model's input size.
 * @throws AppError `MODEL_UNREADABLE` naming the field that is wrong.
 */
export function preprocessingFromTimm({ content, source }: Stated, input: InputSize): StatedPreprocessing {
  const parsed = v.safeParse(configSchema, content);
  if (!parsed.success) {
    throw new AppError(
      'MODEL_UNREADABLE',
      `${source}: ${issueInWords(parsed.issues)}.`,
      'Repair it, or choose the preprocessing yourself, for example with --preset.',
    );
  }
  const { crop_pct: cropPct, crop_mode: mode, interpolation, mean, std } = parsed.output;
  const width = timmEdge(input.width, cropPct);
  const height = timmEdge(input.height, cropPct);
  const whole = width === input.width && height === input.height;
  const colour = threeOf(mean);
  const [red, green, blue] = colour;
  const byte = (value: number): number => Math.min(255, Math.max(0, Math.round(255 * value)));
  const edge = Math.min(width, height);
  return {
    source,
    fields: { resize: 'crop_pct', crop: 'input_size' },
    preprocessing: {
      resize:
        mode === 'squash'
          ? { kind: 'exact', width, height }
          : { kind: mode === 'border' ? 'longest-edge' : 'shortest-edge', size: edge },
      interpolation: interpolation === 'random' ? 'bilinear' : interpolation,
      crop: mode === 'squash' && whole ? null : { width: input.width, height: input.height },
      scale: 1 / 255,
      mean: colour,
      std: threeOf(std),
      ...(mode === 'border' ? { fill: [byte(red), byte(green), byte(blue)] as const } : {}),
    },
    assumptions: [],
  };
}
