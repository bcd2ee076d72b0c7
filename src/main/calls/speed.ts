/** Answers the calls that measure. */

import type { CallContext, CallsOf } from './context.js';

export function speedCalls({ workspace }: CallContext): CallsOf<'speed'> {
  return {
    'speed.measure': () => workspace.audit().measureSpeed(),
    'speed.fidelity': ({ precision }) => workspace.audit().measureFidelity(precision),
  };
}
