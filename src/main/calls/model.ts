/** Answers the calls of the model page. */

import { modelLocation } from '../project/project-info.js';
import type { CallContext, CallsOf } from './context.js';
import { modelQuestions } from './questions.js';

export function modelCalls({ workspace, system }: CallContext): CallsOf<'model'> {
  return {
    'model.inspect': () => workspace.inspections.of(modelLocation(workspace.audit().project.info)),
    'model.compare': async ({ what }) => {
      const path = await system.askToOpen(modelQuestions[what]);
      return path === null ? null : workspace.inspections.of({ path });
    },
  };
}
