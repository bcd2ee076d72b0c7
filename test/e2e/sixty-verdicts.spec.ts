/** Sixty verdicts of every kind by keyboard alone, as fast as keys come: none is lost, none falls on a picture that was not shown when its key was pressed. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from '@playwright/test';
import Database from 'better-sqlite3';

import { type ImageRow, verdictKinds } from '../../src/shared/audit.js';
import { expect, test } from '../support/app.js';
import { DemoPictures } from '../support/demo-pictures.js';
import { predictionsDone, startAudit } from '../support/new-audit.js';

/** A verdict key as the page saw it, and the image that was on screen at that moment. */
interface Pressed {
  readonly key: string;
  readonly image: number;
}

/** A row of the journal. */
interface Journalled {
  readonly action: string;
  readonly file: string;
  readonly kind: string | null;
  readonly labels: readonly string[];
}

/** Notes every verdict key before the application hears of it; those that come while a field has the focus are text. */
async function watchKeys(window: Page): Promise<void> {
  await window.evaluate(() => {
    const pressed: Pressed[] = [];
    Object.assign(globalThis, { pressed });
    globalThis.addEventListener(
      'keydown',
      (event) => {
        if (!/^[1-7]$/.test(event.key) || event.repeat || event.target instanceof HTMLInputElement) return;
        const shown = document.querySelector('[data-testid=inspector]')?.getAttribute('data-image-id') ?? '0';
        const ringed = document.querySelector('[aria-selected=true]')?.getAttribute('data-image-id') ?? shown;
        if (ringed !== shown) throw new Error(`The gallery shows ${ringed}, the inspector ${shown}.`);
        pressed.push({ key: event.key, image: Number(shown) });
      },
      { capture: true },
    );
  });
}

function pressedKeys(window: Page): Promise<readonly Pressed[]> {
  return window.evaluate(() => (globalThis as unknown as { pressed: Pressed[] }).pressed);
}

async function filesOf(window: Page, ids: readonly number[]): Promise<readonly string[]> {
  const rows = await window.evaluate(async (wanted) => {
    const { call } = globalThis['hognose' as never] as {
      call: (name: string, input: unknown) => Promise<{ value: ImageRow[] }>;
    };
    return (await call('gallery.rows', { ids: wanted })).value;
  }, ids);
  const files = new Map(rows.map((row) => [Number(row.id), row.file]));
  return ids.map((id) => files.get(id) ?? '');
}

function readJournal(folder: string): readonly Journalled[] {
  const projects = join(folder, 'profile', 'projects');
  const [name = ''] = existsSync(projects) ? readdirSync(projects) : [];
  const file = new Database(join(projects, name, 'verdicts.sqlite'), { readonly: true });
  const rows = file
    .prepare<[], { action: string; file: string; verdict: string | null }>(
      'SELECT action, file, verdict FROM entries ORDER BY row',
    )
    .all();
  file.close();
  return rows.map(({ action, file: image, verdict }) => {
    const kept = verdict === null ? null : (JSON.parse(verdict) as { kind: string; correctedLabels: string[] });
    return { action, file: image, kind: kept?.kind ?? null, labels: kept?.correctedLabels ?? [] };
  });
}

test('sixty verdicts by keyboard: none is lost, none falls on another picture', async ({ app, window, folder }) => {
  const pictures = await DemoPictures.open();
  await pictures.write(join(folder, 'clothes'), 0, 500);
  await startAudit(app, window, join(folder, 'clothes'));
  await predictionsDone(window);
  await expect(window.getByTestId('count')).toHaveText('500 images');
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await window.keyboard.press(key);
  };
  await watchKeys(window);
  const start = Date.now();
  /** Places in the list of pressed keys whose verdict was given up. */
  const givenUp = new Set<number>();
  /** What the labels of a correction must be, by place in that list. */
  const typed = new Map<number, readonly string[]>();
  let place = 0;

  // The first verdict asks for the reviewer, and is about the picture of its key all the same.
  await press('Home', '2');
  await window.keyboard.type('Ada');
  await press('Enter');
  await expect(window.getByTestId('reviewer')).toHaveCount(0);
  place = 1;

  for (let round = 0; place < 62; round += 1) {
    // Plain verdicts, one upon the other.
    await press('2', '4', '5', '6', '7');
    place += 5;
    // The model's guess is right.
    await press('1', 'Enter');
    place += 1;
    // Another label, typed; a wish that is erased and given up.
    await press('1');
    await window.keyboard.type('Bag');
    await press('Backspace', 'Backspace', 'Backspace', 'Enter', 'Escape');
    givenUp.add(place);
    place += 1;
    const label = round % 2 === 0 ? 'Hat' : 'Glove';
    await press('1');
    await window.keyboard.type(label);
    await press('Enter');
    typed.set(place, [label]);
    place += 1;
    // Several labels, one more than proposed.
    await press('3');
    await window.keyboard.type('Scarf');
    await press('Enter', 'Enter');
    place += 1;
    // Back and forth, and going on at once.
    await press('z', 'z', 'Shift+Z', 'Shift+Z', '6');
    place += 1;
    // A held key is one verdict.
    for (let held = 0; held < 4; held += 1) await window.keyboard.down('7');
    await window.keyboard.up('7');
    place += 1;
    await press('ArrowRight', 'ArrowDown');
  }

  const pressed = await pressedKeys(window);
  expect(pressed).toHaveLength(place);
  const wanted = pressed.map((one, at) => ({ ...one, at })).filter(({ at }) => !givenUp.has(at));
  expect(wanted.length).toBeGreaterThanOrEqual(60);
  await expect.poll(() => readJournal(folder).filter(({ action }) => action === 'give').length).toBe(wanted.length);
  expect(Date.now() - start).toBeLessThan(60_000);

  const given = readJournal(folder).filter(({ action }) => action === 'give');
  const files = await filesOf(
    window,
    wanted.map(({ image }) => image),
  );
  expect(given.map(({ kind, file }) => `${kind ?? ''} ${file}`)).toEqual(
    wanted.map(({ key }, index) => `${verdictKinds[Number(key) - 1] ?? ''} ${files[index] ?? ''}`),
  );
  expect(new Set(given.map(({ kind }) => kind)).size).toBe(verdictKinds.length);
  for (const [index, { at, key }] of wanted.entries()) {
    const labels = given[index]?.labels ?? [];
    if (key === '1') expect(labels).toHaveLength(1);
    if (key === '3') expect(labels).toContain('Scarf');
    if (typed.has(at)) expect(labels).toEqual(typed.get(at));
  }
  // Undone and redone steps are in the journal, and what stands is what was given.
  const steps = readJournal(folder).filter(({ action }) => action === 'undo' || action === 'redo');
  expect(steps.length).toBeGreaterThan(16);
  const counts = await window.getByTestId('job-bar').textContent();
  expect(counts).toContain(`${String(new Set(files).size)} reviewed`);
});
