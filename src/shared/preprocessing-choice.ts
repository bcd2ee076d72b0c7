/** `PreprocessingChoice` as it crosses to the main process and as a project keeps it. */

import * as v from 'valibot';

import { preprocessingPresets, resizeKinds } from './model.js';

const side = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8192));
const threeNumbers = v.pipe(
  v.tuple([v.number(), v.number(), v.number()]),
  v.transform((value): readonly [number, number, number] => value),
);

export const preprocessingChoiceSchema = v.object({
  preset: v.optional(v.picklist(preprocessingPresets)),
  resizeKind: v.optional(v.picklist(resizeKinds)),
  resize: v.optional(side),
  crop: v.optional(side),
  interpolation: v.optional(v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos'])),
  mean: v.optional(threeNumbers),
  std: v.optional(threeNumbers),
});
