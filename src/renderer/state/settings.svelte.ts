/** The person's settings: shown at once, written a moment later so that a slider does not write at every step. */

import type { Settings } from '../../shared/settings.js';
import type { Client } from './client.js';
import type { Notices } from './notices.svelte.js';

const initial: Settings = {
  theme: 'system',
  reviewer: '',
  cellSize: 144,
  colourMap: 'magma',
  mapOpacity: 0.65,
  mapScale: 'auto',
  masks: 1024,
  ratio: 0.5,
  stability: 1,
  estimate: 'published',
  precision: 'float32',
  memory: 2.5,
  threads: 0,
  provider: 'auto',
  methods: ['tis', 'vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout'],
  sheetTransposed: false,
  sheetScale: 'method',
  keys: {},
};

/** Milliseconds between the last change and the write. */
const pause = 250;

export class SettingsState {
  readonly #client: Client;
  readonly #notices: Notices;
  #value = $state.raw<Settings>(initial);
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
