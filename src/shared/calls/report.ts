/** Calls that write the report and open it. */

import * as v from 'valibot';

import type { Job } from '../audit.js';
import { list, text } from '../bounded.js';
import { call } from './call.js';
import { count } from './parts.js';

export const reportCalls = {
  /**
   * Writes a report: its folder `name` is made where the person says with the system's dialog (`place: 'ask'`), or in the project.
   * Null when the person cancelled.
   */
  'report.create': call(
    v.object({
      /** Ids of `reportFormats` of `app.info`. */
      formats: list(text(64), 32, 1),
      place: v.picklist(['project', 'ask']),
      name: text(1000),
      /** By default the project's name. */
      title: v.optional(text(1000)),
      /** At most this many findings, most suspicious first. */
      findings: v.pipe(count, v.minValue(1), v.maxValue(100_000)),
      /** Compute missing maps for the first this many findings. */
      explain: count,
    }),
  ).returning<Job | null>(),
  /** Opens a format of the last written report with the system's program, or its folder where that is null. */
  'report.open': call(v.object({ format: v.nullable(text(64)) })).returning<null>(),
};
