/** Filters by figures in the window: a range dragged over a histogram, typed at its ends and taken away; scores that are folded at first. */

import type { Locator, Page } from '@playwright/test';

import { expect, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';

/** How many images the gallery shows. */
async function shown(window: Page): Promise<number> {
  const text = (await window.getByTestId('count').textContent()) ?? '';
  return Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', '') ?? NaN);
}

/** Drags over bars between two shares of their width. */
async function drag(window: Page, bars: Locator, from: number, to: number): Promise<void> {
  const box = await bars.boundingBox();
  if (box === null) throw new Error('There are no bars on the screen.');
  const y = box.y + box.height / 2;
  await window.mouse.move(box.x + box.width * from, y);
  await window.mouse.down();
  await window.mouse.move(box.x + box.width * to, y, { steps: 3 });
  await window.mouse.up();
}

test('a range of figures is dragged, typed and taken away', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, 120);
  await predictionsDone(window);
  await expect.poll(() => shown(window)).toBe(120);

  await test.step('the least believed half is dragged', async () => {
    await drag(window, window.getByTestId('self-confidence-bars'), 0.01, 0.49);
    await expect(window.getByTestId('self-confidence-to')).toHaveValue('50');
    await expect.poll(() => shown(window)).toBeLessThan(60);
    expect(await shown(window)).toBeGreaterThan(0);
  });
  const half = await shown(window);

  await test.step('a lower end is typed; what is no number, what lies beyond the other end and Escape change nothing', async () => {
    const from = window.getByTestId('self-confidence-from');
    await from.fill('49.9');
    await from.press('Enter');
    await expect.poll(() => shown(window)).toBeLessThan(half);
    const narrow = await shown(window);
    for (const wrong of ['many', '90']) {
      await from.fill(wrong);
      await from.press('Enter');
      await expect(from).toHaveValue('49.9');
    }
    await from.fill('12');
    await from.press('Escape');
    await expect(from).toHaveValue('49.9');
    await from.press('Tab');
    await expect(window.getByTestId('self-confidence-to')).toBeFocused();
    expect(await shown(window)).toBe(narrow);
    await from.fill(' 0,5 %');
    await from.press('Enter');
    await expect(from).toHaveValue('0.5');
    await from.fill('');
    await from.press('Enter');
    await expect(from).toHaveValue('0');
    await expect.poll(() => shown(window)).toBe(half);
  });

  await test.step('all are shown again', async () => {
    await window.getByTestId('self-confidence-clear').click();
    await expect.poll(() => shown(window)).toBe(120);
    await expect(window.getByTestId('self-confidence-to')).toHaveValue('100');
  });

  await test.step('a folded score opens, narrows, and stands with other filters', async () => {
    const filters = window.getByTestId('filters');
    await filters.getByRole('button', { name: 'Loss' }).click();
    await drag(window, window.getByTestId('loss-bars'), 0.11, 0.99);
    await expect(window.getByTestId('loss-from')).toHaveValue('1');
    await expect.poll(() => shown(window)).toBeLessThan(120);
    await filters.getByRole('button', { name: 'Label issue' }).click();
    await window.getByTestId('facet-1').last().click();
    await expect.poll(() => shown(window)).toBeLessThan(half);
    await window.getByTestId('clear-filters').click();
    await expect.poll(() => shown(window)).toBe(120);
  });
});
