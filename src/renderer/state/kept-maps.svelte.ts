/** What the kept maps of the open project take on disk, true while somebody looks at it, and how they are taken away. */

import { type AppError, type ErrorData, toAppError } from '../../shared/errors.js';
import type { CacheFigures } from '../../shared/calls/project.js';
import type { Client } from './client.js';
import { OneAtATime } from './one-at-a-time.js';

export class KeptMapsState {
  readonly #client: Client;
  #figures = $state.raw<CacheFigures | null>(null);
  #freeing = $state(false);
  #trouble = $state.raw<ErrorData | null>(null);
  #watched = false;
  readonly #reading: OneAtATime;

  constructor(client: Client) {
    this.#client = client;
    this.#reading = new OneAtATime(async () => {
      try {
        this.#figures = await this.#client.call('project.cache', undefined);
      } catch (error) {
        this.#fail(toAppError(error));
      }
    });
  }

  /** Null while no project is open, and before they are known. */
  get figures(): CacheFigures | null {
    return this.#figures;
  }

  /** Whether all maps are being taken away. */
  get freeing(): boolean {
    return this.#freeing;
  }

  /** Why the figures are not known, or what taking maps away did not do. */
  get trouble(): ErrorData | null {
    return this.#trouble;
  }

  /** Somebody looks at it from now on, until the returned function is called. */
  watch(): () => void {
    this.#watched = true;
    this.#trouble = null;
    void this.#reading.run();
    return () => {
      this.#watched = false;
    };
  }

  /** It may have changed. */
  touch(): void {
    if (this.#watched) void this.#reading.run();
  }

  /** Takes all maps away and gives their disk space back. */
  async free(): Promise<void> {
    if (this.#freeing) return;
    this.#freeing = true;
    this.#trouble = null;
    try {
      const { problem } = await this.#client.call('project.freeSpace', undefined);
      if (problem !== null) this.#trouble = notGivenBack(problem);
    } catch (error) {
      this.#fail(toAppError(error));
    }
    await this.#reading.run();
    this.#freeing = false;
  }

  #fail(error: AppError): void {
    if (error.code !== 'CANCELLED') this.#trouble = error.toData();
  }
}

function notGivenBack({ code, message, hint }: ErrorData): ErrorData {
  return {
    code,
    message: `The maps are gone, but their disk space was not given back: ${message}`,
    hint: `New maps will use it. ${hint}`.trim(),
  };
}
