/** Calls of the model page. */

import * as v from 'valibot';

import type { ModelInspection } from '../model.js';
import { call } from './call.js';
import { nothing } from './parts.js';

export const modelCalls = {
  /** Anatomy, costs and proof of the open project's model. */
  'model.inspect': call(nothing).returning<ModelInspection>(),
  /** The same of another model, chosen with the system's dialog, to set beside it; null when the person cancelled. */
  'model.compare': call(
    v.object({ what: v.picklist(['model-file', 'model-folder']) }),
  ).returning<ModelInspection | null>(),
};
