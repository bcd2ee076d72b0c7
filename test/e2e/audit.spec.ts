/** A whole audit in the window: choose data and model, look, decide by keyboard, write the report. */

import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { answerDialogs, answerSaves, expect, test } from '../support/app.js';
import { demoModel, predictionsDone, startSmallAudit } from '../support/new-audit.js';
import { writeSmallDataset } from '../support/small-dataset.js';
import { tinyCnn } from '../support/tiny-vit.js';

/** The `data-image-id` of the selected tile. */
function selectedImage(window: Page): Promise<string | null> {
  return window.locator('[data-testid=tile][aria-selected=true]').getAttribute('data-image-id');
}

/** Gives the reviewer's name that the first verdict asks for. */
async function introduce(window: Page, name: string): Promise<void> {
  await window.getByTestId('reviewer').fill(name);
  await window.getByTestId('reviewer-save').click();
  await expect(window.getByTestId('reviewer')).toHaveCount(0);
}

test('a new audit is put together with dialogs and shows ten predictions before it starts', async ({
  app,
  window,
  folder,
}) => {
  await startSmallAudit(app, window, folder, 300);
  await expect(window.getByTestId('project-name')).toHaveText('clothes');
  await expect(window.getByTestId('count')).toHaveText('300 images');
  await predictionsDone(window);
  await expect(window.getByTestId('facet-agree')).toContainText('276');
  await expect(window.getByTestId('facet-disagree')).toContainText('24');
});

test('the preview shows ten images with label and prediction', async ({ app, window, folder }) => {
  await writeSmallDataset(join(folder, 'few'), 40);
  await answerDialogs(app, [join(folder, 'few'), demoModel]);
  await window.getByTestId('new-audit').click();
  await expect(window.getByTestId('new-audit-start')).toBeDisabled();
  await window.getByTestId('pick-dataset-folder').click();
  await window.getByTestId('pick-model-folder').click();
  const items = window.getByTestId('new-audit-preview').locator('li');
  await expect(items).toHaveCount(10);
  await expect(items.first()).toContainText('→', { timeout: 60_000 });
  // Each beside what the model sees of it.
  await expect(items.locator('img')).toHaveCount(20);
  await expect(window.getByTestId('new-audit-start')).toBeEnabled();
});

test('what the model sees can be chosen while ten images show it, and is kept with the project', async ({
  app,
  window,
  folder,
}) => {
  await writeSmallDataset(join(folder, 'few'), 40);
  await answerDialogs(app, [join(folder, 'few'), demoModel]);
  await window.getByTestId('new-audit').click();
  await window.getByTestId('pick-dataset-folder').click();
  await window.getByTestId('pick-model-folder').click();
  const items = window.getByTestId('new-audit-preview').locator('li');
  await expect(items.first()).toContainText('→', { timeout: 60_000 });
  const before = await items.first().textContent();

  await window.getByTestId('new-audit-crop').fill('20');
  await expect(window.getByTestId('new-audit-preprocessing-error')).toContainText('gives 20 x 20');
  await expect(window.getByTestId('new-audit-start')).toBeDisabled();
  await window.getByTestId('new-audit-crop').fill('28');
  await window.getByTestId('new-audit-resize-kind').selectOption('shortest-edge');
  await window.getByTestId('new-audit-resize').fill('56');
  await expect(window.getByTestId('new-audit-preprocessing-error')).toHaveCount(0, { timeout: 30_000 });
  await expect.poll(() => items.first().textContent(), { timeout: 30_000 }).not.toBe(before);
  await expect(window.getByTestId('new-audit-start')).toBeEnabled({ timeout: 30_000 });

  await window.getByTestId('new-audit-start').click();
  await expect(window.getByTestId('project-name')).toBeVisible({ timeout: 60_000 });
  const stored = await window.evaluate(async () => {
    const { call } = globalThis['hognose' as never] as {
      call: (name: string, input: unknown) => Promise<{ value: { model: { preprocessing: { resize: unknown } } } }>;
    };
    return (await call('project.current', undefined)).value.model.preprocessing.resize;
  });
  expect(stored).toEqual({ kind: 'shortest-edge', size: 56 });
});

test('a network that is no ViT is refused with the reason, and its values can be named', async ({
  app,
  window,
  folder,
}) => {
  await writeSmallDataset(join(folder, 'few'), 40);
  await writeFile(join(folder, 'cnn.onnx'), tinyCnn());
  await answerDialogs(app, [join(folder, 'few'), join(folder, 'cnn.onnx')]);
  await window.getByTestId('new-audit').click();
  await window.getByTestId('pick-dataset-folder').click();
  await window.getByTestId('pick-model-file').click();
  const refused = window.getByTestId('new-audit-refused');
  await expect(refused).toContainText('it has 2 convolutions and no attention: it is a CNN', { timeout: 60_000 });
  await expect(window.getByTestId('new-audit-start')).toBeDisabled();
  await refused.getByText('Name its values yourself').click();
  await refused.getByTestId('value-logits').fill('logit');
  await refused.getByTestId('values-submit').click();
  await expect(refused).toContainText("'logit'", { timeout: 60_000 });
  await expect(refused.getByTestId('value-logits')).toHaveValue('logit');
});

