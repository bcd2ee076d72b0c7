/** Every call of the window, out of the tables of its areas: what it takes and what it resolves to. */

import type * as v from 'valibot';

import { appCalls } from './app.js';
import type { Call } from './call.js';
import { compareCalls } from './compare.js';
import { explainCalls } from './explain.js';
import { galleryCalls } from './gallery.js';
import { jobCalls } from './jobs.js';
import { modelCalls } from './model.js';
import { newAuditCalls } from './new-audit.js';
import { projectCalls } from './project.js';
import { reportCalls } from './report.js';
import { settingsCalls } from './settings.js';
import { speedCalls } from './speed.js';
import { verdictCalls } from './verdict.js';

export const calls = {
  ...appCalls,
  ...settingsCalls,
  ...projectCalls,
  ...newAuditCalls,
  ...modelCalls,
  ...galleryCalls,
  ...explainCalls,
  ...compareCalls,
  ...speedCalls,
  ...verdictCalls,
  ...jobCalls,
  ...reportCalls,
};

type Calls = typeof calls;
export type CallName = keyof Calls;
/** What the window passes. */
export type CallInput<N extends CallName> = v.InferInput<Calls[N]['input']>;
/** What the code behind the call is given: the input once it was found valid. */
export type ValidInput<N extends CallName> = v.InferOutput<Calls[N]['input']>;
export type CallResult<N extends CallName> = Calls[N] extends Call<v.GenericSchema, infer Result> ? Result : never;
