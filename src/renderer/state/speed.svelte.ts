/** What computing costs with the open project's model on this machine, as far as a person had it measured; kept until another project opens. */

import { SvelteMap } from 'svelte/reactivity';

import { type AppError, toAppError } from '../../shared/errors.js';
import type { Precision } from '../../shared/precision.js';
import type { FidelityFigures, SpeedFigures } from '../../shared/speed.js';
import { type Client, failed, type Loaded, loading, ready } from './client.js';

export class SpeedState {
  readonly #client: Client;
  #report = $state.raw<SpeedFigures | null>(null);
  #measuring = $state(false);
  #error = $state.raw<AppError | null>(null);
  readonly #fidelity = new SvelteMap<Precision, Loaded<FidelityFigures>>();
  /** Counts projects: what was asked about an earlier one is not taken. */
  #era = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The last measurement; it stays while another is made. */
  get report(): SpeedFigures | null {
    return this.#report;
  }

  get measuring(): boolean {
    return this.#measuring;
  }

  /** Why the last measurement failed. */
  get error(): AppError | null {
    return this.#error;
  }

  /** How near maps of this precision are to those of float32; null before it was asked. */
  fidelity(precision: Precision): Loaded<FidelityFigures> | null {
    return this.#fidelity.get(precision) ?? null;
  }

  async measure(): Promise<void> {
    if (this.#measuring) return;
    const era = this.#era;
    this.#measuring = true;
    this.#error = null;
    try {
      const report = await this.#client.call('speed.measure', undefined);
      if (era === this.#era) this.#report = report;
    } catch (error) {
      if (era === this.#era) this.#error = toAppError(error);
    } finally {
      if (era === this.#era) this.#measuring = false;
    }
  }

  async compare(precision: Precision): Promise<void> {
    if (this.#fidelity.get(precision)?.state === 'loading') return;
    const era = this.#era;
    this.#fidelity.set(precision, loading);
    try {
      const report = await this.#client.call('speed.fidelity', { precision });
      if (era === this.#era) this.#fidelity.set(precision, ready(report));
    } catch (error) {
      if (era === this.#era) this.#fidelity.set(precision, failed(error));
    }
  }

  reset(): void {
    this.#era += 1;
    this.#report = null;
    this.#measuring = false;
    this.#error = null;
    this.#fidelity.clear();
  }
}
