/** One computation for all who ask for the same: who joins, who waits, and when it is given up. */

import { describe, expect, it } from 'vitest';

import { SharedRuns } from '../../../src/main/audit/shared-runs.js';

interface Begun {
  readonly signal: AbortSignal;
  readonly tell: (progress: number) => void;
  readonly end: (result: string) => void;
  readonly fail: (error: Error) => void;
}

/** Askers of one question, and the runs that were begun for them. */
class Made {
  readonly runs: Begun[] = [];
  readonly #shared = new SharedRuns<number, string>();
  kept = false;

  ask(
    classes: readonly number[],
    key = 'a',
    told: number[] = [],
  ): { result: Promise<string | null>; leave: () => void } {
    const controller = new AbortController();
    const asker = { signal: controller.signal, onProgress: (progress: number) => void told.push(progress) };
    const work = (signal: AbortSignal, tell: (progress: number) => void): Promise<string> =>
      new Promise((end, fail) => {
        this.runs.push({ signal, tell, end, fail });
        signal.addEventListener('abort', () => {
          fail(new Error('aborted'));
        });
      });
    const result = this.#shared.ask({ key, classes }, asker, () => Promise.resolve(this.kept), work);
    result.catch(() => undefined);
    return {
      result,
      leave: () => {
        controller.abort();
      },
    };
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('a run', () => {
  it('serves all who ask for its classes, and tells all of them how far it is', async () => {
    const made = new Made();
    const [one, two]: [number[], number[]] = [[], []];
    const first = made.ask([1, 2], 'a', one);
    const second = made.ask([2], 'a', two);
    const other = made.ask([2], 'b');
    expect(made.runs).toHaveLength(2);
    made.runs[0]?.tell(7);
    made.runs[0]?.end('maps');
    made.runs[1]?.end('others');
    expect(await Promise.all([first.result, second.result, other.result])).toEqual(['maps', 'maps', 'others']);
    expect([one, two]).toEqual([[7], [7]]);
    void made.ask([1]);
    expect(made.runs).toHaveLength(3);
  });

  it('is given up when the last one leaves, not before', async () => {
    const made = new Made();
    const [first, second] = [made.ask([1]), made.ask([1])];
    first.leave();
    await expect(first.result).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(made.runs[0]?.signal.aborted).toBe(false);
    second.leave();
    await expect(second.result).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(made.runs[0]?.signal.aborted).toBe(true);
  });

  it('goes on for whoever comes as the last one leaves; what was given up begins anew', async () => {
    const made = new Made();
    const first = made.ask([1]);
    first.leave();
    const late = made.ask([1]);
    await turn();
    expect([made.runs.length, made.runs[0]?.signal.aborted]).toEqual([1, false]);
    late.leave();
    await turn();
    const again = made.ask([1]);
    await turn();
    expect([made.runs.length, made.runs[0]?.signal.aborted]).toEqual([2, true]);
    made.runs[1]?.end('maps');
    expect(await again.result).toBe('maps');
  });

  it('of other classes is waited for, and followed by one where it did not bring what is wanted', async () => {
    const made = new Made();
    void made.ask([1]);
    const more = made.ask([1, 2]);
    await turn();
    expect(made.runs).toHaveLength(1);
    made.runs[0]?.end('maps');
    await turn();
    expect(made.runs).toHaveLength(2);
    made.runs[1]?.end('more');
    expect(await more.result).toBe('more');
    void made.ask([1]);
    const brought = made.ask([3]);
    made.kept = true;
    made.runs[2]?.end('maps');
    expect(await brought.result).toBeNull();
  });

  it('that fails fails for all who wait for it, and is tried again by whoever asks then', async () => {
    const made = new Made();
    const [first, second] = [made.ask([1]), made.ask([1])];
    made.runs[0]?.fail(new Error('broken'));
    await expect(first.result).rejects.toThrow('broken');
    await expect(second.result).rejects.toThrow('broken');
    void made.ask([1]);
    expect(made.runs).toHaveLength(2);
  });

  it('is not begun by somebody who gave up before', async () => {
    const made = new Made();
    const first = made.ask([1]);
    const gone = made.ask([2]);
    gone.leave();
    made.runs[0]?.end('maps');
    await first.result;
    await expect(gone.result).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(made.runs).toHaveLength(1);
  });
});
