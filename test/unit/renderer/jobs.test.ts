/** Long work in the window: that a job failed is said in a notice, once, and stays in the bar. */

import { describe, expect, it } from 'vitest';
import { type Job, jobId } from '../../../src/shared/audit.js';
import type { Bridge } from '../../../src/shared/bridge.js';
import { Client } from '../../../src/renderer/state/client.js';
import { JobsState } from '../../../src/renderer/state/jobs.svelte.js';
import { Notices } from '../../../src/renderer/state/notices.svelte.js';

const job: Job = {
  id: jobId('job-1'),
  kind: 'predict',
  title: 'Predict 100 images',
  state: 'running',
  done: 0,
  total: 100,
  rate: null,
  eta: null,
  waitsFor: null,
  skipped: 0,
  error: null,
};
const error = () => ({ code: 'ENGINE_STOPPED', message: 'The engine process stopped.', hint: 'Try again.' }) as const;

/** Nothing is called: jobs are told of. */
const unused: Bridge = { call: () => Promise.reject(new Error('Nobody asked.')), on: () => () => undefined };

function start(): { readonly jobs: JobsState; readonly notices: Notices } {
  const notices = new Notices();
  return { notices, jobs: new JobsState(new Client(unused), notices) };
}

describe('a job that fails', () => {
  it('is told in a notice, with the way out', () => {
    const { jobs, notices } = start();
    jobs.put(job);
    expect(notices.items).toEqual([]);
    jobs.put({ ...job, state: 'failed', error: error() });
    expect(notices.items).toMatchObject([
      { tone: 'error', message: 'The engine process stopped.', hint: 'Try again.' },
    ]);
    expect(jobs.foremost?.state).toBe('failed');
  });

  it('is told also when nothing was heard of it before, and not again once it was dismissed', () => {
    const { jobs, notices } = start();
    jobs.put({ ...job, state: 'failed', error: error() });
    const [notice] = notices.items;
    notices.dismiss(notice?.id ?? 0);
    jobs.put({ ...job, state: 'failed', error: error() });
    expect(notices.items).toEqual([]);
  });
});

describe('a job that goes on after an earlier one of its kind failed', () => {
  const away = { code: 'DATASET_NOT_FOUND', message: 'The dataset /data is not there.', hint: '' } as const;

  it('takes its place in the bar, and takes back that the dataset is not there once it is done', () => {
    const { jobs, notices } = start();
    const next = { ...job, id: jobId('job-2') };
    jobs.put({ ...job, state: 'failed', error: away });
    jobs.put({ ...job, id: jobId('job-3'), kind: 'explain', state: 'failed', error: error() });
    jobs.put(next);
    expect(jobs.all.map(({ id }) => id)).toEqual(['job-3', 'job-2']);
    expect(notices.items).toHaveLength(2);
    jobs.put({ ...next, state: 'done' });
    expect(notices.items.map(({ code }) => code)).toEqual(['ENGINE_STOPPED']);
  });

  it('does not take back anything when it fails as well', () => {
    const { jobs, notices } = start();
    jobs.put({ ...job, state: 'failed', error: away });
    jobs.put({ ...job, id: jobId('job-2'), state: 'failed', error: away });
    expect(jobs.foremost?.id).toBe('job-2');
    expect(notices.items).toHaveLength(1);
  });
});

it('a job that is cancelled or done says nothing', () => {
  const { jobs, notices } = start();
  for (const state of ['running', 'cancelled', 'done'] as const) jobs.put({ ...job, state });
  expect(notices.items).toEqual([]);
});
