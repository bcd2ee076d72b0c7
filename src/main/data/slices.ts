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

/** Lets everything happen that waits. Electron hands messages on only while Node's loop has nothing to do at once: `setImmediate` starves them. */
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 1);
  });

/**
 * Carries work out to its end; what it told last is told before it resolves.
 * @throws AppError `CANCELLED` between two steps once `signal` is aborted; the work is ended then. What the work throws.
 */
export async function inSlices<Result>(steps: Steps<Result>, { signal, onProgress }: LongCall): Promise<Result> {
  let told = -Infinity;
  let last: Progress | null = null;
  const tell = (): void => {
    if (last !== null) onProgress?.(last);
    [told, last] = [performance.now(), null];
  };
  while (signal?.aborted !== true) {
    const end = performance.now() + slice;
    do {
      const step = await oneStep(steps, signal);
      if (step.done === true) {
        tell();
        return step.value;
      }
      last = step.value;
    } while (performance.now() < end);
    if (performance.now() - told >= interval) tell();
    await pause();
  }
  // Never goes on: what it has to put away is put away.
  await steps.return(undefined as never);
  throw cancelled();
}

async function oneStep<Result>(
  steps: Steps<Result>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<Progress, Result>> {
  try {
    return await steps.next();
  } catch (error) {
    // What it worked on may have been closed while it waited for a file.
    throw signal?.aborted === true ? cancelled() : error;
  }
}
