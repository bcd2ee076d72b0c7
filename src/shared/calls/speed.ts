/** Calls that measure what computing costs here, and what rough numbers cost in fidelity. */

import * as v from 'valibot';

import { precisions } from '../precision.js';
import type { FidelityFigures, SpeedFigures } from '../speed.js';
import { call } from './call.js';
import { nothing } from './parts.js';

export const speedCalls = {
  /** Measures for about three seconds what computing costs with the project's model. */
  'speed.measure': call(nothing).returning<SpeedFigures>(),
  /** Compares maps scored with a rough precision with those of float32, on up to a hundred images of the project. */
  'speed.fidelity': call(v.object({ precision: v.picklist(precisions) })).returning<FidelityFigures>(),
};
