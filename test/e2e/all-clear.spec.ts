/** The window gives no all-clear where it did not look, and asks where only a guess tells the classes. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';

import { answerDialogs, expect, test } from '../support/app.js';
import { predictionsDone } from '../support/new-audit.js';
import { writeTinyVitFolder } from '../support/tiny-vit.js';

/** Folders of a few small pictures each, all different. */
async function writePictures(data: string, folders: readonly string[], each: number): Promise<void> {
  for (const [at, folder] of folders.entries()) {
    await mkdir(join(data, folder), { recursive: true });
    for (let index = 0; index < each; index++) {
      const background = { r: (index * 40) % 256, g: (at * 60) % 256, b: 128 };
      const picture = sharp({ create: { width: 16, height: 16, channels: 3, background } });
      await picture.png().toFile(join(data, folder, `${String(index)}.png`));
    }
  }
}

test('the order of nameless classes is asked with its first rows, and chosen', async ({ app, window, folder }) => {
  const data = join(folder, 'types');
  const model = join(folder, 'nameless');
  await writePictures(data, ['type 1', 'type 2', 'type 10'], 2);
  await writeTinyVitFolder(model, { id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' } });
  await answerDialogs(app, [data, model]);
  await window.getByTestId('new-audit').click();
  await window.getByTestId('pick-dataset-folder').click();
  await window.getByTestId('pick-model-folder').click();

  const question = window.getByTestId('class-order');
  await expect(question).toContainText('Which label is which output of the model?', { timeout: 60_000 });
  await expect(question.locator('label').first()).toContainText(
    /Folders sorted as text\s*type 1\s*LABEL_0\s*type 10\s*LABEL_1/,
  );
  await expect(question.locator('input:checked')).toHaveCount(0);
  await question.scrollIntoViewIfNeeded();
  await window.getByTestId('class-order-natural').check();
  await expect(question).toContainText('The order you chose');

  await window.getByTestId('new-audit-start').click();
  await predictionsDone(window);
  await expect(window.getByTestId('count')).toHaveText('6 images');
  await expect(window.getByTestId('caveat-line')).toHaveCount(0);
});

test('labels without a class are said wherever figures stand, with the way to their classes', async ({
  app,
  window,
  folder,
}) => {
  const data = join(folder, 'animals');
  const model = join(folder, 'model');
  await writePictures(data, ['train/lynx', 'train/wolf', 'test/lynx', 'test/wolf'], 3);
  await writeTinyVitFolder(model);
  await answerDialogs(app, [data, model]);
  await window.getByTestId('new-audit').click();
  await window.getByTestId('pick-dataset-folder').click();
  await window.getByTestId('pick-model-folder').click();
  const said = 'None of the 2 labels has a class of the model (lynx, wolf): their 12 images are not compared';
  await expect(window.getByTestId('assistant')).toContainText(said, { timeout: 60_000 });
  await expect(window.getByTestId('mapping')).not.toBeInViewport();
  await window.getByRole('button', { name: 'No label has a class yet: nothing will be compared' }).click();
  await expect(window.getByTestId('mapping')).toBeInViewport();
  await window.getByTestId('new-audit-start').click();
  await predictionsDone(window);

  await expect(window.getByTestId('filters')).toContainText('Nothing is compared: no label has a class of the model');
  await expect(window.getByTestId('caveat-line')).toContainText(said);
  await expect(window.getByTestId('job-bar')).toContainText('– disagree', { timeout: 30_000 });
  await expect(window.getByTestId('facet-disagree')).toContainText('–');
  await window.getByTestId('view-confusion').click();
  await expect(window.getByTestId('confusion')).toContainText(
    'Nothing is compared: 12 predicted images have labels without a class.',
  );
  await expect(window.getByTestId('confused-pairs').locator('li')).toHaveCount(0);
  await window.getByTestId('view-report').click();
  await expect(window.getByTestId('report-disagreements')).toHaveText('– (no label has a class of the model)');
  await expect(window.getByTestId('report-splits').locator('tbody tr')).toHaveCount(2);

  await window.getByTestId('caveats').getByRole('button', { name: 'Labels and classes' }).click();
  await expect(window.getByTestId('mapping')).toBeInViewport();
  await window.getByRole('button', { name: 'Model class of lynx: none' }).click();
  await window.getByRole('combobox', { name: 'Model class of lynx' }).fill('cat');
  await window.keyboard.press('Enter');
  await expect(window.getByTestId('caveats')).toContainText(
    '1 of 2 labels has no class of the model (wolf): its 6 images',
  );
  await window.getByTestId('view-report').click();
  await expect(window.getByTestId('report-disagreements')).toContainText('of 6 compared of 12');
});
