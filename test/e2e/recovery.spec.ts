/** Nothing is lost: the application and the engine are killed in the middle of a run, and the audit goes on. */

import { join } from 'node:path';

import type { ElectronApplication } from '@playwright/test';

import { expect, launchApp, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';
import { countsOf, killAndWait, pidOf } from '../support/running-app.js';

const images = 1500;

/** Of the engine that predicts. */
const enginePid = (app: ElectronApplication): Promise<number | undefined> => pidOf(app, 'Hognose engine (compute)');

test('kill -9 of the application loses no verdict and no prediction', async ({ folder }) => {
  const profile = join(folder, 'profile');
  const app = await launchApp(profile);
  const window = await app.firstWindow();
  await startSmallAudit(app, window, folder, images);
  await window.getByTestId('tile').first().click();
  await window.keyboard.press('6');
  await window.getByTestId('reviewer').fill('Ada');
  await window.getByTestId('reviewer-save').click();
  await expect(window.getByTestId('facet-bad-image')).toContainText('1');
  await expect.poll(async () => (await countsOf(window)).predicted, { timeout: 60_000 }).toBeGreaterThan(100);
  const before = await countsOf(window);
  expect(before.predicted).toBeLessThan(images);
  await killAndWait(app);

  const again = await launchApp(profile);
  try {
    const next = await again.firstWindow();
    await next.getByTestId('recent-project').first().click();
    await expect(next.getByTestId('project-name')).toHaveText('clothes');
    const after = await countsOf(next);
    expect(after.predicted).toBeGreaterThanOrEqual(before.predicted);
    expect(after.reviewed).toBe(1);
    await predictionsDone(next);
    await expect.poll(async () => (await countsOf(next)).predicted).toBe(images);
  } finally {
    await again.close();
  }
});

test('kill -9 while it explains: the task is gone on with when the project is opened again, until a person cancels it', async ({
  folder,
}) => {
  const profile = join(folder, 'profile');
  const app = await launchApp(profile);
  const window = await app.firstWindow();
  await startSmallAudit(app, window, folder, 150);
  await predictionsDone(window);
  await window.getByTestId('menu').click();
  await window.getByRole('menuitem', { name: 'Compute maps of the 50 most suspicious' }).click();
  await expect.poll(async () => (await countsOf(window)).explained, { timeout: 60_000 }).toBeGreaterThan(3);
  const { explained } = await countsOf(window);
  await killAndWait(app);

  const again = await launchApp(profile);
  try {
    const next = await again.firstWindow();
    await next.getByTestId('recent-project').first().click();
    await expect(next.getByTestId('job-bar')).toContainText('Explaining 50 images', { timeout: 30_000 });
    await expect.poll(async () => (await countsOf(next)).explained, { timeout: 60_000 }).toBeGreaterThan(explained + 2);
    await next.getByTestId('cancel-job').click();
    await expect(next.getByTestId('job-bar')).toContainText('cancelled');
    const over = (await countsOf(next)).explained;
    await next.getByTestId('menu').click();
    await next.getByRole('menuitem', { name: 'Close project' }).click();
    await next.getByTestId('recent-project').first().click();
    await expect(next.getByTestId('counts')).toContainText(`${String(over)} with maps`);
    await expect(next.getByTestId('job-bar')).not.toContainText('Explaining');
  } finally {
    await again.close();
  }
});

test('kill -9 of the engine starts a new one, and the run goes on where it was', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, images);
  await expect.poll(async () => (await countsOf(window)).predicted, { timeout: 60_000 }).toBeGreaterThan(100);
  const pid = await enginePid(app);
  if (pid === undefined) throw new Error('No engine runs.');
  process.kill(pid, 'SIGKILL');
  const kept = (await countsOf(window)).predicted;
  expect(kept).toBeGreaterThan(100);
  expect(kept).toBeLessThan(images);
  await expect.poll(() => enginePid(app).then((next) => next !== undefined && next !== pid)).toBe(true);
  expect((await countsOf(window)).predicted).toBeGreaterThanOrEqual(kept);
  await predictionsDone(window);
  await expect.poll(async () => (await countsOf(window)).predicted).toBe(images);
  await expect(window.getByTestId('facet-unreadable')).toContainText('0');
});

test('kill -9 of the data process, again and again while it predicts and is judged, loses nothing', async ({
  app,
  window,
  folder,
}) => {
  await startSmallAudit(app, window, folder, images);
  await window.getByTestId('tile').first().click();
  await window.keyboard.press('6');
  await window.getByTestId('reviewer').fill('Ada');
  await window.getByTestId('reviewer-save').click();
  await expect(window.getByTestId('facet-bad-image')).toContainText('1');
  let kept = 0;
  for (let kill = 1; kill <= 4; kill += 1) {
    await expect.poll(async () => (await countsOf(window)).predicted, { timeout: 60_000 }).toBeGreaterThan(kept + 64);
    kept = (await countsOf(window)).predicted;
    const pid = await pidOf(app, 'Hognose data');
    if (pid === undefined) throw new Error('No data process runs.');
    // A verdict on its way when the process dies is given once.
    await window.keyboard.press('6');
    process.kill(pid, 'SIGKILL');
    await expect(window.getByTestId('facet-bad-image')).toContainText(String(kill + 1));
    const now = await countsOf(window);
    expect(now.predicted).toBeGreaterThanOrEqual(kept);
    expect(now.reviewed).toBe(kill + 1);
    expect(await pidOf(app, 'Hognose data')).not.toBe(pid);
  }
  await predictionsDone(window);
  await expect.poll(async () => (await countsOf(window)).predicted).toBe(images);
  await expect(window.getByTestId('facet-unreadable')).toContainText('0');
  await window.keyboard.press('z');
  await expect(window.getByTestId('facet-bad-image')).toContainText('4');
});
