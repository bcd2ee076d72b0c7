/** Contrast maps in the window: what speaks for a class rather than another, against any class shown. */

import { expect, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';

/** Between the two classes of a caption, which is short where the long one would be cut. */
const contrasted = / rather than | vs /u;

test('the inspector shows what speaks for each class rather than the label, or any other', async ({
  app,
  window,
  folder,
}) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await window.getByTestId('facet-disagree').click();
  await window.getByTestId('tile').first().click();
  const inspector = window.getByTestId('inspector');
  const legend = window.getByTestId('legend');
  await expect(inspector.getByTestId('map-canvas')).toHaveCount(3, { timeout: 60_000 });
  await expect(window.getByTestId('sentence')).not.toContainText(/likely|error is/);

  await window.keyboard.press('s');
  await window.keyboard.press('s');
  const captions = inspector.locator('figcaption .name');
  await expect(captions.filter({ hasText: contrasted })).toHaveCount(3);
  await expect(legend).toContainText('nats');
  const label = await window.getByTestId('rather-than').textContent();
  const [ofLabel = ''] = await captions.filter({ hasText: /^Label/ }).allTextContents();
  const [ofFirst = ''] = await captions.filter({ hasText: /^Top 1/ }).allTextContents();
  const named = (text: string): readonly string[] =>
    text
      .replace(/^(Label|Top 1)\s*/u, '')
      .split(contrasted)
      .map((name) => name.trim());
  // Label and prediction are in contrast to each other: the one map is the other, turned round.
  expect(named(ofLabel)).toEqual([...named(ofFirst)].reverse());
  expect(label).toContain(named(ofLabel)[0]);

  await window.getByTestId('rather-than').click();
  await window.getByRole('menuitemradio').last().click();
  await expect(window.getByTestId('rather-than')).not.toHaveText(label ?? '');
  await expect(captions.filter({ hasText: /^Label/ })).not.toHaveText(ofLabel);

  await window.keyboard.press('s');
  await expect(captions.filter({ hasText: contrasted })).toHaveCount(0);
});
