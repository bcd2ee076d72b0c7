/** One image by many methods in the window: maps arrive, two are compared, sheets are written, the choice is remembered. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { answerSaves, expect, test } from '../support/app.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';

async function expectAccessible(window: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page: window }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ''}`)).toEqual([]);
}

/** Opens the compare view on the most suspicious image and chooses quick methods. */
async function openCompare(window: Page, methods: readonly string[]): Promise<void> {
  await window.getByTestId('tile').first().click();
  await window.keyboard.press('c');
  await expect(window.getByTestId('compare')).toBeVisible();
  await window.getByTestId('methods').click();
  for (const method of ['tis', 'vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout', 'tam', 'integrated-gradients']) {
    const box = window.getByTestId(`method-${method}`);
    if ((await box.isChecked()) !== methods.includes(method)) await box.click();
  }
  await window.keyboard.press('Escape');
}

test('an image is explained by several methods, two maps are compared, the sheet is written', async ({
  app,
  window,
  folder,
}) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await openCompare(window, ['chefer2', 'rollout', 'tam', 'integrated-gradients']);
  for (const method of ['chefer2', 'rollout', 'tam', 'integrated-gradients']) {
    await expect(window.getByTestId(`cell-${method}-0`).getByTestId('sheet-map')).toBeVisible({ timeout: 60_000 });
  }
  await expect(window.getByTestId('head-chefer2')).toContainText(/\d forward, \d backward/);
  await expectAccessible(window);

  await window.getByTestId('cell-chefer2-0').click();
  await window.getByTestId('cell-tam-0').click();
  const pair = window.getByTestId('pair');
  await expect(pair).toContainText('Rank correlation');
  await expect(pair).toContainText(/[−-]?0[.]\d\d/);
  await expectAccessible(window);

  const files = ['maps.svg', 'maps.png', 'maps.pdf'].map((name) => join(folder, name));
  await answerSaves(app, files);
  for (const [at, format] of ['svg', 'png', 'pdf'].entries()) {
    await window.getByTestId('export-sheet').click();
    await window.getByRole('menuitem', { name: new RegExp(format, 'i') }).click();
    await expect
      .poll(async () => (await readFile(files[at] ?? '').catch(() => Buffer.alloc(0))).length, { timeout: 60_000 })
      .toBeGreaterThan(1000);
  }
  const [svg = '', png = '', pdf = ''] = files;
  expect(await readFile(svg, 'utf8')).toMatch(/^<\?xml|^<svg/);
  expect((await readFile(png)).subarray(1, 4).toString()).toBe('PNG');
  expect((await readFile(pdf)).subarray(0, 4).toString()).toBe('%PDF');
});

test('maps are there at once the second time, and the methods are remembered for the next image', async ({
  app,
  window,
  folder,
}) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await openCompare(window, ['chefer2', 'rollout']);
  const map = window.getByTestId('cell-chefer2-0').getByTestId('sheet-map');
  await expect(map).toBeVisible({ timeout: 60_000 });
  const first = await window.getByTestId('compare').getAttribute('data-image-id');
  await window.keyboard.press('ArrowRight');
  await expect(window.getByTestId('compare')).not.toHaveAttribute('data-image-id', first ?? '');
  await expect(map).toBeVisible({ timeout: 60_000 });
  await expect(window.getByTestId('cell-tam-0')).toHaveCount(0);
  await window.keyboard.press('ArrowLeft');
  await expect(window.getByTestId('compare')).toHaveAttribute('data-image-id', first ?? '');
  await expect(map).toBeVisible({ timeout: 2000 });
  await window.keyboard.press('Escape');
  await expect(window.getByTestId('compare')).toHaveCount(0);
});

test('the contrast of each class stands beside TIS, out of the same masks, and goes onto the sheet', async ({
  app,
  window,
  folder,
}) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await openCompare(window, []);
  for (const [row, told] of [
    ['tis-contrast', '0 of 12 and TIS contrast'],
    ['tis', '1 of 12 and TIS contrast'],
  ] as const) {
    await window.getByTestId('methods').click();
    await window.getByTestId(`method-${row}`).click();
    await expect(window.getByText(told)).toBeVisible();
    await window.keyboard.press('Escape');
    await expect(window.getByTestId(`cell-${row}-1`).getByTestId('sheet-map')).toBeVisible({ timeout: 60_000 });
  }
  await expect(window.getByTestId('head-tis-contrast')).toContainText('in nats');
  // TIS found its maps made with the contrast.
  await expect(window.getByTestId('head-tis')).toContainText('cached');
  const rivals = window.getByTestId('map-note');
  await expect(rivals.first()).toContainText('rather than');
  // The label rather than the prediction, and the prediction rather than the label.
  expect(await rivals.nth(0).textContent()).not.toBe(await rivals.nth(1).textContent());
  await expectAccessible(window);

  await window.getByTestId('cell-tis-contrast-0').click();
  await window.getByTestId('cell-tis-contrast-1').click();
  await expect(window.getByTestId('pair')).toContainText('\u22121.00');
  await expect(window.getByTestId('pair')).toContainText('about zero');
  await window.getByTestId('pair-close').click();

  const file = join(folder, 'contrast.svg');
  await answerSaves(app, [file]);
  await window.getByTestId('export-sheet').click();
  await window.getByRole('menuitem', { name: /svg/i }).click();
  await expect.poll(() => readFile(file, 'utf8').catch(() => ''), { timeout: 60_000 }).toContain('</svg>');
  const svg = await readFile(file, 'utf8');
  for (const text of ['TIS contrast', 'rather than', 'from the masks of TIS', 'for the class'])
    expect(svg).toContain(text);
});

test('images picked in the gallery become a contact sheet', async ({ app, window, folder }) => {
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  const tiles = window.getByTestId('tile');
  await tiles.nth(0).click();
  await window.keyboard.press('v');
  await tiles.nth(2).click({ modifiers: ['ControlOrMeta'] });
  await expect(window.getByTestId('picks')).toContainText('2 picked');
  await window.getByTestId('contact-sheet').click();
  await expect(window.getByTestId('contact-estimate')).toContainText('maps');
  for (const method of ['vit-cx', 'chefer1', 'bt-h', 'tis-contrast']) {
    await window.getByTestId(`method-${method}`).click();
  }
  await expect(window.getByTestId('contact-estimate')).toContainText('rather than the runner-up');
  await expectAccessible(window);
  const file = join(folder, 'contact.pdf');
  await answerSaves(app, [file]);
  await window.getByTestId('contact-create').click();
  await expect
    .poll(async () => (await readFile(file).catch(() => Buffer.alloc(0))).subarray(0, 4).toString(), {
      timeout: 60_000,
    })
    .toBe('%PDF');
  await expect(window.getByTestId('contact')).toHaveCount(0);
});
