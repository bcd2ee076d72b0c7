/** Every screen by keyboard alone: the focus is never lost, Enter does the next thing, Esc closes what lies on top and gives the focus back. */

import { join } from 'node:path';

import { answerDialogs, expect, test } from '../support/app.js';
import { demoModel, predictionsDone } from '../support/new-audit.js';
import { focusOf, Keyboard } from '../support/keyboard.js';
import { writeSmallDataset } from '../support/small-dataset.js';

test('every screen is walked through by keyboard, and the focus is never lost', async ({ app, window, folder }) => {
  test.setTimeout(240_000);
  const keys = new Keyboard(window);
  await writeSmallDataset(join(folder, 'clothes'), 120);
  await answerDialogs(app, [join(folder, 'clothes'), demoModel]);

  await test.step('the start screen', async () => {
    await keys.on('start-demo');
    await keys.press('?', 'Tab', 'Escape');
    await keys.on('start-demo');
    await keys.tabTo('new-audit');
    await keys.press('Control+,', 'Tab', 'Escape');
    await keys.on('new-audit');
    await keys.press('Enter');
    await expect(window.getByTestId('assistant')).toBeVisible();
  });

  await test.step('the steps of a new audit', async () => {
    await keys.tabTo('pick-dataset-folder');
    await keys.press('Enter');
    await expect(window.getByTestId('new-audit-dataset')).toBeVisible();
    const more = window.getByTestId('new-audit-labels').getByRole('button');
    await more.focus();
    await keys.press('Enter');
    await expect(window.getByPlaceholder('Find among 10 labels')).toBeFocused();
    await window.keyboard.type('7');
    await keys.press('Tab', 'Escape');
    await expect(more).toBeFocused();
    await keys.tabTo('pick-model-folder');
    await keys.press('Enter');
    await expect(window.getByTestId('mapping-counts')).toBeVisible({ timeout: 60_000 });
    expect(await focusOf(window)).not.toBe('nothing');
    const choice = window.getByRole('button', { name: /^Model class of 8/ });
    await choice.focus();
    for (const way of [['Escape'], ['ArrowDown', 'Escape'], ['Enter']]) {
      await keys.press('Enter');
      await expect(window.getByRole('combobox', { name: 'Model class of 8' })).toBeFocused();
      await keys.press(...way);
      await expect(choice).toBeFocused();
    }
    await keys.tabTo('new-audit-name');
    await keys.press('Enter');
    await keys.tabTo('new-audit-start');
    await keys.press('Enter');
    await expect(window.getByTestId('project-name')).toBeVisible({ timeout: 60_000 });
    await predictionsDone(window);
    await keys.on('gallery');
  });

  await test.step('the gallery, its filters, search, sort and menus', async () => {
    await keys.press('ArrowRight', 'End', 'Home', 'PageDown', 'ArrowUp');
    await keys.press('f');
    await keys.on('gallery');
    await keys.press('f', 'Tab');
    await keys.within('filters');
    await keys.press('Enter', 'Escape');
    await keys.on('gallery');
    await keys.press('x', '/');
    await keys.on('search');
    await window.keyboard.type('coat');
    await keys.press('Enter');
    await keys.on('gallery');
    await keys.press('/', 'Escape', 'Escape');
    await keys.on('gallery');
    await expect(window.getByTestId('count')).toHaveText('120 images');
    expect(await keys.walkPopups()).toBeGreaterThan(2);
    await window.getByTestId('sort').focus();
    await keys.press('ArrowDown', 'ArrowDown', 'Enter');
    await keys.on('sort');
    await window.getByTestId('clear-filters').waitFor({ state: 'detached' });
    await keys.press('Escape');
    await keys.on('gallery');
    await keys.press('i', 'i');
  });

  await test.step('the first verdict, notes and corrections', async () => {
    await keys.press('Home', '2');
    await keys.on('reviewer');
    await keys.press('Escape');
    await keys.on('gallery');
    await keys.press('2');
    await window.keyboard.type('Ada');
    await keys.press('Enter');
    await expect(window.getByTestId('facet-right-label')).toContainText('1');
    await keys.on('gallery');
    await keys.press('n');
    await keys.on('note');
    await window.keyboard.type('both');
    await keys.press('Escape');
    await keys.on('gallery');
    await keys.press('n', 'Enter');
    await keys.on('gallery');

    await keys.press('1');
    await keys.on('correction-field');
    await keys.press('x', 'Backspace', 'Enter');
    await expect(window.getByTestId('correction-trouble')).toHaveText(
      'Name the right label, or Esc to give no verdict.',
    );
    await keys.on('correction-field');
    await keys.press('Enter', 'Escape');
    await keys.on('gallery');
    await keys.press('1', 'Tab', 'Enter');
    await expect(window.getByTestId('correction')).toHaveCount(0);
    await keys.on('gallery');
    await keys.press('3', 'Shift+Tab', 'Enter');
    await keys.on('correction-field');
    await keys.press('Enter');
    await expect(window.getByTestId('correction-trouble')).toContainText('another label besides');
    await keys.press('Escape', '3', 'Enter');
    await keys.on('gallery');
    await expect(window.getByTestId('facet-several-labels')).toContainText('1');
    await keys.press('z', 'z', 'Shift+Z', '0');
    await keys.on('gallery');
    // The last undo takes its own button away.
    await window.getByTestId('undo').focus();
    await keys.press('Enter', 'Enter', 'Enter', 'Enter');
    await keys.press('Escape');
    await keys.on('gallery');
  });

  await test.step('picked images and the contact sheet', async () => {
    await keys.press('Home', 'v', 'ArrowRight', 'v');
    await keys.tabTo('contact-sheet');
    await keys.press('Enter');
    await expect(window.getByTestId('contact')).toBeVisible();
    const away = window.getByTestId('contact').getByRole('button', { name: /^Take .* away$/ });
    await away.first().focus();
    await keys.press('Enter');
    await keys.press('Escape');
    await keys.on('contact-sheet');
    await keys.press('1');
    await keys.on('correction-field');
    await keys.press('Escape', 'Escape');
    await expect(window.getByTestId('picks')).toHaveCount(0);
    await keys.on('gallery');
  });

  await test.step('the inspector in full width', async () => {
    await keys.press('Enter');
    await keys.within('inspector');
    await keys.press('ArrowRight', 'ArrowLeft', 'm', 'm', '1');
    await keys.on('correction-field');
    await keys.press('Escape');
    await keys.within('inspector');
    expect(await keys.walkPopups()).toBeGreaterThan(0);
    await keys.press('Escape');
    await keys.on('gallery');
    await keys.press('Space', 'Space');
    await keys.on('gallery');
  });

  await test.step('confusion', async () => {
    await keys.tabTo('view-confusion', 'Shift+Tab');
    await keys.press('Enter');
    await keys.tabTo('confusion-matrix');
    await keys.press('ArrowDown', 'ArrowRight', 'Enter');
    await keys.on('gallery');
    await keys.press('x');
    await keys.tabTo('view-confusion', 'Shift+Tab');
    await keys.press('Enter', '2', 'Escape');
    await keys.on('gallery');
  });

  await test.step('compare', async () => {
    await keys.press('c');
    await keys.within('compare');
    await expect(window.getByTestId('sheet')).toBeVisible();
    await keys.press('ArrowRight', 'ArrowLeft');
    expect(await keys.walkPopups()).toBeGreaterThan(1);
    await keys.press('Escape');
    await keys.on('gallery');
  });

  await test.step('the model page and the report', async () => {
    await keys.tabTo('view-model', 'Shift+Tab');
    await keys.press('Enter', 'Tab');
    await keys.walkPopups();
    await keys.press('Escape');
    await keys.on('gallery');
    await keys.tabTo('view-report', 'Shift+Tab');
    await keys.press('Enter');
    await keys.tabTo('report-name');
    await keys.walkPopups();
    await keys.press('Escape');
    await keys.on('gallery');
  });

  await test.step('dialogs: keys, settings, another name', async () => {
    await keys.press('?', 'Tab', 'Escape');
    await keys.on('gallery');
    await keys.press('Control+,');
    await window.getByTestId('key-compare').focus();
    await keys.press('Enter', 'Escape');
    await keys.on('key-compare');
    await keys.press('Enter', '1');
    await expect(window.getByTestId('key-contested')).toContainText('is the key of “Wrong label”');
    await keys.on('key-swap');
    await keys.press('Escape');
    await keys.on('key-compare');
    await keys.press('Enter', '1', 'Enter');
    await expect(window.getByTestId('key-compare')).toHaveText('1');
    await expect(window.getByTestId('key-verdict-1')).toHaveText('C');
    await keys.on('key-compare');
    await keys.press('Enter', 'c', 'Enter');
    await expect(window.getByTestId('key-verdict-1')).toHaveText('1');
    await keys.press('Escape');
    await keys.on('gallery');
    await window.getByTestId('menu').focus();
    await keys.press('Enter');
    const rename = window.getByRole('menuitem', { name: 'Rename project …' });
    while (!(await rename.evaluate((item) => item === document.activeElement))) await keys.press('ArrowDown');
    await keys.press('Enter');
    await keys.on('project-new-name');
    await keys.press('Escape');
    await keys.on('menu');
    await keys.press('Enter');
    const close = window.getByRole('menuitem', { name: 'Close project' });
    while (!(await close.evaluate((item) => item === document.activeElement))) await keys.press('ArrowDown');
    await keys.press('Enter');
    await expect(window.getByTestId('start-demo')).toBeVisible();
    await expect.poll(() => focusOf(window)).not.toBe('nothing');
  });
  expect(keys.presses).toBeGreaterThan(200);
});
