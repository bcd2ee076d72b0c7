/** Playwright fixtures: the built application in a real Electron, with a profile of its own and dialogs that answer by themselves. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { _electron, test as base, type ElectronApplication, errors, type Page } from '@playwright/test';

export const projectRoot = resolve(import.meta.dirname, '../..');

/** Switches for Chromium on test machines: root has no sandbox of its own, virtual screens no GPU. */
export function chromiumSwitches(): string[] {
  return [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'];
}

/** The Electron that the test script found. */
export function electronPath(): string {
  const path = process.env.HOGNOSE_ELECTRON;
  if (path === undefined) throw new Error('HOGNOSE_ELECTRON names no Electron; run the tests with npm run e2e');
  return path;
}

/** How often a start is tried, and how long each may take, in milliseconds. */
const starts = 3;
const startTime = 25_000;

/**
 * Starts the built application. On a loaded machine Electron is now and then not reached by the debugger that drives it
 * (once in some two hundred starts); such a start is given up and made again.
 */
export async function launchApp(profile: string, args: readonly string[] = []): Promise<ElectronApplication> {
  for (let start = 1; ; start += 1) {
    try {
      const app = await _electron.launch({
        executablePath: electronPath(),
        args: [...chromiumSwitches(), `--user-data-dir=${profile}`, projectRoot, ...args],
        timeout: startTime,
      });
      return askingTwice(app);
    } catch (error) {
      if (!(error instanceof errors.TimeoutError) || start === starts) throw error;
    }
  }
}

/**
 * Now and then the debugger loses the answer of the application's main process to Electron's garbage collector: what was asked is then
 * asked once more, so it may be done twice.
 */
function askingTwice(app: ElectronApplication): ElectronApplication {
  const once = app.evaluate.bind(app) as (...asked: readonly unknown[]) => Promise<unknown>;
  const twice = async (...asked: readonly unknown[]): Promise<unknown> => {
    try {
      return await once(...asked);
    } catch (error) {
      if (!(error instanceof Error) || !/garbage collected|was collected/.test(error.message)) throw error;
      return once(...asked);
    }
  };
  return Object.assign(app, { evaluate: twice as ElectronApplication['evaluate'] });
}

/** Makes the system's open dialog answer with these paths, call after call; then with 'cancelled'. */
export async function answerDialogs(app: ElectronApplication, answers: readonly string[]): Promise<void> {
  await app.evaluate(({ dialog }, paths) => {
    const left = [...paths];
    dialog.showOpenDialog = () => {
      const path = left.shift();
      return Promise.resolve({ canceled: path === undefined, filePaths: path === undefined ? [] : [path] });
    };
  }, answers);
}

/** Makes the system's save dialog answer likewise. */
export async function answerSaves(app: ElectronApplication, answers: readonly string[]): Promise<void> {
  await app.evaluate(({ dialog }, paths) => {
    const left = [...paths];
    dialog.showSaveDialog = () => {
      const filePath = left.shift();
      return Promise.resolve({ canceled: filePath === undefined, filePath: filePath ?? '' });
    };
  }, answers);
}

interface Fixtures {
  /** A folder of the test's own, removed afterwards. */
  readonly folder: string;
  /** The application on its start screen. */
  readonly app: ElectronApplication;
  /** Its window. */
  readonly window: Page;
}

export const test = base.extend<Fixtures>({
  // Playwright reads the names of the fixtures from the pattern, so it must be there even when it is empty.
  folder: async ({ browserName: _ }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'hognose-e2e-'));
    await use(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },
  app: async ({ folder }, use) => {
    const app = await launchApp(join(folder, 'profile'));
    await use(app);
    await app.close();
  },
  window: async ({ app }, use) => {
    const window = await app.firstWindow();
    await window.waitForLoadState('domcontentloaded');
    await use(window);
  },
});

export { expect } from '@playwright/test';
