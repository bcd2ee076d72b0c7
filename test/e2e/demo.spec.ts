/** The demo: 10,000 images open at once, scroll smoothly and leave the window responsive while they are predicted. */

import type { Page } from '@playwright/test';

import { expect, test } from '../support/app.js';

/** Milliseconds from a click on a view's tab to the view being on screen, measured inside the page. */
function switchView(window: Page, view: string, shows: string): Promise<number> {
  return window.evaluate(
    ([tab, page]) =>
      new Promise<number>((done) => {
        const start = performance.now();
        const look = (): void => {
          if (document.querySelector(`[data-testid=${page}]`) !== null) done(performance.now() - start);
          else requestAnimationFrame(look);
        };
        document.querySelector<HTMLElement>(`[data-testid=view-${tab}]`)?.click();
        look();
      }),
    [view, shows] as const,
  );
}

test('the demo opens with one click and its window answers while it predicts', async ({ window }) => {
  await window.getByTestId('start-demo').click();
  await expect(window.getByTestId('count')).toHaveText('10,000 images');
  await expect(window.getByTestId('job-bar')).toContainText('Predicting');
  const waits: number[] = [];
  for (let round = 0; round < 5; round++) {
    waits.push(await switchView(window, 'report', 'report-page'), await switchView(window, 'gallery', 'gallery'));
  }
  waits.sort((a, b) => a - b);
  expect(waits[5]).toBeLessThan(100);

  const grid = window.getByTestId('gallery');
  await expect(window.getByTestId('tile').first()).toBeVisible();
  let most = 0;
  for (let step = 0; step < 30; step++) {
    await grid.hover();
    await window.mouse.wheel(0, 1200);
    most = Math.max(most, await window.evaluate(() => document.images.length));
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(200);
  await window.getByTestId('cancel-job').click();
  await expect(window.getByTestId('job-bar')).toContainText('cancelled');
});
