/** Rate and time left: of computing alone, from like work, and only once they mean something. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobPlan } from '../../../src/main/jobs/job-entry.js';
import type { StepProgress } from '../../../src/main/jobs/job-progress.js';
import { Jobs } from '../../../src/main/jobs/jobs.js';
import type { Job } from '../../../src/shared/audit.js';

interface Timed extends StepProgress {
  readonly seconds: number;
}

let now: number;
let told: Job[];
let jobs: Jobs;

beforeEach(() => {
  now = 0;
  told = [];
  jobs = new Jobs(
    (job) => told.push(job),
    () => now,
  );
});

function plan(title: string, items: number, steps: Iterable<Timed>, like = 'explain'): JobPlan {
  const run: JobPlan['run'] = async function* () {
    for (const { seconds, ...step } of steps) {
      now += 1000 * seconds;
      await Promise.resolve();
      yield step;
    }
  };
  return { kind: 'explain', title, total: items, work: [{ like, items, guess: 3 }], run };
}

const times = (count: number, step: Timed): Timed[] => Array.from({ length: count }, () => step);

/** The time left as it was told at each number of items done. */
function lefts(title: string): Map<number, number | null> {
  return new Map(
    told.filter((job) => job.title === title && job.state === 'running').map((job) => [job.done, job.eta]),
  );
}

async function run(one: JobPlan): Promise<void> {
  await jobs.finished(jobs.add(one).id);
}

describe('time left', () => {
  it('says nothing before a few items are measured, then goes by them', async () => {
    await run(plan('explain', 40, times(40, { done: 1, seconds: 2 })));
    const eta = lefts('explain');
    expect([0, 1, 2, 3].map((done) => eta.get(done))).toEqual([null, null, null, null]);
    expect(eta.get(4)).toBe(72);
    expect(eta.get(20)).toBe(40);
    expect(told.find(({ done }) => done === 20)?.rate).toBe(0.5);
  });

  it('leaves what was there already out of the rate and of what is left', async () => {
    const kept = { done: 1, computed: 0, seconds: 0.01 };
    await run(plan('resumed', 1000, [...times(900, kept), ...times(100, { done: 1, seconds: 40 })]));
    const eta = lefts('resumed');
    // Never "1 s", and never that 900 kept ones tell how long the rest takes.
    expect([100, 500, 900, 901, 902].map((done) => eta.get(done) ?? null)).toEqual([null, null, null, null, null]);
    expect(eta.get(903)).toBe(97 * 40);
    expect(eta.get(990)).toBe(10 * 40);
  });

  it('leaves out what comes before the first item: a model that opens, a pipeline that fills', async () => {
    const steps = [{ done: 0, seconds: 90 }, { done: 1, seconds: 30 }, ...times(49, { done: 1, seconds: 2 })];
    await run(plan('explain', 50, steps));
    expect(lefts('explain').get(10)).toBe(80);
  });

  it('goes by the recent past when the pace changes', async () => {
    await run(plan('explain', 100, [...times(50, { done: 1, seconds: 1 }), ...times(50, { done: 1, seconds: 10 })]));
    expect(lefts('explain').get(60)).toBe(400);
  });

  it('is known at once from like work before, and not from other work', async () => {
    await run(plan('before', 10, times(10, { done: 1, seconds: 2 })));
    await run(plan('like', 10, times(10, { done: 1, seconds: 2 })));
    await run(plan('other', 10, times(10, { done: 1, seconds: 2 }), 'explain with another model'));
    expect(lefts('like').get(0)).toBe(20);
    expect(lefts('other').get(0)).toBeNull();
  });

  it('adds up the parts of a job, each by its own pace', async () => {
    await run(plan('before', 10, times(10, { done: 1, seconds: 5 })));
    const report: JobPlan = {
      ...plan('report', 70, [
        { done: 0, seconds: 1, total: 70 },
        ...times(50, { done: 1, seconds: 5, like: 'explain' }),
        ...times(20, { done: 1, seconds: 0.1, like: 'page' }),
      ]),
      kind: 'report',
      work: [
        { like: 'explain', items: 50, guess: 3 },
        { like: 'page', items: 20, guess: 0.05 },
      ],
    };
    await run(report);
    // Pages are guessed: too few seconds to keep it back.
    expect(lefts('report').get(0)).toBe(251);
    expect(lefts('report').get(40)).toBe(51);
  });

  it('says nothing where more than a little of it would be a guess', async () => {
    const work = [
      { like: 'explain', items: 10, guess: 3 },
      { like: 'pages', items: 100, guess: 1 },
    ];
    await run({ ...plan('report', 110, times(10, { done: 1, seconds: 5, like: 'explain' })), work });
    expect(lefts('report').get(9) ?? null).toBeNull();
  });

  it('measures neither a pause nor what was on its way before it and is there at once', async () => {
    const steps50 = times(50, { done: 1, seconds: 2 });
    const ready = times(2, { done: 1, seconds: 0 });
    const paused = plan('long', 400, [...steps50, ...ready, ...times(348, { done: 1, seconds: 2 })]);
    const steps = paused.run(new AbortController().signal);
    let asked = false;
    const run: JobPlan['run'] = async function* () {
      for await (const step of steps) {
        if (!asked && now >= 100_000) {
          asked = true;
          jobs.add(plan('short', 1, [{ done: 1, seconds: 100 }], 'other'));
        }
        yield step;
      }
    };
    await jobs.finished(jobs.add({ ...paused, run }).id);
    const at = told.findIndex(({ title, state }) => title === 'long' && state === 'paused');
    expect(told[at]).toMatchObject({ rate: null, eta: null, waitsFor: 'short' });
    expect(lefts('long').get(60)).toBe(680);
  });
});

