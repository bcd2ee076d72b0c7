/** Calls about the images of the open project: which there are, what is known of them, how label and prediction meet. */

import * as v from 'valibot';

import type { ImageDetail, ImageRow } from '../audit.js';
import { list } from '../bounded.js';
import {
  columnsSchema,
  type ConfusionCell,
  filterSchema,
  type GalleryFacets,
  type GalleryResult,
  orderSchema,
} from '../query.js';
import { call } from './call.js';
import { imageIdSchema, nothing } from './parts.js';

export const galleryCalls = {
  'gallery.query': call(v.object({ filter: filterSchema, order: orderSchema })).returning<GalleryResult>(),
  'gallery.facets': call(v.object({ filter: filterSchema, columns: columnsSchema })).returning<GalleryFacets>(),
  'gallery.rows': call(v.object({ ids: list(imageIdSchema, 2000) })).returning<readonly ImageRow[]>(),
  'image.detail': call(v.object({ id: imageIdSchema })).returning<ImageDetail>(),
  'confusion.get': call(nothing).returning<readonly ConfusionCell[]>(),
};
