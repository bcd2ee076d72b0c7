/** A dataset that moved, changed and lost files while nobody looked: each message has its way out as a button, and nothing is mixed. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { answerDialogs, expect, test } from '../support/app.js';
import { DemoPictures } from '../support/demo-pictures.js';
import { predictionsDone, startAudit } from '../support/new-audit.js';

const count = 60;

async function choose(window: Page, name: string | RegExp): Promise<void> {
  await window.getByTestId('menu').click();
  await window.getByRole('menuitem', { name }).click();
}

test('a moved dataset is relinked with one answer; an overwritten image loses what was of the old one', async ({
  app,
  window,
  folder,
}) => {
  const pictures = await DemoPictures.open();
  const data = join(folder, 'clothes');
  await pictures.write(data, 0, count);
  await startAudit(app, window, data);
  await predictionsDone(window);
  await window.getByTestId('tile').first().click();
  await window.keyboard.press('2');
  await window.getByTestId('reviewer').fill('Ada');
  await window.getByTestId('reviewer-save').click();
  await expect(window.getByTestId('facet-right-label')).toContainText('1');
  await choose(window, 'Close project');

  // It lies elsewhere when the project is opened again.
  const elsewhere = join(folder, 'another drive', 'clothes 2026');
  await mkdir(join(folder, 'another drive'));
  await rename(data, elsewhere);
  await window.getByTestId('recent-project').click();
  const toast = window.getByTestId('toast');
  await expect(toast).toContainText(`The dataset ${data} is not there.`, { timeout: 30_000 });
  await answerDialogs(app, [folder, elsewhere]);
  await toast.getByRole('button', { name: 'It has moved …' }).click();
  await expect(toast.last()).toContainText(`None of the ${String(count)} images`);
  await toast.last().getByRole('button', { name: 'It has moved …' }).click();
  await expect(window.getByTestId('project-name')).toHaveAttribute('title', elsewhere, { timeout: 30_000 });
  await predictionsDone(window);
  await expect(window.getByTestId('facet-right-label')).toContainText('1');
  await expect(window.getByTestId('job-bar')).toContainText(`${String(count)} predicted`, { timeout: 30_000 });

  // The judged image is overwritten, another is taken away, and the dataset is scanned again.
  await window.getByTestId('facet-right-label').click();
  await window.getByTestId('tile').first().click();
  const judged = await window.getByTestId('tile').first().getAttribute('title');
  const file = Array.from({ length: count }, (_, index) => pictures.file(index)).find((name) => judged?.includes(name));
  expect(file).toBeDefined();
  await writeFile(join(elsewhere, file ?? ''), await pictures.png(9000));
  const gone = Array.from({ length: count }, (_, index) => pictures.file(index)).find((name) => name !== file);
  await rm(join(elsewhere, gone ?? ''));
  await window.getByTestId('facet-right-label').click();
  await choose(window, 'Scan the dataset again');
  await expect(toast.filter({ hasText: '1 image of an earlier scan is no longer in the dataset' })).toHaveCount(1);
  await expect(toast.filter({ hasText: '1 image holds another picture than before' })).toHaveCount(1);
  await expect(window.getByTestId('job-bar')).toContainText(`${String(count - 1)} predicted`, { timeout: 30_000 });
  await expect(window.getByTestId('facet-right-label')).toContainText('0');
  await window.getByTestId('search').fill(file ?? '');
  await window.getByTestId('tile').first().click();
  await expect(window.getByTestId('outdated-verdict')).toContainText('given for another picture');
  // Caption and sentence are of one picture.
  const [, predicted = ''] = (await window.getByTestId('tile').first().innerText()).split('→');
  const [name = ''] = predicted.trim().split(/\s/);
  expect(name).not.toBe('');
  await expect(window.getByTestId('sentence')).toContainText(name);
});
