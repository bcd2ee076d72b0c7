/** Thirty kills (SIGKILL) of main, data process and engine at random moments while an audit predicts, explains and is judged in the real window: nothing that was shown as done is lost. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from '@playwright/test';
import Database from 'better-sqlite3';

import { seededRandom } from '../../src/shared/seeded-random.js';
import { expect, launchApp, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';
import { countsOf, killAndWait, pidOf } from '../support/running-app.js';

const images = 6000;
const kills = 30;

/** Only images without a verdict are listed and judged from here on, so that every key is a verdict more. */
async function listUnjudged(window: Page): Promise<void> {
  await window.getByRole('button', { name: /No verdict yet/ }).click();
  await window.getByTestId('tile').first().click();
}

/** The verdicts that an acknowledged key has left in the journal, by file. */
async function journalled(profile: string): Promise<ReadonlyMap<string, number>> {
  const [name = ''] = await readdir(join(profile, 'projects'));
  const file = new Database(join(profile, 'projects', name, 'verdicts.sqlite'), { readonly: true });
  const rows = file
    .prepare<[], { file: string; count: number }>('SELECT file, count(*) AS count FROM entries GROUP BY file')
    .all();
  file.close();
  return new Map(rows.map((row) => [row.file, row.count]));
}

test('thirty kills', async ({ folder }) => {
  test.setTimeout(1_800_000);
  const random = seededRandom(30);
  const profile = join(folder, 'profile');
  let app = await launchApp(profile);
  let window = await app.firstWindow();
  await startSmallAudit(app, window, folder, images);
  await window.getByTestId('tile').first().click();
  await window.keyboard.press('6');
  await window.getByTestId('reviewer').fill('Ada');
  await window.getByTestId('reviewer-save').click();
  await expect(window.getByTestId('facet-bad-image')).toContainText('1');
  await listUnjudged(window);
  let given = 1;
  let kept = await countsOf(window);
  const killed: Record<string, number> = {};
  for (let kill = 0; kill < kills; kill += 1) {
    const who = (['main', 'Hognose data', 'Hognose engine (compute)'] as const)[Math.floor(random() * 3)] ?? 'main';
    killed[who] = (killed[who] ?? 0) + 1;
    // Some verdicts, each seen as done, and maps of the image that is shown.
    for (let verdict = 0; verdict < 2; verdict += 1) {
      await window.keyboard.press('6');
      given += 1;
      await expect(window.getByTestId('facet-bad-image')).toContainText(given.toLocaleString('en'));
    }
    kept = await countsOf(window);
    await window.waitForTimeout(random() * 1500);
    if (who === 'main') {
      await killAndWait(app);
      app = await launchApp(profile);
      window = await app.firstWindow();
      await window.getByTestId('recent-project').first().click();
      await expect(window.getByTestId('project-name')).toHaveText('clothes');
      await listUnjudged(window);
    } else {
      const pid = await pidOf(app, who);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    }
    const now = await countsOf(window);
    expect(now.reviewed, who).toBe(kept.reviewed);
    expect(now.predicted, who).toBeGreaterThanOrEqual(kept.predicted);
    expect(now.explained, who).toBeGreaterThanOrEqual(kept.explained);
  }
  await predictionsDone(window);
  await expect.poll(async () => (await countsOf(window)).predicted, { timeout: 300_000 }).toBe(images);
  const journal = await journalled(profile);
  expect([...journal.values()].reduce((sum, count) => sum + count, 0)).toBe(given);
  process.stdout.write(`${JSON.stringify({ killed, given, ...(await countsOf(window)) })}\n`);
  await app.close();
});
