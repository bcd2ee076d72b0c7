/** Answers the calls that give verdicts and take them back. */

import type { CallContext, CallsOf } from './context.js';

export function verdictCalls({ workspace, system }: CallContext): CallsOf<'verdict'> {
  return {
    'verdict.give': ({ ids, verdict }) => workspace.audit().decide((project, at) => project.give(ids, verdict, at)),
    'verdict.clear': ({ ids }) => workspace.audit().decide((project, at) => project.clear(ids, at)),
    'verdict.undo': () => workspace.audit().decide((project, at) => project.undo(at)),
    'verdict.redo': () => workspace.audit().decide((project, at) => project.redo(at)),
    'verdict.merge': async () => {
      const audit = workspace.audit();
      const other = await system.askToOpen({ title: 'Another copy of this project (NAME.hognose)', what: 'folder' });
      return other === null ? null : audit.merge(other);
    },
    'verdict.steps': () => workspace.audit().project.verdictSteps(),
  };
}
