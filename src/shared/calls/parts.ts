/** Parts of inputs that the calls of several areas share. */

import * as v from 'valibot';

import type { ClassIndex, ImageId, LabelIndex } from '../audit.js';
import { list } from '../bounded.js';

/** For calls that need to be told nothing. */
export const nothing = v.undefined();

export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
export const imageIdSchema = v.pipe(
  count,
  v.transform((value) => value as ImageId),
);
const labelSchema = v.pipe(
  count,
  v.transform((value) => value as LabelIndex),
);
export const classSchema = v.pipe(
  count,
  v.transform((value) => value as ClassIndex),
);

/** Labels of a dataset and classes of a model: ImageNet-21k has 21,843. */
const mostLabels = 100_000;

/** What a person chose for some labels. */
export const mappingSchema = v.object({
  rows: list(v.object({ label: labelSchema, classIndex: v.nullable(classSchema) }), mostLabels),
});
