/** Long work in the window, with a model that takes its time: small jobs go first, what waits says so, what was cancelled stays so. */

import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { imageId } from '../../src/shared/audit.js';
import type { Bridge } from '../../src/shared/bridge.js';
import { answerDialogs, expect, test } from '../support/app.js';
import { startAudit } from '../support/new-audit.js';
import { writeRandomVit } from '../support/random-vit-folder.js';
import { writeSmallDataset } from '../support/small-dataset.js';

const images = 900;

/** Explains the most suspicious images, as the menu does for more of them. */
async function explainMost(window: Page, count: number): Promise<void> {
  await window.evaluate(async (most) => {
    const { hognose } = globalThis as unknown as { hognose: Bridge };
    const reply = await hognose.call('jobs.explain', { count: most });
    if (!reply.ok) throw new Error(reply.error.message);
  }, count);
}

/** Asks for the maps of an image and waits for nothing. */
async function lookAt(window: Page, id: number): Promise<void> {
  await window.evaluate((image) => {
    const { hognose } = globalThis as unknown as { hognose: Bridge };
    void hognose.call('explain.get', { id: image });
  }, imageId(id));
}

test('a large job gives way to a small one and to maps, says so, and stays cancelled', async ({
  app,
  window,
  folder,
}) => {
  test.setTimeout(240_000);
  const [dataset, model] = [join(folder, 'clothes'), join(folder, 'vit-small')];
  await writeSmallDataset(dataset, images);
  await writeRandomVit(model, 'small');
  // Few masks, so that the small job is small.
  await window.evaluate(async () => {
    const { hognose } = globalThis as unknown as { hognose: Bridge };
    await hognose.call('settings.set', { masks: 128 });
  });
  await startAudit(app, window, dataset, model);
  const bar = window.getByTestId('job-bar');
  await expect(bar).toContainText(/Predicting 900 images.*[1-9]\d* of 900/, { timeout: 90_000 });

  await explainMost(window, 2);
  await expect(bar).toContainText('Explaining 2 images', { timeout: 60_000 });
  await expect(bar).toContainText('Predicting 900 images waits');
  await window.getByTestId('all-jobs').click();
  const predicting = window.getByTestId('job-list').locator('[data-kind=predict]');
  await expect(predicting).toContainText(/paused at \d+ of 900 · waits for Explaining 2 images/, { timeout: 60_000 });
  await window.screenshot({ path: test.info().outputPath('paused.png') });
  await window.keyboard.press('Escape');
  // It goes on afterwards by itself.
  const title = window.getByTestId('job-title');
  await expect(title).toHaveText('Predicting 900 images', { timeout: 120_000 });
  await expect(bar).toHaveAttribute('data-state', 'running');

  await lookAt(window, 801);
  await expect(bar).toContainText('waits for the maps you look at', { timeout: 30_000 });
  await expect(bar).not.toContainText('waits for', { timeout: 60_000 });

  await window.getByTestId('cancel-job').click();
  await expect(bar).toContainText('cancelled', { timeout: 60_000 });
  const told = /\d+ of 900 predicted; prediction was cancelled/;
  await expect(bar).toContainText(told, { timeout: 15_000 });
  await window.getByTestId('view-report').click();
  await expect(window.getByTestId('prediction-cancelled')).toHaveText(told);
  const before = await window.getByTestId('prediction-cancelled').textContent();

  await window.getByTestId('menu').click();
  await window.getByRole('menuitem', { name: 'Close project' }).click();
  await window.getByTestId('recent-project').click();
  await expect(bar).toContainText(told);
  // Long enough for the model to open and the first images to be predicted.
  await window.waitForTimeout(4000);
  await expect(bar).toContainText(before?.replace(/\.$/, '') ?? '');
  await window.getByTestId('go-on-predicting').click();
  await expect(title).toHaveText(/Predicting \d+ images/);
  await expect(bar).not.toContainText('cancelled');
});

test('the assistant never shows an empty place without a word while a model takes its time', async ({
  app,
  window,
  folder,
}) => {
  const [dataset, model] = [join(folder, 'clothes'), join(folder, 'vit-small')];
  await writeSmallDataset(dataset, 40);
  await writeRandomVit(model, 'small');
  await answerDialogs(app, [dataset, model]);
  await window.getByTestId('new-audit').click();
  await window.getByTestId('pick-dataset-folder').click();
  await window.getByTestId('pick-model-folder').click();
  // Looked for with every frame: on a quick machine it stands for less than a second.
  await window.waitForFunction(
    () => document.querySelector('[data-testid=preview-waits]')?.textContent.includes('The model looks at ten images'),
    undefined,
    { timeout: 60_000 },
  );
  const items = window.getByTestId('new-audit-preview').locator('li');
  await expect(items.first()).toContainText('→', { timeout: 60_000 });
  await expect(window.getByTestId('preview-waits')).toHaveCount(0);
});
