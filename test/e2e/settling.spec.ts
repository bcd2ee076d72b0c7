/** Maps settle in front of the person who waits for them, also while a job explains other images, and settings tell what they cost. */

import type { Page } from '@playwright/test';

import { imageId } from '../../src/shared/audit.js';
import type { Bridge } from '../../src/shared/bridge.js';
import { expect, test } from '../support/app.js';

interface Seen {
  /** Milliseconds from the call to the first maps, and to the last. */
  readonly first: number;
  readonly last: number;
  /** Masks scored for each of the maps on the way, and for the last. */
  readonly scored: readonly number[];
  readonly total: number;
}

/** Asks for the maps of an image as the window does, and watches them settle. */
function explain(window: Page, image: number): Promise<Seen> {
  return window.evaluate(async (id) => {
    const { hognose } = globalThis as unknown as { hognose: Bridge };
    const start = performance.now();
    let first = NaN;
    const scored: number[] = [];
    const stop = hognose.on('settling', (maps) => {
      if (maps.imageId !== id) return;
      if (scored.length === 0) first = performance.now() - start;
      scored.push(maps.scored);
    });
    const reply = await hognose.call('explain.get', { id });
    stop();
    if (!reply.ok) throw new Error(reply.error.message);
    const { scored: all, parameters } = reply.value;
    return { first, last: performance.now() - start, scored: [...scored, all], total: parameters.masks };
  }, imageId(image));
}

async function openDemo(window: Page): Promise<void> {
  await window.getByTestId('start-demo').click();
  await expect(window.getByTestId('count')).toHaveText('10,000 images');
  // Some predictions, so that there is something suspicious to explain.
  await expect(window.getByTestId('job-bar')).toContainText(/Predicting.*[1-9]\d\d/);
  await window.getByTestId('cancel-job').click();
  await expect(window.getByTestId('job-bar')).toContainText('cancelled');
}

test('maps settle while they are waited for, also beside a job that explains others', async ({ window }) => {
  await openDemo(window);
  // The first explanation makes the sessions.
  await explain(window, 9001);
  const alone = await explain(window, 9002);
  expect(alone.total).toBe(576);
  expect(alone.scored.at(-1)).toBe(576);
  expect(alone.scored.length).toBeGreaterThan(2);
  expect(alone.scored).toEqual([...alone.scored].sort((a, b) => a - b));
  expect(alone.first).toBeLessThan(alone.last / 2);

  const job = await window.evaluate(async () => {
    const { hognose } = globalThis as unknown as { hognose: Bridge };
    const reply = await hognose.call('jobs.explain', { count: 12 });
    return reply.ok ? reply.value.total : 0;
  });
  expect(job).toBe(12);
  await expect(window.getByTestId('job-bar')).toContainText('Explaining');
  const beside = await explain(window, 9003);
  process.stdout.write(
    `first maps after ${alone.first.toFixed(0)} ms, beside a job after ${beside.first.toFixed(0)} ms (all after ${alone.last.toFixed(0)} and ${beside.last.toFixed(0)} ms)\n`,
  );
  // The job's image waits meanwhile: ours takes about as long as alone.
  expect(beside.last).toBeLessThan(3 * alone.last);
  await expect(window.getByTestId('job-bar')).toContainText('12', { timeout: 60_000 });
});
