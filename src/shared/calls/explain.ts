/** Calls for the TIS maps of one image. */

import * as v from 'valibot';

import type { Explanation } from '../audit.js';
import { list } from '../bounded.js';
import { call } from './call.js';
import { classSchema, imageIdSchema } from './parts.js';

export const explainCalls = {
  /** Cached maps, or computes them now (ahead of background work); `classes` asks for more than label and top 5. */
  'explain.get': call(
    v.object({ id: imageIdSchema, classes: v.optional(list(classSchema, 20)) }),
  ).returning<Explanation>(),
  /** Computes maps ahead, at low priority, in this order; replaces the previous wish. */
  'explain.prefetch': call(v.object({ ids: list(imageIdSchema, 16) })).returning<null>(),
};
