/** Two people judge copies of one project: the verdicts of the other are taken over, and what they differ on is shown until somebody settles it. */

import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { Project } from '../../src/main/project/project.js';
import { imageId } from '../../src/shared/audit.js';
import { answerDialogs, expect, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';

test('what two people decided differently is unsettled until somebody decides again', async ({
  app,
  window,
  folder,
}) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  const projects = join(folder, 'profile', 'projects');
  const copy = join(folder, 'bo.hognose');
  cpSync(join(projects, readdirSync(projects)[0] ?? ''), copy, { recursive: true });
  const tile = window.getByTestId('tile').first();
  const first = imageId(Number(await tile.getAttribute('data-image-id')));

  // Ada decides here, Bo in a copy on another machine: on the same picture something else, and on one more.
  await tile.click();
  await window.keyboard.press('2');
  await window.getByTestId('reviewer').fill('Ada');
  await window.getByTestId('reviewer-save').click();
  await expect(window.getByTestId('facet-right-label')).toContainText('1');
  const other = Project.open(copy);
  other.setReviewer('Bo');
  other.give([first], { kind: 'bad-image', correctedLabels: [], note: 'blurred' }, Date.now());
  other.give([imageId(first === 60 ? 1 : 60)], { kind: 'unsure', correctedLabels: [], note: '' }, Date.now() + 1);
  other.close();
  await expect(window.getByTestId('caveat-unsettled')).toHaveCount(0);

  await answerDialogs(app, [copy]);
  await window.getByTestId('menu').click();
  await window.getByRole('menuitem', { name: 'Add verdicts of another copy …' }).click();
  await expect(window.getByTestId('toast').first()).toContainText('2 verdicts by Bo taken over');
  await expect(window.getByTestId('caveat-line')).toContainText('1 image is unsettled');
  await expect(window.getByTestId('facet-unsettled')).toContainText('1');
  await window.getByTestId('caveat-unsettled').click();
  await expect(window.getByTestId('count')).toContainText('1 of 60');
  await window.getByTestId('tile').first().click();
  const unsettled = window.getByTestId('unsettled');
  await expect(unsettled).toContainText('Right label');
  await expect(unsettled).toContainText('Bad image');
  await expect(unsettled).toContainText('blurred');
  await window.screenshot({ path: test.info().outputPath('unsettled.png') });

  await window.keyboard.press('6');
  await expect(window.getByText('1 image is unsettled')).toHaveCount(0);
  await expect(window.getByTestId('facet-bad-image')).toContainText('1');
  // Undone, it is unsettled again, and says so.
  await window.keyboard.press('z');
  await expect(window.getByTestId('toast').filter({ hasText: 'Now: unsettled.' })).toBeVisible();
  await expect(window.getByTestId('caveat-line')).toContainText('1 image is unsettled');
});
