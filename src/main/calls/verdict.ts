/** Answers the calls that give verdicts and take them back. */

import type { VerdictOutcome } from '../../shared/calls/verdict.js';
import { AppError } from '../../shared/errors.js';
import type { OpenAudit } from '../audit/open-audit.js';
import type { Project } from '../project/project.js';
import type { CallContext, CallsOf } from './context.js';

/** What stands above the work changes with the first verdict that is refused. */
function decide(audit: OpenAudit, decision: (project: Project) => VerdictOutcome): VerdictOutcome {
  try {
    return decision(audit.project);
  } catch (error) {
    if (error instanceof AppError && error.code === 'PROJECT_GONE') audit.tellProject();
    throw error;
  }
}

export function verdictCalls({ workspace }: CallContext): CallsOf<'verdict'> {
  /** The journal holds the change before anyone hears of it. */
  const decided = (decision: (project: Project) => VerdictOutcome): VerdictOutcome => {
    const audit = workspace.audit();
    const outcome = decide(audit, decision);
    workspace.tell('change', { images: outcome.changes.map(({ row }) => row.id) });
    audit.tellProject();
    return outcome;
  };
  return {
    'verdict.give': ({ ids, verdict }) => decided((project) => project.give(ids, verdict)),
    'verdict.clear': ({ ids }) => decided((project) => project.clear(ids)),
    'verdict.undo': () => decided((project) => project.undo()),
    'verdict.redo': () => decided((project) => project.redo()),
  };
}
