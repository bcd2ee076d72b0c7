/** Drives the real window through the demo and saves a picture of every screen into the folder given. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { _electron, type Page } from '@playwright/test';

import { projectRoot, runScript } from './command.ts';

/** Longest wait for the 10,000 predictions on a slow machine, in milliseconds. */
const patience = 600_000;

/** Takes the pictures, numbered in the order of the tour. */
class Tour {
  readonly #page: Page;
  readonly #folder: string;
  #number = 0;

  constructor(page: Page, folder: string) {
    this.#page = page;
    this.#folder = folder;
  }

  async picture(name: string): Promise<void> {
    this.#number++;
    const file = `${String(this.#number).padStart(2, '0')}-${name}.png`;
    await settled(this.#page);
    await this.#page.screenshot({ path: join(this.#folder, file) });
    console.log(`  ${file}`);
  }
}

/** Every picture in view has arrived. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

/** The compare view of the selected image, two of its maps side by side, and a contact sheet to be. */
async function compare(page: Page, tour: Tour): Promise<void> {
  await page.keyboard.press('c');
  const stop = page.getByTestId('compare-stop');
  await page.getByTestId('cell-rollout-0').getByTestId('sheet-map').waitFor({ timeout: patience });
  await stop.waitFor({ state: 'hidden', timeout: patience });
  await tour.picture('compare');
  await page.getByTestId('cell-tis-0').click();
  await page.getByTestId('cell-chefer2-0').click();
  await page.getByTestId('pair').waitFor();
  await tour.picture('compare-pair');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  for (let image = 0; image < 6; image += 1) {
    await page.keyboard.press('v');
    await page.keyboard.press('ArrowRight');
  }
  await page.getByTestId('contact-sheet').click();
  await page.getByTestId('contact').waitFor();
  await tour.picture('contact-sheet');
  await page.keyboard.press('Escape');
  await page.getByTestId('clear-picks').click();
}

async function walk(page: Page, tour: Tour): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.getByTestId('start-demo').waitFor();
  await tour.picture('start');
  await page.getByTestId('start-demo').click();
  await page.getByTestId('tile').first().waitFor({ timeout: 60_000 });
  await tour.picture('gallery-while-predicting');
  await page.getByTestId('facet-disagree').waitFor();
  const predicting = page.getByTestId('job-bar').filter({ hasText: 'Predicting' });
  await predicting.waitFor({ state: 'hidden', timeout: patience });
  await tour.picture('gallery');
  await page.getByTestId('facet-disagree').click();
  await tour.picture('gallery-disagreements');
  await page.getByTestId('tile').first().click();
  await page.getByTestId('sentence').waitFor({ timeout: 120_000 });
  await tour.picture('inspector');
  await page.keyboard.press('s');
  await tour.picture('inspector-signed');
  await page.keyboard.press('s');
  await page.getByTestId('toggle-full').click();
  await tour.picture('inspector-large');
  await page.getByTestId('toggle-full').click();
  await page.keyboard.press('?');
  await page.getByTestId('keys').waitFor();
  await tour.picture('keys');
  await page.keyboard.press('Escape');
  await compare(page, tour);
  for (const view of ['confusion', 'model', 'report']) {
    await page.getByTestId(`view-${view}`).click();
    // The model runs to prove its two halves; its figures come after that.
    if (view === 'model') await page.locator('[data-testid=model-figures][aria-busy=false]').waitFor();
    await tour.picture(view);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await tour.picture('report-light');
  await page.getByTestId('view-gallery').click();
  await tour.picture('gallery-light');
}

await runScript(async () => {
  const [folder] = process.argv.slice(2);
  const executablePath = process.env.HOGNOSE_ELECTRON;
  if (folder === undefined || executablePath === undefined) throw new Error('Usage: HOGNOSE_ELECTRON=... FOLDER');
  await mkdir(folder, { recursive: true });
  const profile = await mkdtemp(join(tmpdir(), 'hognose-tour-'));
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...root, '--disable-gpu', `--user-data-dir=${profile}`, projectRoot];
  const app = await _electron.launch({ executablePath, args });
  try {
    const page = await app.firstWindow();
    await walk(page, new Tour(page, folder));
  } finally {
    await app.close();
    await rm(profile, { recursive: true, force: true });
  }
  return 0;
});
