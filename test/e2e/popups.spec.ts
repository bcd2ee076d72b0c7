/** Menus, lists of names and panels in the smallest window: whole and on top wherever they open, under the page's policy, by key and by press. */

import AxeBuilder from '@axe-core/playwright';
import type { ElectronApplication, Locator, Page } from '@playwright/test';

import { expect, test } from '../support/app.js';
import { focusOf, Keyboard } from '../support/keyboard.js';
import { predictionsDone, startSmallAudit } from '../support/new-audit.js';

/** Whether an element lies in the window as a whole, with nothing over its corners. */
function wholeAndOnTop(element: Locator): Promise<boolean> {
  return element.evaluate((node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) return false;
    const [x, y] = [
      [left + 4, right - 4],
      [top + 4, bottom - 4],
    ] as const;
    return x.every((across) => y.every((down) => node.contains(document.elementFromPoint(across, down))));
  });
}

/** An audit at the smallest size of the window, with an image in the inspector; what the page complains of, its policy first, goes into `complaints`. */
async function smallest(
  app: ElectronApplication,
  window: Page,
  folder: string,
  complaints: string[] = [],
): Promise<Keyboard> {
  window.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await startSmallAudit(app, window, folder, 60);
  await predictionsDone(window);
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.setSize(1000, 700);
  });
  await window.getByTestId('tile').first().click();
  await expect(window.getByTestId('map-canvas').first()).toBeVisible({ timeout: 60_000 });
  return new Keyboard(window);
}

/** Opens every menu in view and closes it again; resolves to their names. */
async function openEach(window: Page, keys: Keyboard): Promise<string[]> {
  const names: string[] = [];
  for (const trigger of await window.locator('[aria-haspopup=menu]:visible:enabled').all()) {
    const name = (await trigger.getAttribute('aria-label')) ?? '';
    await trigger.focus();
    await keys.press('Enter');
    await expect.poll(() => wholeAndOnTop(window.getByRole('menu')), { message: name }).toBe(true);
    await keys.press('Escape');
    names.push(name);
  }
  return names;
}

async function accessible(window: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page: window }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${what}: ${id} ${nodes[0]?.html ?? ''}`)).toEqual([]);
}

test('menus, lists and panels lie whole in the smallest window, and nothing breaks the policy', async ({
  app,
  window,
  folder,
}) => {
  test.setTimeout(180_000);
  const complaints: string[] = [];
  const keys = await smallest(app, window, folder, complaints);
  const around = await openEach(window, keys);
  expect(around).toEqual(expect.arrayContaining(['Sort by', 'Project menu', 'Colour map', 'Classes shown']));
  await window.getByTestId('sort').click();
  await accessible(window, 'a menu of choices');
  await keys.press('Escape');
  await window.getByTestId('menu').click();
  await accessible(window, 'a menu of commands');
  await keys.press('Escape');

  await window.getByTestId('view-compare').click();
  await expect(window.getByTestId('sheet')).toBeVisible();
  expect((await openEach(window, keys)).length).toBeGreaterThan(4);
  await window.getByTestId('methods').click();
  const panel = window.getByRole('dialog', { name: 'Methods of the sheet' });
  await expect.poll(() => wholeAndOnTop(panel)).toBe(true);
  await accessible(window, 'a panel');
  await keys.press('Escape');

  await window.getByTestId('view-model').click();
  const last = window.getByRole('button', { name: /^Model class of/ }).last();
  await last.click();
  const list = window.getByRole('listbox');
  await expect.poll(() => wholeAndOnTop(list)).toBe(true);
  await accessible(window, 'a list of names');
  await keys.press('ArrowDown', 'ArrowUp', 'Escape');
  await expect(last).toBeFocused();
  expect(complaints).toEqual([]);
});

test('a menu is gone through by arrows, ends and first letters, and takes every key for itself', async ({
  app,
  window,
  folder,
}) => {
  const keys = await smallest(app, window, folder);
  const focused = (name: string | RegExp): Promise<void> =>
    expect(window.getByRole('menuitem', { name }).or(window.getByRole('menuitemradio', { name }))).toBeFocused();
  await window.getByTestId('menu').focus();
  await keys.press('ArrowDown');
  // The first command cannot be given: all images are predicted.
  await expect(window.getByRole('menuitem', { name: 'All images are predicted' })).toBeDisabled();
  await focused(/of the 50 most/);
  await keys.press('ArrowUp');
  await focused(/^All keys/);
  await keys.press('ArrowDown');
  await focused(/of the 50 most/);
  await keys.press('End');
  await focused(/^All keys/);
  await keys.press('Home');
  await focused(/of the 50 most/);
  await window.keyboard.type('re');
  await focused(/^Rename/);
  // Keys that would judge, open and leave stay in the menu.
  await keys.press('1', 'c', '/');
  await expect(window.getByRole('menu')).toBeVisible();
  await expect(window.getByTestId('correction')).toHaveCount(0);
  await expect(window.getByTestId('sheet')).toHaveCount(0);
  await keys.press('Tab');
  await keys.on('menu');
  await expect(window.getByRole('menu')).toHaveCount(0);

  await window.getByTestId('sort').focus();
  await keys.press('Space');
  const chosen = window.getByRole('menuitemradio', { checked: true });
  await expect(chosen).toHaveCount(1);
  await expect(chosen).toBeFocused();
  const name = await chosen.innerText();
  await keys.press('End');
  await expect(chosen).not.toBeFocused();
  await window.keyboard.type(name.slice(0, 4));
  await expect(chosen).toBeFocused();
  await keys.press('ArrowDown', 'Space');
  await keys.on('sort');
  await expect(window.getByTestId('sort')).not.toHaveText(name);
});

test('a press elsewhere closes what is open and does what it does there', async ({ app, window, folder }) => {
  const keys = await smallest(app, window, folder);
  const menus = window.getByRole('menu');
  await window.getByTestId('menu').click();
  await window.getByTestId('search').click();
  await expect(menus).toHaveCount(0);
  await keys.on('search');
  await window.getByTestId('menu').click();
  await window.getByTestId('sort').click();
  await expect(menus).toHaveCount(1);
  await expect(menus).toHaveAccessibleName('Sort by');
  await window.getByTestId('sort').click();
  await expect(menus).toHaveCount(0);
  await keys.on('sort');

  await window.getByTestId('view-compare').click();
  const panel = window.getByRole('dialog', { name: 'Methods of the sheet' });
  await window.getByTestId('methods').click();
  await expect(panel).toBeVisible();
  await window.getByTestId('search').click();
  await expect(panel).toHaveCount(0);
  await keys.on('search');
  await window.getByTestId('methods').click();
  await panel.getByRole('button', { name: 'Done' }).focus();
  await keys.press('Tab');
  await expect(panel).toHaveCount(0);
  await keys.on('add-class');
  await window.getByTestId('methods').click();
  await window.getByTestId('methods').click();
  await expect(panel).toHaveCount(0);
  await expect.poll(() => focusOf(window)).toContain('methods');
});