describe('work that goes before jobs', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is said by the running job, and takes none of its time', async () => {
    let step: () => void = () => undefined;
    const run: JobPlan['run'] = async function* () {
      for (let at = 0; at < 10; at++) {
        await new Promise<void>((resolve) => {
          step = resolve;
        });
        yield { done: 1 };
      }
    };
    const { id } = jobs.add({ ...plan('explain', 10, []), run });
    const pass = async (seconds: number): Promise<void> => {
      await vi.advanceTimersByTimeAsync(0);
      now += 1000 * seconds;
      step();
      await vi.advanceTimersByTimeAsync(0);
    };
    for (let at = 0; at < 5; at++) await pass(2);
    expect(told.at(-1)).toMatchObject({ done: 5, rate: 0.5, eta: 10, waitsFor: null });

    let seen: () => void = () => undefined;
    const maps = jobs.giveWay(
      'the maps you look at',
      new Promise<void>((resolve) => {
        seen = resolve;
      }),
    );
    await vi.advanceTimersByTimeAsync(400);
    // A moment is not worth a word.
    expect(told.at(-1)?.waitsFor).toBeNull();
    await vi.advanceTimersByTimeAsync(200);
    expect(told.at(-1)).toMatchObject({ state: 'running', eta: null, waitsFor: 'the maps you look at' });
    now += 3_600_000;
    seen();
    await maps;
    await pass(2);
    expect(told.at(-1)).toMatchObject({ done: 6, rate: 0.5, eta: 8, waitsFor: null });
    for (let at = 0; at < 4; at++) await pass(2);
    expect(await jobs.finished(id)).toMatchObject({ state: 'done' });
  });

  it('says nothing of jobs that it does not go before', async () => {
    const never = new Promise<void>(() => undefined);
    const run: JobPlan['run'] = async function* () {
      await never;
      yield { done: 1 };
    };
    jobs.add({ ...plan('listing', 10, []), kind: 'scan', run });
    void jobs.giveWay('the maps you look at', never);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told.every(({ waitsFor }) => waitsFor === null)).toBe(true);
  });
});
