/** The open project as a folder on disk: renamed from the window, deleted while it is open, saved as a copy. */

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { answerDialogs, expect, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';

/** Chooses a row of the project menu. */
async function choose(window: Page, name: string): Promise<void> {
  await window.getByTestId('menu').click();
  await window.getByRole('menuitem', { name }).click();
}

test('a project is renamed, its folder and its row among the recent ones too', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await window.getByTestId('facet-disagree').click();
  await choose(window, 'Rename project …');
  await window.getByTestId('project-new-name').fill('Shirts / "2026"');
  await window.getByTestId('project-rename').click();
  await expect(window.getByTestId('project-name')).toHaveText('Shirts / "2026"', { timeout: 30_000 });
  await expect(window.getByTestId('project-new-name')).toHaveCount(0);
  // It is the same project: what was filtered stays filtered.
  await expect(window.getByTestId('count')).toContainText('of 60');
  await choose(window, 'Close project');
  const recent = window.getByTestId('recent-project');
  await expect(recent).toHaveCount(1);
  await expect(recent).toContainText('Shirts / "2026"');
  await recent.click();
  await expect(window.getByTestId('project-name')).toHaveText('Shirts / "2026"', { timeout: 30_000 });
});

test('a project whose folder is deleted says so with the next verdict, and is saved elsewhere', async ({
  app,
  window,
  folder,
}) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await window.getByTestId('tile').first().click();
  await window.keyboard.press('2');
  await window.getByTestId('reviewer').fill('Ada');
  await window.getByTestId('reviewer-save').click();
  await expect(window.getByTestId('facet-right-label')).toContainText('1');

  const projects = join(folder, 'profile', 'projects');
  const [name = ''] = existsSync(projects) ? readdirSync(projects) : [];
  rmSync(join(projects, name), { recursive: true });
  await window.keyboard.press('2');
  await expect(window.getByTestId('toast').first()).toContainText('This was not kept');
  await expect(window.getByTestId('access')).toContainText('moved or deleted');
  await expect(window.getByTestId('facet-right-label')).toContainText('1');

  const place = join(folder, 'rescued');
  mkdirSync(place);
  await answerDialogs(app, [place]);
  await window.getByTestId('save-copy').click();
  await expect(window.getByTestId('access')).toHaveCount(0, { timeout: 30_000 });
  await expect(window.getByTestId('facet-right-label')).toContainText('1', { timeout: 30_000 });
  await window.getByTestId('tile').nth(3).click();
  await window.keyboard.press('2');
  await expect(window.getByTestId('facet-right-label')).toContainText('2');
});
