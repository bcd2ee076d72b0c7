/** What a person changed about the application, in `settings.json` of the user's profile. */

import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

import * as v from 'valibot';

import { defaultSettings } from '../shared/default-settings.js';
import { type Settings, settingsSchema } from '../shared/settings.js';
import { writeFileAtomically } from './files/atomic-file.js';

/** Some settings; `undefined` leaves one as it is. */
export type SettingsChange = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** The settings as they stand, kept on disk with every change. */
export class SettingsStore {
  readonly #file: string;
  #settings: Settings;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, settings: Settings) {
    this.#file = file;
    this.#settings = settings;
  }

  /**
   * Reads `settings.json`. Settings that an older version did not know get their defaults; a file that cannot be
   * understood is kept aside as `settings.damaged.json`.
   */
  static async open(folder: string): Promise<SettingsStore> {
    const file = join(folder, 'settings.json');
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) return new SettingsStore(file, defaultSettings);
    const settings = parseSettings(text);
    if (settings === null) await rename(file, join(folder, 'settings.damaged.json'));
    return new SettingsStore(file, settings ?? defaultSettings);
  }

  get current(): Settings {
    return this.#settings;
  }

  /** Changes some settings; resolves when they are on disk. */
  async change(part: SettingsChange): Promise<Settings> {
    const given = Object.entries(part).filter(([, value]) => value !== undefined);
    this.#settings = { ...this.#settings, ...(Object.fromEntries(given) as Partial<Settings>) };
    const text = `${JSON.stringify(this.#settings, null, 2)}\n`;
    const writing = this.#writing.catch(() => undefined).then(() => writeFileAtomically(this.#file, text));
    this.#writing = writing;
    await writing;
    return this.#settings;
  }
}

function parseSettings(text: string): Settings | null {
  try {
    const stored: unknown = JSON.parse(text);
    if (typeof stored !== 'object' || stored === null) return null;
    const result = v.safeParse(settingsSchema, { ...defaultSettings, ...stored });
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}
