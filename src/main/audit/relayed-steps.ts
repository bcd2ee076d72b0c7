/** The steps of a job whose work is done elsewhere, as far as that tells how it gets on. */

import { callSteps } from '../data/call-steps.js';
import type { LongCall } from '../data/long-call.js';
import type { StepProgress } from '../jobs/job-progress.js';

/** Steps of as much as was told in between, and the result at the end; work that began anew counts from where it had been before. */
export async function* relayedSteps<Result>(
  call: (options: LongCall) => Promise<Result>,
  signal: AbortSignal,
  step: Pick<StepProgress, 'like'> = {},
): AsyncGenerator<StepProgress, Result> {
  const steps = callSteps(call, signal);
  let before = 0;
  try {
    for (;;) {
      const next = await steps.next();
      if (next.done === true) return next.value;
      const { done } = next.value;
      if (done > before) yield { done: done - before, ...step };
      before = Math.max(before, done);
    }
  } finally {
    // Given up with the job, where that is.
    await steps.return(undefined as never);
  }
}
