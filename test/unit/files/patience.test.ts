/** Waiting for drives: given up in time, counted while threads are held, refused when too many are. */

import { describe, expect, it } from 'vitest';
import { NoAnswer, Patience } from '../../../src/main/files/patience.js';

/** An answer that comes when it is told to. */
function owed<Answer>(): { readonly ask: () => Promise<Answer>; readonly answer: (value: Answer) => void } {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  return { ask: () => promise, answer: resolve };
}

describe('Patience', () => {
  it('passes on what comes in time, answers and errors', async () => {
    const patience = new Patience(30_000, 1);
    expect(await patience.wait(() => Promise.resolve(7))).toBe(7);
    await expect(patience.wait(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(patience.pending).toBe(0);
  });

  it('gives up what does not come, and hands over what comes too late to be given back', async () => {
    const patience = new Patience(1, 2);
    const late = Promise.withResolvers<string>();
    const { ask, answer } = owed<string>();
    await expect(patience.wait(ask, late.resolve)).rejects.toThrow(NoAnswer);
    expect(patience.pending).toBe(1);
    answer('handle');
    expect(await late.promise).toBe('handle');
    await expect.poll(() => patience.pending).toBe(0);
  });

  it('asks no more while too many answers are owed, and again when one has come', async () => {
    const patience = new Patience(1, 2);
    const [first, second] = [owed<number>(), owed<number>()];
    for (const { ask } of [first, second]) await expect(patience.wait(ask)).rejects.toThrow('did not answer within');
    let asked = 0;
    const count = (): Promise<number> => Promise.resolve(++asked);
    await expect(patience.wait(count)).rejects.toMatchObject({
      message: 'the drive that holds it does not answer',
      unasked: true,
    });
    expect(asked).toBe(0);
    first.answer(1);
    await expect.poll(() => patience.wait(count).catch(() => 0)).toBe(1);
    second.answer(2);
  });

  it('says how long it waited', async () => {
    const { ask } = owed<number>();
    await expect(new Patience(1400, 1).wait(ask)).rejects.toThrow('it did not answer within 1 s');
  });
});
