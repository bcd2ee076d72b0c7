/** Settings survive restarts, old versions and damage. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SettingsStore } from '../../../src/main/settings.js';
import { defaultSettings } from '../../../src/shared/default-settings.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-settings-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('SettingsStore', () => {
  it('starts with the defaults', async () => {
    expect((await SettingsStore.open(folder)).current).toEqual(defaultSettings);
  });

  it('keeps a change over a restart, the last of several changes at once', async () => {
    const store = await SettingsStore.open(folder);
    await Promise.all([
      store.change({ theme: 'dark' }),
      store.change({ reviewer: 'Ada' }),
      store.change({ theme: 'light' }),
    ]);
    expect((await SettingsStore.open(folder)).current).toEqual({ ...defaultSettings, theme: 'light', reviewer: 'Ada' });
  });

  it('fills in what an older version did not know', async () => {
    await writeFile(join(folder, 'settings.json'), '{"theme":"dark"}');
    expect((await SettingsStore.open(folder)).current).toEqual({ ...defaultSettings, theme: 'dark' });
  });

  it.each(['', 'null', '{"theme":"pink"}', '{"provider":"gpu"}', '{"theme":"dark"'])(
    'keeps a damaged file aside: %s',
    async (text) => {
      await writeFile(join(folder, 'settings.json'), text);
      expect((await SettingsStore.open(folder)).current).toEqual(defaultSettings);
      expect(await readFile(join(folder, 'settings.damaged.json'), 'utf8')).toBe(text);
    },
  );
});
