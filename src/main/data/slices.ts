/** Long work done in slices, between which the process answers others. */

import { AppError } from '../../shared/errors.js';
import type { Progress } from '../../shared/progress.js';
import type { LongCall } from './long-call.js';

/** How long work goes on before others are answered, in milliseconds. */
const slice = 8;
/** At most this often is progress told, in milliseconds. */
const interval = 100;

const cancelled = (): AppError => new AppError('CANCELLED', 'The work was cancelled.');

/** What goes on in steps, each of which tells how far it has come. */
export type Steps<Result> = Generator<Progress, Result, void> | AsyncGenerator<Progress, Result, void>;

/** Lets everything happen that waits. */
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/**
 * Carries work out to its end; what it told last is told before it resolves.
 * @throws AppError `CANCELLED` between two steps once `signal` is aborted; the work is ended then. What the work throws.
 */
export async function inSlices<Result>(steps: Steps<Result>, { signal, onProgress }: LongCall): Promise<Result> {
  let told = -Infinity;
  let last: Progress | null = null;
  for (;;) {
    const step = await oneSlice(steps, signal);
    if (step.done === true) {
      if (last !== null) onProgress?.(last);
      return step.value;
    }
    last = step.value;
    if (performance.now() - told >= interval) {
      onProgress?.(last);
      [told, last] = [performance.now(), null];
    }
    await pause();
    if (signal?.aborted !== true) continue;
    // Never goes on: what it has to put away is put away.
    await steps.return(undefined as never);
    throw cancelled();
  }
}

/** The last step of a slice. */
async function oneSlice<Result>(
  steps: Steps<Result>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<Progress, Result>> {
  const end = performance.now() + slice;
  try {
    for (;;) {
      // What does not wait is not waited for: a promise a step would be most of the time.
      const next = steps.next();
      const step = next instanceof Promise ? await next : next;
      if (step.done === true || performance.now() >= end) return step;
    }
  } catch (error) {
    // What it worked on may have been closed while it waited for a file.
    throw signal?.aborted === true ? cancelled() : error;
  }
}
