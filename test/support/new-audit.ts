/** Starts a new audit in the window, as a person does: dialogs, assistant, start. */

import { join } from 'node:path';

import type { ElectronApplication, Page } from '@playwright/test';

import { answerDialogs, expect, projectRoot } from './app.js';
import { writeSmallDataset } from './small-dataset.js';

export const demoModel = join(projectRoot, 'resources/demo/model');

/** Makes a dataset of the demo's first `count` images and audits it with the demo's model. */
export async function startSmallAudit(
  app: ElectronApplication,
  window: Page,
  folder: string,
  count: number,
): Promise<void> {
  const dataset = join(folder, 'clothes');
  await writeSmallDataset(dataset, count);
  await startAudit(app, window, dataset);
}

/** Audits a dataset folder, with the demo's model where no other is named. */
export async function startAudit(
  app: ElectronApplication,
  window: Page,
  dataset: string,
  model = demoModel,
): Promise<void> {
  await answerDialogs(app, [dataset, model]);
  await window.getByTestId('new-audit').click();
  await window.getByTestId('pick-dataset-folder').click();
  await expect(window.getByTestId('new-audit-dataset')).toHaveText(dataset);
  await window.getByTestId('pick-model-folder').click();
  await expect(window.getByTestId('new-audit-model')).toBeVisible({ timeout: 60_000 });
  await window.getByTestId('new-audit-start').click();
  await expect(window.getByTestId('project-name')).toBeVisible({ timeout: 60_000 });
}

/** Waits until the job bar tells of no prediction any more. */
export async function predictionsDone(window: Page): Promise<void> {
  const predicting = window.getByTestId('job-bar').filter({ hasText: 'Predicting' });
  await expect(predicting).toHaveCount(0, { timeout: 90_000 });
}
