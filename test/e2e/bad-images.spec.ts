/** A folder of broken, odd and hostile image files in the real application: what can be read is audited, the rest is told. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from '../support/app.js';
import { makeBadImages } from '../support/bad-images.js';
import { DemoPictures } from '../support/demo-pictures.js';
import { predictionsDone, startAudit } from '../support/new-audit.js';

test('bad images never stop a run, are listed with their reason, and their names stay text', async ({
  app,
  window,
  folder,
}) => {
  const { folder: dataset, images } = await makeBadImages(join(folder, 'odd'), { labels: ['Dress', 'Coat'] });
  const unreadable = images.filter(({ size }) => size === null);
  const alerts: string[] = [];
  window.on('dialog', (dialog) => {
    alerts.push(dialog.message());
    void dialog.dismiss();
  });
  await startAudit(app, window, dataset);
  await predictionsDone(window);
  await expect(window.getByTestId('count')).toHaveText(`${images.length} images`);
  await expect(window.getByTestId('facet-unreadable')).toContainText(String(unreadable.length));
  await expect(window.getByTestId('job-bar')).toContainText(`${images.length - unreadable.length} predicted`);

  await window.getByTestId('facet-unreadable').click();
  await expect(window.getByTestId('count')).toHaveText(`${unreadable.length} of ${images.length}`);
  await window.getByTestId('tile').first().click();
  await expect(window.getByTestId('inspector')).toContainText(
    /is empty|is not an image|cut off|truncated|not a picture|damaged/i,
  );

  await window.getByTestId('clear-filters').click();
  await window.getByTestId('search').fill('<img src=x');
  await expect(window.getByTestId('count')).toHaveText(`1 of ${images.length}`);
  await window.getByTestId('tile').first().click();
  await expect(window.getByTestId('inspector')).toContainText('<img src=x onerror=alert(1)>.jpg');
  await expect(window.getByTestId('map-canvas').first()).toBeVisible({ timeout: 60_000 });
  expect(alerts).toEqual([]);
});

test('an image that is repaired is shown as soon as it is tried again, while it is looked at', async ({
  app,
  window,
  folder,
}) => {
  const pictures = await DemoPictures.open();
  const dataset = join(folder, 'clothes');
  await pictures.write(dataset, 0, 20);
  const broken = await DemoPictures.writeBroken(dataset);
  await startAudit(app, window, dataset);
  await predictionsDone(window);
  await window.getByTestId('facet-unreadable').click();
  await window.getByTestId('tile').first().click();
  const inspector = window.getByTestId('inspector');
  await expect(inspector).toContainText('The picture cannot be shown');
  await writeFile(broken, await pictures.png(5000));
  await window.getByTestId('menu').click();
  await window.getByRole('menuitem', { name: 'Try 1 unreadable image again' }).click();
  await expect(window.getByTestId('facet-unreadable')).toContainText('0', { timeout: 30_000 });
  await expect(inspector.locator('img').first()).toBeVisible();
  await expect(inspector).not.toContainText('The picture cannot be shown');
});
