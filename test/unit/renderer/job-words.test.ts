/** How far a job is, in words; and what is said of predicting that a person cancelled. */

import { describe, expect, it } from 'vitest';
import { cancelledWords, progressWords } from '../../../src/renderer/jobs/job-words.js';
import { type Job, jobId } from '../../../src/shared/audit.js';
import { startBackend } from '../../support/window.js';

const job: Job = {
  id: jobId('job-1'),
  kind: 'predict',
  title: 'Predicting 3,781 images',
  state: 'running',
  done: 1280,
  total: 3781,
  rate: 12.2,
  eta: 205,
  waitsFor: null,
  skipped: 3,
  error: null,
};

describe('a job', () => {
  it('says how far and how fast it is, and how long about it takes', () => {
    expect(progressWords(job)).toBe('1,280 of 3,781 · 12/s · about 3\u202fmin left · 3 passed over');
    expect(progressWords({ ...job, rate: null, eta: null, skipped: 0 })).toBe('1,280 of 3,781');
  });

  it('says what it waits for, paused, queued or under way', () => {
    const waits = { ...job, rate: null, eta: null, skipped: 0, waitsFor: 'Explaining 12 images' };
    expect(progressWords({ ...waits, state: 'paused' })).toBe(
      'paused at 1,280 of 3,781 · waits for Explaining 12 images',
    );
    expect(progressWords({ ...waits, state: 'queued', done: 0 })).toBe('waits for Explaining 12 images');
    expect(progressWords({ ...waits, waitsFor: 'the maps you look at' })).toBe(
      '1,280 of 3,781 · waits for the maps you look at',
    );
    expect(progressWords({ ...waits, state: 'queued', done: 0, waitsFor: null })).toBe('waiting');
  });
});

it('a cancelled prediction is said with what it is a part of, until nothing is left to predict', async () => {
  const labels = Array.from({ length: 1000 }, () => 0);
  const { backend, project } = await startBackend({ labels, names: ['Boot'], predicted: 0.5 });
  const cancelled = await backend.workspace.openProject(project);
  expect(cancelledWords(cancelled)).toBe('500 of 1,000 predicted; prediction was cancelled');
  const counts = { ...cancelled.counts, unreadable: 500 };
  expect(cancelledWords({ ...cancelled, counts })).toBeNull();
  await backend.client.call('jobs.predict', undefined);
  expect(cancelledWords(await backend.workspace.audit().project.summary())).toBeNull();
});
