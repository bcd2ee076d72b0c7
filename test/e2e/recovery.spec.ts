/** Nothing is lost: the application and the engine are killed in the middle of a run, and the audit goes on. */

import { join } from 'node:path';

import type { ElectronApplication, Page } from '@playwright/test';

import { expect, launchApp, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';

const images = 1500;

interface Counts {
  readonly predicted: number;
  readonly reviewed: number;
}

function counts(window: Page): Promise<Counts> {
  return window.evaluate(async () => {
    const { call } = globalThis['hognose' as never] as {
      call: (name: string, input: unknown) => Promise<{ value: { counts: Counts } }>;
    };
    return (await call('project.current', undefined)).value.counts;
  });
}

async function killAndWait(app: ElectronApplication): Promise<void> {
  const child = app.process();
  const gone = new Promise<void>((done) => {
    child.once('exit', () => {
      done();
    });
  });
  child.kill('SIGKILL');
  await gone;
}

/** Process id of the engine that predicts. */
function enginePid(app: ElectronApplication): Promise<number | undefined> {
  return app.evaluate(
    ({ app: electron }) =>
      electron.getAppMetrics().find((metric) => metric.name?.includes('Hognose engine (compute)') === true)?.pid,
  );
}

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
  await expect.poll(async () => (await counts(window)).predicted, { timeout: 60_000 }).toBeGreaterThan(100);
  const before = await counts(window);
  expect(before.predicted).toBeLessThan(images);
  await killAndWait(app);

  const again = await launchApp(profile);
  try {
    const next = await again.firstWindow();
    await next.getByTestId('recent-project').first().click();
    await expect(next.getByTestId('project-name')).toHaveText('clothes');
    const after = await counts(next);
    expect(after.predicted).toBeGreaterThanOrEqual(before.predicted);
    expect(after.reviewed).toBe(1);
    await predictionsDone(next);
    await expect.poll(async () => (await counts(next)).predicted).toBe(images);
  } finally {
    await again.close();
  }
});

test('kill -9 of the engine starts a new one, and the run goes on where it was', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, images);
  await expect.poll(async () => (await counts(window)).predicted, { timeout: 60_000 }).toBeGreaterThan(100);
  const pid = await enginePid(app);
  if (pid === undefined) throw new Error('No engine runs.');
  process.kill(pid, 'SIGKILL');
  const kept = (await counts(window)).predicted;
  expect(kept).toBeGreaterThan(100);
  expect(kept).toBeLessThan(images);
  await expect.poll(() => enginePid(app).then((next) => next !== undefined && next !== pid)).toBe(true);
  expect((await counts(window)).predicted).toBeGreaterThanOrEqual(kept);
  await predictionsDone(window);
  await expect.poll(async () => (await counts(window)).predicted).toBe(images);
  await expect(window.getByTestId('facet-unreadable')).toContainText('0');
});
