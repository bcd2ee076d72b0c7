/** The steps of a job whose work is done elsewhere, as far as that tells how it gets on. */

import type { Progress } from '../../shared/progress.js';
import type { StepProgress } from './job-progress.js';

/** Work elsewhere: it is given up with `signal`. */
export type Elsewhere<Result> = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}) => Promise<Result>;

/**
 * Steps of as much as was told in between, and the result at the end. The work goes on while the job is put aside, and is given
 * up when the job is.
 */
export async function* relayedSteps<Result>(
  begin: Elsewhere<Result>,
  signal: AbortSignal,
  step: Pick<StepProgress, 'like'> = {},
): AsyncGenerator<StepProgress, Result> {
  const givingUp = new AbortController();
  let [now, told] = [0, 0];
  let wake: () => void = () => undefined;
  const work = begin({
    signal: AbortSignal.any([signal, givingUp.signal]),
    onProgress: ({ done }) => {
      now = done;
      wake();
    },
  });
  const ended = work.then(
    () => true,
    () => true, // told below, where the work is awaited
  );
  try {
    for (;;) {
      const moved = new Promise<boolean>((resolve) => {
        wake = () => {
          resolve(false);
        };
      });
      if (now > told) {
        yield { done: now - told, ...step };
        told = now;
      } else if (await Promise.race([ended, moved])) break;
    }
    return await work;
  } finally {
    givingUp.abort();
  }
}
