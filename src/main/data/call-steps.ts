/** A long call as steps, for who goes on with each: what it tells on the way, then its result. */

import type { Progress } from '../../shared/progress.js';
import type { LongCall } from './long-call.js';

/** The call is given up when the steps are, or `signal` is aborted. @throws what the call rejects with. */
export async function* callSteps<Result>(
  call: (options: LongCall) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Progress, Result, void> {
  const leaving = new AbortController();
  let told: Progress | null = null;
  let ended = false;
  let wake = (): void => undefined;
  const onProgress = (progress: Progress): void => {
    told = progress;
    wake();
  };
  const ending = call({ signal: AbortSignal.any([signal, leaving.signal]), onProgress }).finally(() => {
    ended = true;
    wake();
  });
  // Awaited below; until then a failure is nobody's.
  ending.catch(() => undefined);
  try {
    for (;;) {
      const progress = told;
      told = null;
      if (progress !== null) yield progress;
      else if (ended) return await ending;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    leaving.abort();
  }
}
