/** A verdict on a picture whose file left the dataset: undone and done again, told by its name, and the buttons keep up. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from '../support/app.js';
import { DemoPictures } from '../support/demo-pictures.js';
import { predictionsDone, startAudit } from '../support/new-audit.js';

test('a verdict on a file that is gone is undone and done again, and the window says which', async ({
  app,
  window,
  folder,
}) => {
  const dataset = join(folder, 'clothes');
  await (await DemoPictures.open()).write(dataset, 0, 20);
  await startAudit(app, window, dataset);
  await predictionsDone(window);
  await window.keyboard.press('Home');
  await window.keyboard.press('2');
  await window.keyboard.type('Ada');
  await window.keyboard.press('Enter');
  await expect(window.getByTestId('reviewer')).toHaveCount(0);
  await expect(window.getByTestId('undo')).toBeEnabled();
  const judged = await window.evaluate(async () => {
    const { call } = globalThis['hognose' as never] as {
      call: (name: string, input: unknown) => Promise<{ value: { file: string; verdict: unknown }[] }>;
    };
    const ids = Array.from({ length: 20 }, (_, index) => index + 1);
    return (await call('gallery.rows', { ids })).value.find(({ verdict }) => verdict !== null)?.file ?? '';
  });
  rmSync(join(dataset, judged));
  await window.getByTestId('menu').click();
  await window.getByRole('menuitem', { name: 'Scan the dataset again' }).click();
  await expect(window.getByTestId('count')).toHaveText('19 images');
  await window.getByTestId('undo').click();
  const told = window.getByText(`${judged} is not in the dataset any more.`, { exact: true });
  await expect(window.getByText('Undone: Right label', { exact: true })).toBeVisible();
  await expect(told).toBeVisible();
  await expect(window.getByTestId('undo')).toBeDisabled();
  await expect(window.getByTestId('redo')).toBeEnabled();
  await window.getByTestId('redo').click();
  await expect(window.getByText('Redone: Right label', { exact: true })).toBeVisible();
  await expect(window.getByTestId('redo')).toBeDisabled();
});
