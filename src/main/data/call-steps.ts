/** A long call as steps, for who goes on with each: what it tells on the way, then its result. */

import type { Progress } from '../../shared/progress.js';
import type { LongCall } from './long-call.js';

/** The call is given up when the steps are, or `signal` is aborted. @throws what the call rejects with. */
export async function* callSteps<Result>(
  call: (options: LongCall) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Progress, Result, void> {
  const leaving = new AbortController();
  const told: Progress[] = [];
  let wake = (): void => undefined;
  const onProgress = (progress: Progress): void => {
    told.splice(0, 1, progress);
    wake();
  };
  const ending = call({ signal: AbortSignal.any([signal, leaving.signal]), onProgress }).then((result) => ({ result }));
  // Awaited below; until then a failure is nobody's.
  ending.catch(() => undefined);
  try {
    for (;;) {
      const [progress] = told.splice(0, 1);
      if (progress !== undefined) {
        yield progress;
        continue;
      }
      const woken = new Promise<null>((resolve) => {
        wake = () => {
          resolve(null);
        };
      });
      const ended = await Promise.race([ending, woken]);
      if (ended !== null && told.length === 0) return ended.result;
    }
  } finally {
    leaving.abort();
  }
}
