/** Calls of the compare view: maps by any method, and sheets of them. */

import * as v from 'valibot';

import type { Job } from '../audit.js';
import { list } from '../bounded.js';
import { colourMapNames } from '../colormap.js';
import type { MethodOffer } from '../methods.js';
import { type RowMap, rowIds } from '../sheet-rows.js';
import { mostSheetImages, mostSheetRows, sheetFormats, sheetScales } from '../sheet.js';
import { call } from './call.js';
import { classSchema, imageIdSchema, nothing } from './parts.js';

const methodsSchema = list(v.picklist(rowIds), mostSheetRows, 1);
const classesSchema = list(classSchema, 20, 1);
const sheetLookSchema = v.object({
  transposed: v.boolean(),
  scale: v.picklist(sheetScales),
  colourMap: v.picklist(colourMapNames),
  opacity: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});

export const compareCalls = {
  /** The explanation methods, and which of them the project's model allows. */
  'compare.methods': call(nothing).returning<readonly MethodOffer[]>(),
  /**
   * The maps of these classes, in their order, by one method, or in contrast to their rivals: out of the cache, or computed one
   * call after the other in the order of asking. Rejected with `CANCELLED` after `compare.cancel`.
   */
  'compare.maps': call(v.object({ id: imageIdSchema, method: v.picklist(rowIds), classes: classesSchema })).returning<
    readonly RowMap[]
  >(),
  /** Gives up every `compare.maps` that is waiting or running. */
  'compare.cancel': call(nothing).returning<null>(),
  /**
   * Writes the sheet of one image to a file chosen with the system's dialog; maps that are missing are computed. Says the name of
   * the file; null when the person cancelled.
   */
  'compare.export': call(
    v.object({
      id: imageIdSchema,
      methods: methodsSchema,
      classes: classesSchema,
      look: sheetLookSchema,
      format: v.picklist(sheetFormats),
    }),
  ).returning<string | null>(),
  /** The same for many images, one class each (its label's, or the predicted one), as a job. */
  'compare.contact': call(
    v.object({
      ids: list(imageIdSchema, mostSheetImages, 1),
      methods: methodsSchema,
      of: v.picklist(['label', 'prediction']),
      look: sheetLookSchema,
      format: v.picklist(sheetFormats),
    }),
  ).returning<Job | null>(),
};
