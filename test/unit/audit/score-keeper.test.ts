/** Scores are brought up to date at once where that is quick, otherwise as a job that leaves room for others and says what goes wrong. */

import { beforeEach, describe, expect, it } from 'vitest';

import { ScoreKeeper } from '../../../src/main/audit/score-keeper.js';
import { Jobs } from '../../../src/main/jobs/jobs.js';
import type { Project } from '../../../src/main/project/project.js';
import { AppError } from '../../../src/shared/errors.js';
import type { Job } from '../../../src/shared/audit.js';

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
  const steps = function* (left: number): Generator<void> {
    while (stale > left) {
      part();
      stale -= 1;
      yield;
    }
  };
  const project: Pick<Project, 'scoring'> = {
    scoring: (which) => {
      const left = which === 'own' ? relative : 0;
      return stale <= left ? null : { steps: stale - left, run: () => steps(left) };
    },
  };
  scoring = new ScoreKeeper({ project, jobs, changed: () => (changes += 1) });
});

/** Takes longer than is waited for. */
function slow(): void {
  const end = performance.now() + 12;
  while (performance.now() < end);
}

describe('scores that are stale', () => {
  it('are computed before anybody is answered where that is quick', () => {
    expect(scoring.begin()).toBeNull();
    expect([stale, changes, told.length]).toEqual([0, 1, 0]);
    expect(scoring.begin()).toBeNull();
    expect(changes).toBe(1);
  });

  it('are otherwise a job that goes on where that was', async () => {
    part = slow;
    stale = 8;
    const job = scoring.begin();
    expect(job).toMatchObject({ kind: 'scores', total: 8 });
    expect(stale).toBeGreaterThan(0);
    expect(stale).toBeLessThan(8);
    // A second wish is the same job.
    expect(scoring.begin()?.id).toBe(job?.id);
    let answered = 0;
    const window = setInterval(() => (answered += 1), 1);
    expect(await jobs.completed(job?.id ?? ('' as never))).toMatchObject({ state: 'done', done: 8 });
    clearInterval(window);
    expect(answered).toBeGreaterThan(2);
    expect([stale, changes]).toEqual([0, 1]);
  });

  it('that became stale meanwhile follow in the same job', async () => {
    part = slow;
    let more = true;
    const job = scoring.begin();
    part = () => {
      if (more) stale += 3;
      more = false;
    };
    const ended = await jobs.completed(job?.id ?? ('' as never));
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
    expect(scoring.begin()).toBeNull();
    expect(stale).toBe(3);
    end();
    await jobs.completed(predict.id);
    expect(scoring.begin()).toBeNull();
    expect(stale).toBe(0);
  });

  it('that cannot be kept fail where jobs fail, with the reason', async () => {
    part = () => {
      throw new AppError('DISK_FULL', 'There is no room left.');
    };
    const job = scoring.begin();
    await expect(jobs.completed(job?.id ?? ('' as never))).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(told.at(-1)).toMatchObject({ kind: 'scores', state: 'failed' });
  });
});
