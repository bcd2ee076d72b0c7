/** Progress on a terminal says what the window says. */

import { expect, it } from 'vitest';
import { progressWords } from '../../../src/main/cli/terminal.js';

it('says how far work is, how fast, and about how long it takes, or what it waits for', () => {
  const job = { title: 'Predicting', done: 640, total: 3781, rate: null, eta: null, waitsFor: null };
  expect(progressWords(job)).toBe('Predicting: 640 of 3,781');
  expect(progressWords({ ...job, rate: 12.2, eta: 257 })).toBe('Predicting: 640 of 3,781, 12/s, about 4\u202fmin left');
  expect(progressWords({ ...job, waitsFor: 'the model to open' })).toBe(
    'Predicting: 640 of 3,781, waits for the model to open',
  );
});
