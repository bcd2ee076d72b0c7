/** Calls about long work: what there is, and what to begin or give up. */

import * as v from 'valibot';

import type { Job, JobId } from '../audit.js';
import { call } from './call.js';
import { count, nothing } from './parts.js';

const jobIdSchema = v.pipe(
  v.string(),
  v.maxLength(64),
  v.transform((value) => value as JobId),
);

export const jobCalls = {
  'jobs.list': call(nothing).returning<readonly Job[]>(),
  'jobs.cancel': call(v.object({ id: jobIdSchema })).returning<null>(),
  /** Predicts what is not predicted yet. */
  'jobs.predict': call(nothing).returning<Job>(),
  /** Tries the images again that could not be read; null when every one could be. */
  'jobs.retry': call(nothing).returning<Job | null>(),
  /** Explains the `count` most suspicious images that are not explained yet. */
  'jobs.explain': call(v.object({ count: v.pipe(count, v.minValue(1)) })).returning<Job>(),
};
