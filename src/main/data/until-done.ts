/** Waits for something as a part of work in steps, which can be given up between any two of them. */

import { setTimeout } from 'node:timers/promises';

import type { Progress } from '../../shared/progress.js';

/** How often somebody is asked whether the work is still wanted, in milliseconds. */
const interval = 50;

/** Says `progress` until it is done; `begin` hears when nobody waits any more. @throws what `begin` rejects with. */
export async function* untilDone<Result>(
  progress: Progress,
  begin: (signal: AbortSignal) => Promise<Result>,
): AsyncGenerator<Progress, Result, void> {
  const ending = new AbortController();
  const { signal } = ending;
  const result = begin(signal).then((value) => ({ value }));
  // Awaited below; a failure meanwhile must not end the process before that.
  result.catch(() => undefined);
  try {
    for (;;) {
      const ended = await Promise.race([result, setTimeout(interval, null, { signal })]);
      if (ended !== null) return ended.value;
      yield progress;
    }
  } finally {
    ending.abort();
  }
}
