/** A process that is started before anybody needs it, so that nobody waits for its start. */

import type { RunningProcess } from './messages.js';

export class Spare<Request, Told> {
  readonly #start: () => RunningProcess<Request, Told>;
  #waiting: RunningProcess<Request, Told> | null = null;

  constructor(start: () => RunningProcess<Request, Told>) {
    this.#start = start;
  }

  /** Starts one, unless one waits already. */
  prepare(): void {
    if (this.#waiting !== null) return;
    const waiting = this.#start();
    this.#waiting = waiting;
    waiting.onExit(() => {
      if (this.#waiting === waiting) this.#waiting = null;
    });
  }

  /** The one that waits, or one that is started now. */
  take(): RunningProcess<Request, Told> {
    const taken = this.#waiting ?? this.#start();
    this.#waiting = null;
    return taken;
  }
}
