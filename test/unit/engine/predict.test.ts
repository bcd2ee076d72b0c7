/** What the engine answers when the model gives values that are no numbers: an error of that image, and nothing of its neighbours. */

import { expect, it } from 'vitest';

import type { PredictOutcome } from '../../../src/main/engine/exchange.js';
import { task } from '../../../src/main/engine/tasks/predict.js';
import type { Means } from '../../../src/main/engine/tasks/task.js';

/** Means of a process whose model answers one image after the other with these probabilities. */
function means(answers: readonly (readonly number[])[]): Means<'predict'> {
  const runtime = {
    summary: { classes: ['cat', 'dog'] },
    predict: () => Promise.resolve(Float32Array.from(answers.flat())),
  };
  const prepared = { facts: { sha256: 'a' }, pixels: new Float32Array(3) };
  const made = {
    models: { of: () => Promise.resolve(runtime) },
    images: { tryToPrepare: () => Promise.resolve({ ok: true, prepared }) },
    turn: { run: (work: () => Promise<unknown>) => work() },
    signal: new AbortController().signal,
  };
  return made as unknown as Means<'predict'>;
}

it('gives an image without a distribution an error that names it', async () => {
  const inputs = ['a.png', 'b.png', 'c.png', 'd.png'].map((path) => ({ path }));
  const outcomes = await task(
    { model: { path: 'vit' }, inputs },
    means([
      [0.25, 0.75],
      [NaN, NaN],
      [Infinity, 0],
      [1, 0],
    ]),
  );
  const told = outcomes.map((outcome: PredictOutcome) => (outcome.ok ? [...outcome.probabilities] : outcome.error));
  expect(told[0]).toEqual([0.25, 0.75]);
  expect(told[1]).toMatchObject({ code: 'IMAGE_UNREADABLE', message: expect.stringContaining('b.png') as string });
  expect(told[2]).toMatchObject({ code: 'IMAGE_UNREADABLE', message: expect.stringContaining('c.png') as string });
  expect(told[3]).toEqual([1, 0]);
});
