/** An audit of a million images in the real window: how long each thing takes that a person does, how long any thread stands still, and how much memory it takes. Prints JSON. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ElectronApplication, Page } from '@playwright/test';

import { answerDialogs, launchApp, expect, test } from '../support/app.js';

/** Made by `npm run bench -- --million` before. */
const made = process.env.HOGNOSE_LARGE_PROJECT ?? '';
const out = process.env.HOGNOSE_LARGE_FIGURES ?? '';

/** Milliseconds. */
type Figures = Record<string, number>;

/** Watches the page from within: what happens between a press and the frame that shows its effect. */
async function watch(window: Page): Promise<void> {
  await window.evaluate(() => {
    const seen = { pressed: NaN, longest: 0, last: performance.now() };
    Object.assign(globalThis, { seen });
    for (const kind of ['keydown', 'click', 'input']) {
      addEventListener(kind, () => (seen.pressed = performance.now()), { capture: true });
    }
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
    }).observe({ entryTypes: ['longtask'] });
  });
}

/** What of the gallery tells that another list or image is shown. */
function shownNow(window: Page): Promise<string> {
  return window.evaluate(() => {
    const tiles = [...document.querySelectorAll('[data-testid=tile]')];
    const count = document.querySelector('[data-testid=count]')?.textContent ?? '';
    return `${count}|${tiles.map((tile) => tile.getAttribute('data-image-id')).join()}`;
  });
}

/** Milliseconds from the latest press to the first frame with another list, every tile in view with its words. */
function untilAnother(window: Page, before: string): Promise<number> {
  return window.evaluate(
    (was) =>
      new Promise<number>((resolve, reject) => {
        const { seen } = globalThis as unknown as { seen: { pressed: number } };
        const end = performance.now() + 20_000;
        const look = (): void => {
          const tiles = [...document.querySelectorAll('[data-testid=tile]')];
          const count = document.querySelector('[data-testid=count]')?.textContent ?? '';
          const now = `${count}|${tiles.map((tile) => tile.getAttribute('data-image-id')).join()}`;
          const busy = document.querySelector('[data-testid=gallery]')?.getAttribute('aria-busy') === 'true';
          const bare = tiles.some((tile) => tile.getAttribute('aria-label') === 'Loading');
          if (now !== was && !busy && !bare && !count.includes('Loading')) resolve(performance.now() - seen.pressed);
          else if (performance.now() > end) reject(new Error('The list stayed as it was.'));
          else requestAnimationFrame(look);
        };
        look();
      }),
    before,
  );
}

/** Milliseconds from the latest press to the first frame in which another image is selected, or this one. */
function untilSelected(
  window: Page,
  other: { readonly than: string | null } | { readonly is: string },
): Promise<number> {
  return window.evaluate(
    (wanted) =>
      new Promise<number>((resolve, reject) => {
        const { seen } = globalThis as unknown as { seen: { pressed: number } };
        const end = performance.now() + 20_000;
        const look = (): void => {
          const tile = document.querySelector('[data-testid=tile][aria-selected=true]');
          const id = tile?.getAttribute('data-image-id') ?? null;
          const isThere = id !== null && ('is' in wanted ? id === wanted.is : id !== wanted.than);
          if (isThere) resolve(performance.now() - seen.pressed);
          else if (performance.now() > end) reject(new Error('The selection stayed as it was.'));
          else requestAnimationFrame(look);
        };
        look();
      }),
    other,
  );
}

function selected(window: Page): Promise<string | null> {
  return window.evaluate(
    () => document.querySelector('[data-testid=tile][aria-selected=true]')?.getAttribute('data-image-id') ?? null,
  );
}

