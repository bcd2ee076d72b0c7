/** A gallery of several pages in the window: what is scrolled to comes, and keys reach every place of it. */

import { expect, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';

const images = 1400;

test('a list of several pages is scrolled, walked and turned round', async ({ app, window, folder }) => {
  test.setTimeout(240_000);
  await startSmallAudit(app, window, folder, images);
  await predictionsDone(window);
  const gallery = window.getByTestId('gallery');
  const coming = window.getByTestId('coming');
  const inspector = window.getByTestId('inspector');
  await expect(window.getByTestId('count')).toHaveText('1,400 images');
  await expect(inspector).toContainText('1 of 1,400');

  await test.step('pictures come wherever it is scrolled to', async () => {
    for (const share of [0.5, 0.97, 0.2]) {
      await gallery.evaluate((element, part) => (element.scrollTop = element.scrollHeight * part), share);
      await expect(coming).toHaveCount(0);
      await expect(gallery.locator('[data-testid=tile][aria-label=Loading]')).toHaveCount(0);
      await expect(gallery.getByTestId('tile').first()).toBeVisible();
    }
  });

  await test.step('the last image is a key away, and those before it', async () => {
    await gallery.focus();
    await window.keyboard.press('End');
    await expect(inspector).toContainText('1,400 of 1,400');
    await window.keyboard.press('ArrowLeft');
    await window.keyboard.press('ArrowLeft');
    await expect(inspector).toContainText('1,398 of 1,400');
    await expect(gallery.locator('[aria-selected=true]')).toBeInViewport();
  });

  await test.step('the selected image stays in another order, in view', async () => {
    const id = await gallery.locator('[aria-selected=true]').getAttribute('data-image-id');
    await window.getByTestId('sort-direction').click();
    await expect(inspector).toContainText('3 of 1,400');
    await expect(gallery.locator('[aria-selected=true]')).toHaveAttribute('data-image-id', id ?? '');
    await expect(gallery.locator('[aria-selected=true]')).toBeInViewport();
  });

  await test.step('an undone verdict leads back over pages', async () => {
    await window.keyboard.press('2');
    await window.getByTestId('reviewer').fill('Ana');
    await window.keyboard.press('Enter');
    await expect(inspector).toContainText('4 of 1,400');
    await gallery.focus();
    await window.keyboard.press('End');
    await expect(inspector).toContainText('1,400 of 1,400');
    await window.keyboard.press('z');
    await expect(inspector).toContainText('3 of 1,400');
    await expect(window.getByTestId('toast')).toContainText('(3 of 1,400)');
  });
});
