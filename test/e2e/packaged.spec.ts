/** The packaged application: the unpacked folder that electron-builder made is started and driven, with its fuses set. */

import { spawn, type ChildProcess } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { type Browser, chromium } from '@playwright/test';

import { adaptPackagedApp } from '../../scripts/electron-runtime/packaged.js';
import { chromiumSwitches, expect, projectRoot, test } from '../support/app.js';

const unpacked = join(projectRoot, 'dist/linux-unpacked');

/** Starts the program and attaches to its window by its developer tools: the fuses forbid Playwright's usual way in. */
async function connect(executable: string, profile: string): Promise<{ child: ChildProcess; browser: Browser }> {
  const args = [...chromiumSwitches(), `--user-data-dir=${profile}`, '--remote-debugging-port=0'];
  const child = spawn(executable, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const address = await new Promise<string>((found, fail) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const match = /DevTools listening on ws:\/\/([^/]+)\//.exec(said);
      if (match?.[1] !== undefined) found(`http://${match[1]}`);
    });
    child.once('exit', (code) => {
      fail(new Error(`The application ended with code ${code ?? 'none'}:\n${said}`));
    });
  });
  // Attaching to a window that is just being made would leave it waiting for a debugger.
  await expect
    .poll(async () =>
      ((await (await fetch(`${address}/json/list`)).json()) as { title: string }[]).map(({ title }) => title),
    )
    .toContain('Hognose');
  return { child, browser: await chromium.connectOverCDP(address) };
}

test('the fuses are set as for release', async () => {
  const fuses = await getCurrentFuseWire(join(unpacked, 'hognose'));
  const state = (fuse: FuseV1Options): FuseState | undefined => fuses[fuse];
  expect(state(FuseV1Options.RunAsNode)).toBe(FuseState.DISABLE);
  expect(state(FuseV1Options.EnableNodeOptionsEnvironmentVariable)).toBe(FuseState.DISABLE);
  expect(state(FuseV1Options.EnableNodeCliInspectArguments)).toBe(FuseState.DISABLE);
  expect(state(FuseV1Options.EnableCookieEncryption)).toBe(FuseState.ENABLE);
  expect(state(FuseV1Options.EnableEmbeddedAsarIntegrityValidation)).toBe(FuseState.ENABLE);
  expect(state(FuseV1Options.OnlyLoadAppFromAsar)).toBe(FuseState.ENABLE);
  expect(state(FuseV1Options.GrantFileProtocolExtraPrivileges)).toBe(FuseState.DISABLE);
});

test('the package holds no stand-in', async () => {
  const driver = join(unpacked, 'resources/app.asar.unpacked/node_modules/better-sqlite3/package.json');
  expect(JSON.parse(await readFile(driver, 'utf8'))).toMatchObject({ version: '13.2.0' });
  const asar = await readFile(join(unpacked, 'resources/app.asar'));
  expect(asar.includes('cypress')).toBe(false);
  expect(asar.includes('electron-runtime')).toBe(false);
});

test('the packaged application opens the demo and shows its images', async ({ folder }) => {
  const copy = join(folder, 'hognose');
  await cp(unpacked, copy, { recursive: true });
  await adaptPackagedApp(join(copy, 'resources'));
  const { child, browser } = await connect(join(copy, 'hognose'), join(folder, 'profile'));
  const ended = new Promise((done) => child.once('exit', done));
  try {
    const window = browser.contexts()[0]?.pages()[0];
    if (window === undefined) throw new Error('The application has no window.');
    await window.getByTestId('start-demo').click();
    await expect(window.getByTestId('count')).toHaveText('10,000 images', { timeout: 60_000 });
    const picture = window.getByTestId('tile').locator('img').first();
    await expect(picture).toBeVisible();
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(28);
    await expect(window.getByTestId('tile').first()).toContainText('→', { timeout: 60_000 });
    await window.getByTestId('tile').first().click();
    await expect(window.getByTestId('map-canvas').first()).toBeVisible({ timeout: 60_000 });
  } finally {
    await browser.close();
    child.kill('SIGTERM');
    await ended;
  }
});
