/** Kept maps in the settings: what they take, a ceiling that is refused or taken, and all of them freed. */

import { expect, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';
import type { Bridge } from '../../src/shared/bridge.js';

test('kept maps are freed in the settings; verdicts and predictions stay', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await window.getByTestId('tile').first().click();
  await window.keyboard.press('2');
  await window.getByTestId('reviewer').fill('Ada');
  await window.getByTestId('reviewer-save').click();
  await expect(window.getByTestId('facet-right-label')).toContainText('1');
  await window.evaluate(async () => {
    const { hognose } = globalThis as unknown as { hognose: Bridge };
    const reply = await hognose.call('jobs.explain', { count: 6 });
    if (!reply.ok) throw new Error(reply.error.message);
  });
  const marks = window.getByTestId('tile').locator('.maps');
  await expect.poll(() => marks.count(), { timeout: 90_000 }).toBeGreaterThanOrEqual(6);

  await window.keyboard.press('Control+,');
  const figures = window.getByTestId('kept-maps');
  await expect(figures).toContainText(/^\d+ maps, .+B of at most 8/);
  // The next images are explained ahead: until that has ended as well, maps come.
  await expect(window.getByTestId('job-bar')).not.toContainText('Explaining', { timeout: 60_000 });
  let last = '';
  const settled = async (): Promise<boolean> => {
    const before = last;
    last = await figures.innerText();
    return last === before;
  };
  await expect.poll(settled, { intervals: [2000], timeout: 60_000 }).toBe(true);

  const ceiling = window.getByTestId('settings-cache');
  await ceiling.fill('0.1');
  await ceiling.blur();
  await expect(window.getByTestId('settings-cache-refused')).toContainText('Between 0.25 and 1,000 GB');
  await expect(figures).toContainText('of at most 8');
  await ceiling.fill('0.5');
  await ceiling.blur();
  await expect(window.getByTestId('settings-cache-refused')).toHaveCount(0);
  await expect(figures).toContainText('of at most 0.5');

  // Asked, and thought better of.
  await window.getByTestId('free-space').click();
  await expect(window.getByTestId('free-space-question')).toContainText('Verdicts and predictions stay.');
  await window.keyboard.press('Escape');
  await expect(window.getByTestId('free-space-question')).toHaveCount(0);
  await expect(window.getByTestId('free-space')).toBeFocused();
  await expect(figures).toContainText(/^\d+ maps/);

  await window.getByTestId('free-space').click();
  await window.getByTestId('free-space-do').click();
  await expect(figures).toContainText('No maps');
  await window.keyboard.press('Escape');
  await expect(window.getByTestId('settings')).toHaveCount(0);
  await expect(marks).toHaveCount(0);
  await expect(window.getByTestId('facet-right-label')).toContainText('1');
  const after = await window.evaluate(async () => {
    const { hognose } = globalThis as unknown as { hognose: Bridge };
    const reply = await hognose.call('project.current', undefined);
    return reply.ok ? (reply.value?.counts ?? null) : null;
  });
  expect(after).toMatchObject({ images: 60, predicted: 60, reviewed: 1, explained: 0 });
});
