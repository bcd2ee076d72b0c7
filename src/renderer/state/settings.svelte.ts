/** The person's settings: shown at once, written a moment later so that a slider does not write at every step. */

import { defaultSettings } from '../../shared/default-settings.js';
import type { Settings } from '../../shared/settings.js';
import type { Client } from './client.js';
import type { Notices } from './notices.svelte.js';

/** Milliseconds between the last change and the write. */
const pause = 250;

export class SettingsState {
  readonly #client: Client;
  readonly #notices: Notices;
  #value = $state.raw<Settings>(defaultSettings);
  #pending: Partial<Settings> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, notices: Notices) {
    this.#client = client;
    this.#notices = notices;
  }

  get value(): Settings {
    return this.#value;
  }

  async load(): Promise<void> {
    const stored = await this.#client.call('settings.get', undefined);
    this.#value = { ...stored, ...this.#pending };
  }

  /** Applies a change now and writes it soon. */
  change(patch: Partial<Settings>): void {
    this.#value = { ...this.#value, ...patch };
    this.#pending = { ...this.#pending, ...patch };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), pause);
  }

  /** Writes what is not written yet; an error is shown and the change stays while the window is open. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    const patch = this.#pending;
    this.#pending = {};
    if (Object.keys(patch).length === 0) return;
    try {
      await this.#client.call('settings.set', patch);
    } catch (error) {
      this.#notices.fail(error);
    }
  }
}
