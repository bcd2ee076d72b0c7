/** Scores are brought up to date at once where that is quick, otherwise as a job that leaves room for others and says what goes wrong. */

import { beforeEach, describe, expect, it } from 'vitest';

import { ScoreKeeper } from '../../../src/main/audit/score-keeper.js';
import { inSlices } from '../../../src/main/data/slices.js';
import { Jobs } from '../../../src/main/jobs/jobs.js';
import { AppError } from '../../../src/shared/errors.js';
import type { Job, JobId } from '../../../src/shared/audit.js';
import type { Progress } from '../../../src/shared/progress.js';

let told: Job[];
let jobs: Jobs;
let changes: number;
/** Parts that are stale, those among them that rest on all images, and what a part does. */
let stale: number;
let relative: number;
let part: () => void;
let scoring: ScoreKeeper;

beforeEach(() => {
  told = [];
  jobs = new Jobs((job) => told.push(job));
  changes = 0;
  stale = 4;
  relative = 0;
  part = () => undefined;
  const steps = function* (left: number): Generator<Progress, void, void> {
    const total = stale - left;
    for (let done = 0; stale > left;) {
      part();
      stale -= 1;
      done += 1;
      yield { done, total };
    }
  };
  const left = (which: 'all' | 'own'): number => (which === 'own' ? relative : 0);
  scoring = new ScoreKeeper({
    project: {
      staleScores: (which) => Promise.resolve(Math.max(0, stale - left(which))),
      score: (which, options) => inSlices(steps(left(which)), options),
    },
    jobs,
    changed: () => (changes += 1),
  });
});

/** Takes longer than is waited for. */
function slow(): void {
  const end = performance.now() + 12;
  while (performance.now() < end);
}

const idOf = (job: Job | null): JobId => job?.id ?? expect.fail('There is no job.');

describe('scores that are stale', () => {
  it('are computed before anybody is answered where that is quick', async () => {
    expect(await scoring.begin()).toBeNull();
    expect([stale, changes, told.length]).toEqual([0, 1, 0]);
    expect(await scoring.begin()).toBeNull();
    expect(changes).toBe(1);
  });

  it('are otherwise a job that goes on where that was', async () => {
    part = slow;
    stale = 20;
    const job = await scoring.begin();
    expect(stale).toBeGreaterThan(0);
    expect(stale).toBeLessThan(20);
    const total = job?.total ?? 0;
    expect(job).toMatchObject({ kind: 'scores' });
    expect(total).toBeLessThan(20);
    // A second wish is the same job.
    expect(idOf(await scoring.begin())).toBe(idOf(job));
    let answered = 0;
    const window = setInterval(() => (answered += 1), 1);
    expect(await jobs.completed(idOf(job))).toMatchObject({ state: 'done', done: total });
    clearInterval(window);
    expect(answered).toBeGreaterThan(2);
    expect([stale, changes]).toEqual([0, 1]);
  });

  it('are computed once by two wishes at a time', async () => {
    part = slow;
    stale = 20;
    const [one, other] = await Promise.all([scoring.begin(), scoring.begin()]);
    expect(idOf(other)).toBe(idOf(one));
    await jobs.completed(idOf(one));
    expect([stale, changes]).toEqual([0, 1]);
  });

  it('that became stale meanwhile follow in the same job', async () => {
    part = slow;
    stale = 20;
    let more = true;
    const job = await scoring.begin();
    part = () => {
      if (more) stale += 3;
      more = false;
    };
    const ended = await jobs.completed(idOf(job));
    expect(ended).toMatchObject({ state: 'done', done: ended.total });
    expect(told.every(({ done, total }) => done <= total)).toBe(true);
    expect(stale).toBe(0);
  });

  it('wait while images are predicted where they rest on all of them, and only these', async () => {
    relative = 3;
    let end: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (end = resolve));
    const predict = jobs.add({
      kind: 'predict',
      title: 'Predicting',
      total: 1,
      work: [],
      run: async function* () {
        await waiting;
        yield { done: 1 };
      },
    });
    expect(await scoring.begin()).toBeNull();
    expect(stale).toBe(3);
    end();
    await jobs.completed(predict.id);
    expect(await scoring.begin()).toBeNull();
    expect(stale).toBe(0);
  });

  it('that cannot be kept fail where jobs fail, with the reason', async () => {
    part = () => {
      throw new AppError('DISK_FULL', 'There is no room left.');
    };
    const job = await scoring.begin();
    await expect(jobs.completed(idOf(job))).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(told.at(-1)).toMatchObject({ kind: 'scores', state: 'failed' });
  });
});
