/** The code behind every call of the window, out of its areas. */

import { appCalls } from './app.js';
import { compareCalls } from './compare.js';
import type { CallContext, Calls } from './context.js';
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

/** Every call, at work on this context. */
export function callsOn(context: CallContext): Calls {
  return {
    ...appCalls(context),
    ...settingsCalls(context),
    ...projectCalls(context),
    ...newAuditCalls(context),
    ...modelCalls(context),
    ...galleryCalls(context),
    ...explainCalls(context),
    ...compareCalls(context),
    ...speedCalls(context),
    ...verdictCalls(context),
    ...jobCalls(context),
    ...reportCalls(context),
  };
}
