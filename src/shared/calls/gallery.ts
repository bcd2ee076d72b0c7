/** Calls about the images of the open project: which there are, what is known of them, how label and prediction meet. */

import * as v from 'valibot';

import type { ImageDetail, ImageRow } from '../audit.js';
import { list } from '../bounded.js';
import {
  columnsSchema,
  type ConfusionCounts,
  filterSchema,
  type GalleryFacets,
  orderSchema,
  type Selection,
  selectionPage,
} from '../query.js';
import { call } from './call.js';
import { count, imageIdSchema, nothing } from './parts.js';

/** Ids that one call may name, and ids in an answer of pages. */
const mostIds = 2000;
/** Neighbours of the selected image that may take its place. */
const mostNear = 1000;

const idsSchema = list(imageIdSchema, mostIds);

/** Revisions begin with the time, so that one of an earlier process is none of the next. */
const revision = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const galleryCalls = {
  'gallery.select': call(
    v.object({
      filter: filterSchema,
      order: orderSchema,
      since: v.nullable(revision),
      around: v.optional(v.pipe(count, v.maxValue(selectionPage))),
      near: list(imageIdSchema, mostNear),
    }),
  ).returning<Selection>(),
  /** Ids from a place of a selection on; null where that revision is gone. */
  'gallery.page': call(
    v.object({ revision, from: count, count: v.pipe(count, v.maxValue(mostIds)) }),
  ).returning<Uint32Array | null>(),
  /** Places in a selection, -1 for what is not in it; null where that revision is gone. */
  'gallery.places': call(v.object({ revision, ids: idsSchema })).returning<Int32Array | null>(),
  'gallery.facets': call(v.object({ filter: filterSchema, columns: columnsSchema })).returning<GalleryFacets>(),
  'gallery.rows': call(v.object({ ids: idsSchema })).returning<readonly ImageRow[]>(),
  'image.detail': call(v.object({ id: imageIdSchema })).returning<ImageDetail>(),
  'confusion.get': call(nothing).returning<ConfusionCounts>(),
};
