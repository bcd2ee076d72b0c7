import { expect, it } from 'vitest';

import { callSteps } from '../../../src/main/data/call-steps.js';
import type { LongCall } from '../../../src/main/data/long-call.js';
import { untilDone } from '../../../src/main/data/until-done.js';

const never = new AbortController().signal;
const pause = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it('a long call tells as steps what it came to, the latest first where nobody asked meanwhile, then its result', async () => {
  const call = async ({ onProgress }: LongCall): Promise<string> => {
    onProgress?.({ done: 1, total: 3 });
    onProgress?.({ done: 2, total: 3 });
    await pause();
    onProgress?.({ done: 3, total: 3 });
    await pause();
    return 'done';
  };
  const steps = callSteps(call, never);
  const seen: unknown[] = [];
  for (let step = await steps.next(); ; step = await steps.next()) {
    seen.push(step.value);
    if (step.done === true) break;
  }
  expect(seen).toEqual([{ done: 2, total: 3 }, { done: 3, total: 3 }, 'done']);
});

it('a call rejects the step that waits for it, and is given up with the steps', async () => {
  const failing = callSteps(() => Promise.reject(new Error('no')), never);
  await expect(failing.next()).rejects.toThrow('no');
  let heard: AbortSignal | undefined;
  const steps = callSteps(({ signal, onProgress }) => {
    heard = signal;
    onProgress?.({ done: 1, total: 2 });
    return new Promise(() => undefined);
  }, never);
  expect(await steps.next()).toEqual({ done: false, value: { done: 1, total: 2 } });
  expect(heard?.aborted).toBe(false);
  await steps.return({});
  expect(heard?.aborted).toBe(true);
});

it('waiting in steps ends with the result, with the failure, or when nobody waits any more', async () => {
  const progress = { done: 0, total: 9 };
  expect(await untilDone(progress, () => Promise.resolve('here')).next()).toEqual({ done: true, value: 'here' });
  await expect(untilDone(progress, () => Promise.reject(new Error('away'))).next()).rejects.toThrow('away');
  let heard: AbortSignal | undefined;
  const waiting = untilDone(progress, (signal) => {
    heard = signal;
    return new Promise<never>(() => undefined);
  });
  expect(await waiting.next()).toEqual({ done: false, value: progress });
  await waiting.return(undefined as never);
  expect(heard?.aborted).toBe(true);
});
