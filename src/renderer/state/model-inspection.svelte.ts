/** What the model page knows: the report on the project's model, and on another that is set beside it. */

import type { ModelInspection } from '../../shared/model.js';
import { type AppError, toAppError } from '../../shared/errors.js';
import type { CallInput } from '../../shared/calls/calls.js';
import { type Client, failed, type Loaded, loading, ready } from './client.js';

export class ModelInspectionState {
  readonly #client: Client;
  /** Hash of the model that was asked about. */
  #asked: string | null = null;
  #own = $state.raw<Loaded<ModelInspection>>(loading);
  #other = $state.raw<ModelInspection | null>(null);
  #refused = $state.raw<AppError | null>(null);
  #choosing = $state(false);
  #turn = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The project's model. */
  get own(): Loaded<ModelInspection> {
    return this.#own;
  }

  /** The other model; null when none is set beside. */
  get other(): ModelInspection | null {
    return this.#other;
  }

  /** Why the model that was chosen last cannot be set beside. */
  get refused(): AppError | null {
    return this.#refused;
  }

  /** Whether a person is choosing the other model, or it is being inspected for the first time. */
  get choosing(): boolean {
    return this.#choosing;
  }

  /** Asks for the report on the model of this hash unless that was done; after a failure it is asked for again. */
  async load(hash: string): Promise<void> {
    if (this.#asked === hash && this.#own.state !== 'failed') return;
    this.#asked = hash;
    this.#own = loading;
    try {
      const report = await this.#client.call('model.inspect', undefined);
      if (this.#asked === hash) this.#own = ready(report);
    } catch (error) {
      if (this.#asked === hash) this.#own = failed(error);
    }
  }

  /** Asks for another model with the system's dialog and sets it beside; nothing changes when that is cancelled. */
  async compare(what: CallInput<'model.compare'>['what']): Promise<void> {
    if (this.#choosing) return;
    this.#choosing = true;
    this.#refused = null;
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const report = await this.#client.call('model.compare', { what });
      if (report !== null && turn === this.#turn) this.#other = report;
    } catch (error) {
      if (turn === this.#turn) this.#refused = toAppError(error);
    } finally {
      if (turn === this.#turn) this.#choosing = false;
    }
  }

  /** Back to the project's model alone. */
  closeOther(): void {
    this.#turn += 1;
    this.#other = null;
    this.#refused = null;
    this.#choosing = false;
  }

  /** The refusal was read. */
  dismiss(): void {
    this.#refused = null;
  }

  reset(): void {
    this.closeOther();
    this.#asked = null;
    this.#own = loading;
  }
}