/** Milliseconds from now to the first frame in which every tile in view has its picture. */
function untilPictures(window: Page): Promise<number> {
  return window.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const { seen } = globalThis as unknown as { seen: { pressed: number } };
        const end = performance.now() + 60_000;
        const look = (): void => {
          const images = [...document.querySelectorAll<HTMLImageElement>('[data-testid=tile] img')];
          if (images.length > 8 && images.every((image) => image.complete && image.naturalWidth > 0)) {
            resolve(performance.now() - seen.pressed);
          } else if (performance.now() > end) reject(new Error('Pictures did not come.'));
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

async function watchMain(app: ElectronApplication): Promise<void> {
  await app.evaluate(() => {
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    Object.assign(globalThis, { delay });
  });
}

/** The longest that main and the page stood still since they were last asked, in milliseconds. */
async function longestBlocks(app: ElectronApplication, window: Page): Promise<{ main: number; renderer: number }> {
  const main = await app.evaluate(() => {
    const { delay } = globalThis as unknown as { delay: { readonly max: number; reset(): void } };
    const longest = delay.max / 1e6;
    delay.reset();
    return longest;
  });
  const renderer = await window.evaluate(() => {
    const { seen } = globalThis as unknown as { seen: { longest: number } };
    const { longest } = seen;
    seen.longest = 0;
    return longest;
  });
  return { main, renderer };
}

/** Working sets of main, the data process and the page, in MB. */
async function memory(app: ElectronApplication): Promise<Figures> {
  const processes = await app.evaluate(({ app: application }) =>
    application
      .getAppMetrics()
      .map(({ type, name, memory: { workingSetSize } }) => ({ name: name ?? type, size: workingSetSize })),
  );
  const of = (wanted: RegExp): number =>
    Math.round(processes.filter(({ name }) => wanted.test(name)).reduce((sum, { size }) => sum + size, 0) / 1024);
  const [main, data, renderer] = [of(/^Browser$/), of(/Hognose data/), of(/^Tab$/)];
  return { main, data, renderer, together: main + data + renderer };
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
};

test('a million images', async ({ folder }) => {
  test.setTimeout(1_200_000);
  const project = join(folder, 'large.hognose');
  await cp(made, project, { recursive: true });
  // What the disk has to write is not to be waited for later.
  spawnSync('sync');
  const profile = join(folder, 'profile');
  await mkdir(profile);
  await writeFile(join(profile, 'settings.json'), JSON.stringify({ reviewer: 'Ana' }));
  const first = await launchApp(profile, [project]);
  await expect((await first.firstWindow()).getByTestId('count')).toContainText('images', { timeout: 60_000 });
  await first.close();

  const app = await launchApp(profile);
  const window = await app.firstWindow();
  await window.waitForLoadState('domcontentloaded');
  await watch(window);
  await watchMain(app);
  const figures: Figures = new Proxy<Figures>(
    {},
    {
      set: (all, name, value: number) => {
        process.stdout.write(`${String(name)} ${String(Math.round(value))}\n`);
        return Reflect.set(all, name, value);
      },
    },
  );
  const blocks: Record<string, { main: number; renderer: number }> = {};
  const note = async (name: string): Promise<void> => {
    blocks[name] = await longestBlocks(app, window);
  };

  const recent = window.getByTestId('recent-project').first();
  await expect(recent).toBeVisible();
  await window.waitForTimeout(2000);
  await note('start');
  await recent.click();
  figures.firstTiles = await untilPictures(window);
  await note('open');
  await window.waitForTimeout(3000);
  await note('after opening');

  const sort = async (name: string): Promise<number> => {
    const before = await shownNow(window);
    await window.getByTestId('sort').click();
    await window.getByRole('menuitemradio', { name, exact: true }).click();
    return untilAnother(window, before);
  };
  for (const name of ['Margin', 'File name', 'Loss', 'Label', 'Top probability', 'Most suspicious']) {
    figures[`sort: ${name}`] = await sort(name);
  }
  await note('sort');

  const press = async (name: string, locator: ReturnType<Page['getByTestId']>): Promise<void> => {
    const before = await shownNow(window);
    await locator.click();
    figures[name] = await untilAnother(window, before);
  };
  await press('filter: disagree', window.getByTestId('facet-disagree'));
  await press('filter: disagree, away', window.getByTestId('facet-disagree'));
  await press('filter: a label', window.getByTestId('facet-1').first());
  await press('filter: cleared', window.getByTestId('clear-filters'));
  await note('filter');

  const search = window.getByTestId('search');
  await search.click();
  const letters: number[] = [];
  for (const letter of 'train/img_00123') {
    const before = await shownNow(window);
    await search.press(letter === '/' ? 'Slash' : letter);
    const after = await Promise.race([untilAnother(window, before), window.waitForTimeout(1500).then(() => NaN)]);
    if (!Number.isNaN(after)) letters.push(after);
  }
  figures['letter, median'] = median(letters);
  figures['letter, longest'] = Math.max(...letters);
  await note('search');
  await press('search cleared', window.getByTestId('clear-filters'));

  await window.getByTestId('tile').first().click();
  const verdicts: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    const before = await selected(window);
    await window.keyboard.press(count % 2 === 0 ? '2' : '6');
    verdicts.push(await untilSelected(window, { than: before }));
  }
  figures['verdict, median'] = median(verdicts);
  figures['verdict, longest'] = Math.max(...verdicts);
  await window.waitForTimeout(1500);
  await note('verdict');
  const undos: number[] = [];
  for (let count = 0; count < 10; count += 1) {
    const before = await selected(window);
    await window.keyboard.press('z');
    undos.push(await untilSelected(window, { than: before }));
  }
  figures['undo, median'] = median(undos);
  figures['undo, longest'] = Math.max(...undos);
  await note('undo');

  await window.getByTestId('view-confusion').click();
  figures.confusion = await window.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const { seen } = globalThis as unknown as { seen: { pressed: number } };
        const look = (): void => {
          if (document.querySelector('[data-testid=confusion-matrix]') !== null)
            resolve(performance.now() - seen.pressed);
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
  await note('confusion');
  await window.getByTestId('view-gallery').click();
  const scroller = window.getByTestId('gallery');
  for (let step = 1; step <= 30; step += 1) {
    await scroller.evaluate(
      (element, part) => {
        element.scrollTop = element.scrollHeight * part;
      },
      ((step * 7919) % 1000) / 1000,
    );
    await window.waitForTimeout(60);
  }
  await note('scroll');
  figures['bytes of audit.sqlite'] = (await stat(join(project, 'audit.sqlite'))).size;
  const idle = await memory(app);

  const goOn = window.getByTestId('go-on-predicting');
  if (await goOn.isVisible()) {
    await goOn.click();
    await window.waitForTimeout(3000);
    const during: number[] = [];
    await window.getByTestId('tile').first().click();
    await note('before predicting');
    for (let count = 0; count < 20; count += 1) {
      const before = await selected(window);
      await window.keyboard.press('2');
      during.push(await untilSelected(window, { than: before }));
      await window.waitForTimeout(200);
    }
    figures['verdict while predicting, median'] = median(during);
    figures['verdict while predicting, longest'] = Math.max(...during);
    figures['sort while predicting'] = await sort('Margin');
    await note('predicting');
  }
  const { modelPath } = JSON.parse(await readFile(join(made, 'project.json'), 'utf8')) as { modelPath: string };
  // Of a model that is made up there are no maps, and no report.
  if (existsSync(modelPath)) {
    await window.getByTestId('view-report').click();
    await window.getByTestId('report-explain').fill('20');
    await window.getByTestId('report-explain').blur();
    await note('before the report');
    const begun = performance.now();
    await answerDialogs(app, [folder]);
    await window.getByTestId('report-create').click();
    await expect(window.getByText('The report is written.')).toBeVisible({ timeout: 300_000 });
    figures.report = performance.now() - begun;
    await note('report');
  }
  const told = { figures, blocks, memory: idle, memoryAtEnd: await memory(app) };
  process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
  if (out !== '') await writeFile(out, JSON.stringify(told));
  await app.close();
  await rm(project, { recursive: true, force: true });
});