test('a mapping is written to a file, changed there and read again', async ({ app, window, folder }) => {
  await writeSmallDataset(join(folder, 'few'), 40);
  await answerDialogs(app, [join(folder, 'few'), demoModel, join(folder, 'mapping.csv')]);
  await answerSaves(app, [join(folder, 'mapping.csv')]);
  await window.getByTestId('new-audit').click();
  await window.getByTestId('pick-dataset-folder').click();
  await window.getByTestId('pick-model-folder').click();
  await expect(window.getByTestId('mapping-counts')).toHaveText('Every label has a class.', { timeout: 60_000 });
  await window.getByTestId('mapping-export').click();
  await expect(window.getByTestId('mapping')).toContainText('Written to mapping.csv');
  const text = await readFile(join(folder, 'mapping.csv'), 'utf8');
  expect(text).toMatch(/^label,class,comment\r\n/);
  const [, first = ''] = text.split('\r\n');
  await writeFile(join(folder, 'mapping.csv'), text.replace(first, `${first.split(',')[0] ?? ''},,`));
  await window.getByTestId('mapping-import').click();
  await expect(window.getByTestId('mapping-counts')).toContainText('9 of 10 labels have a class');
});

test('a disagreement is explained, settled with the keyboard, undone and redone', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, 300);
  await predictionsDone(window);
  await window.getByTestId('facet-disagree').click();
  await expect(window.getByTestId('count')).toHaveText('24 of 300');
  await window.getByTestId('tile').first().click();
  await expect(window.getByTestId('map-canvas')).toHaveCount(3, { timeout: 60_000 });
  await expect(window.getByTestId('sentence')).not.toBeEmpty();
  const first = await selectedImage(window);

  await window.keyboard.press('4');
  await introduce(window, 'Ada');
  await expect(window.getByTestId('facet-ambiguous')).toContainText('1');
  await expect.poll(() => selectedImage(window)).not.toBe(first);

  await window.keyboard.press('1');
  await expect(window.getByTestId('correction-field')).toBeFocused();
  await window.keyboard.press('Enter');
  await expect(window.getByTestId('facet-wrong-label')).toContainText('1');

  await window.keyboard.press('z');
  await expect(window.getByTestId('facet-wrong-label')).toContainText('0');
  await window.keyboard.press('z');
  await expect(window.getByTestId('facet-ambiguous')).toContainText('0');
  await window.keyboard.press('Shift+Z');
  await expect(window.getByTestId('facet-ambiguous')).toContainText('1');
});

test('a second look at an explained image is instant', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  const explain = (): Promise<{ milliseconds: number; cached: boolean }> =>
    window.evaluate(async () => {
      const { call } = globalThis['hognose' as never] as {
        call: (name: string, input: unknown) => Promise<{ value: { cached: boolean } }>;
      };
      const start = performance.now();
      const { value } = await call('explain.get', { id: 1 });
      return { milliseconds: performance.now() - start, cached: value.cached };
    });
  await explain();
  const looks = [await explain(), await explain(), await explain()];
  expect(looks.map(({ cached }) => cached)).toEqual([true, true, true]);
  expect(Math.min(...looks.map(({ milliseconds }) => milliseconds))).toBeLessThan(30);
});

test('the report is written from the window in all four formats', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await window.getByTestId('view-report').click();
  for (const format of ['html', 'pdf', 'csv', 'json']) await window.getByTestId(`format-${format}`).check();
  await window.getByTestId('report-explain').fill('2');
  await window.getByTestId('report-explain').blur();
  await window.getByTestId('report-title').fill('What "clothes" say / 2026');
  await window.getByTestId('report-name').fill('for/the team');
  await window.getByTestId('report-name').blur();
  await answerDialogs(app, [folder]);
  await window.getByRole('button', { name: 'Choose a folder' }).click();
  await window.getByTestId('report-create').click();
  await expect(window.getByText('The report is written.')).toBeVisible({ timeout: 90_000 });
  const place = join(folder, 'for_the team');
  const files = await readdir(place);
  expect(files).toEqual(expect.arrayContaining(['index.html', 'report.pdf', 'report.json', 'corrected-labels.csv']));
  expect((await readFile(join(place, 'report.pdf'))).subarray(0, 5).toString()).toBe('%PDF-');
  expect((await stat(join(place, 'report.pdf'))).size).toBeGreaterThan(20_000);
  expect(await readFile(join(place, 'index.html'), 'utf8')).toContain('What &quot;clothes&quot; say / 2026');
});

test('every screen passes the accessibility check', async ({ app, window, folder }) => {
  const check = async (screen: string): Promise<void> => {
    // The virtual grid is tested as a grid of its own; axe must not open a second page in Electron.
    const { violations } = await new AxeBuilder({ page: window }).setLegacyMode().analyze();
    expect(violations.map(({ id, nodes }) => `${screen}: ${id} ${nodes[0]?.html ?? ''}`)).toEqual([]);
  };
  await expect(window.getByTestId('start-demo')).toBeVisible();
  await check('start');
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await window.getByTestId('tile').first().click();
  await expect(window.getByTestId('map-canvas').first()).toBeVisible({ timeout: 60_000 });
  await check('gallery and inspector');
  for (const view of ['confusion', 'model', 'report']) {
    await window.getByTestId(`view-${view}`).click();
    await check(view);
  }
});

test('the keys are shown with ? and the window keeps to its smallest size', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, 60);
  await window.getByTestId('tile').first().click();
  await window.keyboard.press('?');
  await expect(window.getByTestId('keys')).toBeVisible();
  await window.keyboard.press('Escape');
  await expect(window.getByTestId('keys')).toHaveCount(0);
  const size = await app.evaluate(({ BrowserWindow }) => {
    const [main] = BrowserWindow.getAllWindows();
    main?.setSize(400, 300);
    return main?.getMinimumSize();
  });
  expect(size).toEqual([1000, 700]);
  const overflow = await window.evaluate(() => document.documentElement.scrollWidth - globalThis.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
