/** Who may use the ONNX Runtime next: one at a time, the more urgent first, equals in order of arrival. */

import { AppError } from '../../shared/errors.js';
import { urgencies, type Urgency } from './calls.js';

interface Waiting {
  /** Place among the urgencies; lower goes first. */
  readonly rank: number;
  readonly go: () => void;
}

const rankOf = (urgency: Urgency): number => urgencies.indexOf(urgency);

/** A queue for the one thread that runs graphs. Work is handed over in pieces, so urgent work never waits for a whole batch. */
export class Turns {
  #busy = false;
  readonly #waiting: Waiting[] = [];

  /** Runs `work` when its turn comes. Rejects with `CANCELLED` when `signal` is aborted before that. */
  async run<T>(urgency: Urgency, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(rankOf(urgency), signal);
    try {
      return await work();
    } finally {
      // Incoming messages (a cancel, something urgent) are heard only between two runs, which block the thread.
      setImmediate(() => {
        this.#next();
      });
    }
  }

  /**
   * Called by work in its turn, between two runs of a graph: hears incoming messages, and when something more urgent than
   * `urgency` waits, lets it go first. Rejects with `CANCELLED` when `signal` is aborted; the turn is held then, too.
   */
  async giveWay(urgency: Urgency, signal: AbortSignal): Promise<void> {
    const rank = rankOf(urgency);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    if (!signal.aborted && this.#waiting.some((entry) => entry.rank < rank)) {
      // Not abandoned on a signal: whoever runs this gives the turn back once, at its end.
      const again = new Promise<void>((resolve) => {
        this.#waiting.push({ rank, go: resolve });
      });
      this.#next();
      await again;
    }
    this.#refuseAborted(signal);
  }

  #refuseAborted(signal: AbortSignal): void {
    if (signal.aborted) throw new AppError('CANCELLED', 'The work was cancelled.');
  }

  #turn(rank: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        reject(new AppError('CANCELLED', 'The work was cancelled.'));
      };
      if (signal.aborted) {
        giveUp();
        return;
      }
      if (!this.#busy) {
        this.#busy = true;
        resolve();
        return;
      }
      const abandon = (): void => {
        const at = this.#waiting.indexOf(entry);
        if (at >= 0) this.#waiting.splice(at, 1);
        giveUp();
      };
      const entry: Waiting = {
        rank,
        go: () => {
          signal.removeEventListener('abort', abandon);
          resolve();
        },
      };
      signal.addEventListener('abort', abandon, { once: true });
      this.#waiting.push(entry);
    });
  }

  #next(): void {
    let best = -1;
    for (const [at, entry] of this.#waiting.entries()) {
      const leader = this.#waiting[best];
      if (leader === undefined || entry.rank < leader.rank) best = at;
    }
    const [entry] = best < 0 ? [] : this.#waiting.splice(best, 1);
    if (entry === undefined) this.#busy = false;
    else entry.go();
  }
}
