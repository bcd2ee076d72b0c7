/** Jobs as the job bar relies on them: progress, order, cancelling, errors. */

import { describe, expect, it } from 'vitest';
import type { JobPlan } from '../../../src/main/jobs/job-entry.js';
import type { StepProgress } from '../../../src/main/jobs/job-progress.js';
import { Jobs, PutOff } from '../../../src/main/jobs/jobs.js';
import type { Job } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';

/** A clock that moves only when told to. */
class Clock {
  now = 0;
  readonly read = (): number => this.now;
}

function plan(total: number, run: JobPlan['run'], kind: JobPlan['kind'] = 'predict'): JobPlan {
  const work = [{ like: kind, items: total, guess: 0 }];
  return { kind, title: `Predicting ${String(total)} images`, total, work, run };
}

/** Steps of `size`, each taking `milliseconds` of the clock. */
function steps(clock: Clock, count: number, size: number, milliseconds: number): JobPlan['run'] {
  return async function* () {
    for (let at = 0; at < count; at++) {
      clock.now += milliseconds;
      await Promise.resolve();
      yield { done: size, skipped: at === 0 ? 1 : 0 };
    }
  };
}

describe('Jobs', () => {
  it('never lets progress fall or the total change, and ends complete', async () => {
    const clock = new Clock();
    const told: Job[] = [];
    const jobs = new Jobs((job) => told.push(job), clock.read);
    const { id } = jobs.add(plan(100, steps(clock, 10, 10, 150)));
    const last = await jobs.finished(id);
    expect(last).toMatchObject({ state: 'done', done: 100, total: 100, skipped: 1, error: null, eta: null });
    expect(told.every((job) => job.total === 100)).toBe(true);
    const done = told.map((job) => job.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(told.at(0)?.state).toBe('queued');
    expect(told.at(-1)).toEqual(last);
  });

  it('puts off what cannot be done before other work, and begins it anew behind that', async () => {
    const clock = new Clock();
    const order: string[] = [];
    const jobs = new Jobs(() => undefined, clock.read);
    const report = plan(
      5,
      async function* () {
        order.push('report');
        yield await Promise.resolve({ done: 1, total: 7 });
        if (order.length > 1) return;
        jobs.add(plan(1, steps(clock, 1, 1, 1)));
        throw new PutOff('predict');
      },
      'report',
    );
    const { id } = jobs.add(report);
    expect(await jobs.finished(id)).toMatchObject({ state: 'done', done: 7, total: 7, error: null });
    expect(order).toEqual(['report', 'report']);
    expect(jobs.list().map(({ kind, state }) => [kind, state])).toEqual([
      ['predict', 'done'],
      ['report', 'done'],
    ]);
  });

  it('cancels what was put off while it waits', async () => {
    const jobs = new Jobs(() => undefined);
    const never: JobPlan['run'] = async function* (signal) {
      yield await Promise.resolve({ done: 0 });
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
    };
    const putOff = async function* (): AsyncGenerator<StepProgress> {
      yield await Promise.resolve({ done: 0 });
      blocker = jobs.add(plan(1, never)).id;
      throw new PutOff('predict');
    };
    let blocker: Job['id'] | undefined;
    const { id } = jobs.add(plan(1, putOff, 'report'));
    while (blocker === undefined) await new Promise((resolve) => setImmediate(resolve));
    jobs.cancel(id);
    expect(await jobs.finished(id)).toMatchObject({ state: 'cancelled' });
    await jobs.close();
  });

  it('tells progress at most ten times a second', async () => {
    const clock = new Clock();
    const times: number[] = [];
    const jobs = new Jobs((job) => {
      if (job.state === 'running') times.push(clock.now);
    }, clock.read);
    await jobs.finished(jobs.add(plan(1000, steps(clock, 1000, 1, 1))).id);
    // One second of work: the start and one event each 100 ms.
    expect(times.length).toBe(11);
    expect(times.slice(1).every((at, index) => at - (times[index] ?? 0) >= 100)).toBe(true);
  });

  it('runs one job at a time, in order', async () => {
    const order: string[] = [];
    const named = (name: string): JobPlan['run'] =>
      async function* () {
        order.push(`${name} starts`);
        await Promise.resolve();
        yield { done: 1 };
        order.push(`${name} ends`);
      };
    const jobs = new Jobs(() => undefined);
    jobs.add(plan(1, named('first')));
    const second = jobs.add(plan(1, named('second')));
    expect(second.state).toBe('queued');
    await jobs.finished(second.id);
    expect(order).toEqual(['first starts', 'first ends', 'second starts', 'second ends']);
  });

  it('cancels a running job between batches and a queued one at once', async () => {
    const jobs = new Jobs(() => undefined);
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = jobs.add(
      plan(2, async function* (signal) {
        yield { done: 1 };
        await gate;
        if (signal.aborted) throw new AppError('CANCELLED', 'The work was cancelled.');
        yield { done: 1 };
      }),
    );
    const second = jobs.add(
      plan(1, async function* (): AsyncGenerator<StepProgress> {
        await Promise.reject(new Error('a cancelled job started'));
        yield { done: 1 };
      }),
    );
    jobs.cancel(second.id);
    expect((await jobs.finished(second.id)).state).toBe('cancelled');
    jobs.cancel(first.id);
    release();
    expect(await jobs.finished(first.id)).toMatchObject({ state: 'cancelled', done: 1, error: null });
  });

  it('ends failed with the error as data, and goes on with the next job', async () => {
    const jobs = new Jobs(() => undefined);
    const first = jobs.add(
      plan(3, async function* () {
        yield { done: 1 };
        await Promise.reject(new AppError('DISK_FULL', 'The disk is full: x', 'Free some space'));
      }),
    );
    const second = jobs.add(plan(0, steps(new Clock(), 0, 1, 1)));
    expect(await jobs.finished(first.id)).toMatchObject({
      state: 'failed',
      done: 1,
      error: { code: 'DISK_FULL', message: 'The disk is full: x', hint: 'Free some space' },
    });
    expect((await jobs.finished(second.id)).state).toBe('done');
  });

  it('close cancels everything and waits', async () => {
    const jobs = new Jobs(() => undefined);
    jobs.add(
      plan(1, async function* (signal) {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        yield { done: 0 };
      }),
    );
    jobs.add(plan(1, steps(new Clock(), 1, 1, 1)));
    await jobs.close();
    expect(jobs.list().map((job) => job.state)).toEqual(['cancelled', 'cancelled']);
  });

  it('takes nothing on once it closes: what a last step or its end asks for is cancelled', async () => {
    const told: Job[] = [];
    const jobs = new Jobs((job) => told.push(job));
    let refused: unknown = null;
    jobs.add(
      plan(1, async function* (signal) {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        yield { done: 0 };
      }),
    );
    const closed = jobs.close();
    try {
      jobs.add(plan(3, steps(new Clock(), 3, 1, 1)));
    } catch (error) {
      refused = error;
    }
    await closed;
    expect(refused).toMatchObject({
      code: 'CANCELLED',
      message: 'Predicting 3 images was cancelled: the project is closed.',
    });
    expect(() => jobs.add(plan(3, steps(new Clock(), 3, 1, 1)))).toThrow(
      expect.objectContaining({ code: 'CANCELLED' }),
    );
    expect(jobs.list().map((job) => job.state)).toEqual(['cancelled']);
    expect(told.every(({ id }) => id === told[0]?.id)).toBe(true);
  });
});
