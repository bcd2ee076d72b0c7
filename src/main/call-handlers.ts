/** The shape of the code that answers the window's calls, and which of the calls only Electron can answer. */

import type * as v from 'valibot';

import type { CallName, CallResults, callSchemas } from '../shared/ipc.js';

/** One function a call: validated input in, result out; errors are thrown. */
export type CallHandlers = {
  readonly [N in CallName]: (input: v.InferOutput<(typeof callSchemas)[N]>) => Promise<CallResults[N]>;
};

/** Calls that need dialogs, the user's settings or the system shell; {@link CallHandlers} for these live in `handlers.ts`. */
export type ElectronOnlyCalls =
  | 'app.info'
  | 'settings.get'
  | 'settings.set'
  | 'project.recent'
  | 'project.forget'
  | 'project.openRecent'
  | 'project.openDialog'
  | 'project.rename'
  | 'project.saveCopy'
  | 'newAudit.pick'
  | 'newAudit.importMapping'
  | 'newAudit.exportMapping'
  | 'project.importMapping'
  | 'project.exportMapping'
  | 'project.relink'
  | 'model.compare'
  | 'compare.export'
  | 'compare.contact'
  | 'report.create'
  | 'report.open';

/** The calls that a workspace answers, with or without Electron around it. */
export type WorkspaceCalls = Omit<CallHandlers, ElectronOnlyCalls>;
