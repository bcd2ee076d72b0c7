/** Answers the calls about long work. */

import type { CallContext, CallsOf } from './context.js';

export function jobCalls({ workspace }: CallContext): CallsOf<'jobs'> {
  return {
    'jobs.list': () => workspace.current?.jobs.list() ?? [],
    'jobs.cancel': async ({ id }) => {
      await workspace.audit().cancel(id);
      return null;
    },
    'jobs.predict': () => workspace.audit().predict(),
    'jobs.retry': () => workspace.audit().retryUnreadable(),
    'jobs.explain': ({ count }) => workspace.audit().explainMost(count),
  };
}
