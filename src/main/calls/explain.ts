/** Answers the calls for the TIS maps of one image. */

import type { CallContext, CallsOf } from './context.js';

export function explainCalls({ workspace }: CallContext): CallsOf<'explain'> {
  return {
    'explain.get': ({ id, classes }) => workspace.audit().explain(id, classes),
    'explain.prefetch': ({ ids }) => {
      workspace.audit().prefetch(ids);
      return null;
    },
  };
}
