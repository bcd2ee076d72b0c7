/** Work outside the queue of jobs, like maps that somebody looks at: the engine does it first, and jobs wait meanwhile. */

import type { JobKind } from '../../shared/audit.js';

interface Guest {
  /** What it is, to stand behind "waits for". */
  readonly what: string;
  /** The jobs that it goes before. */
  readonly before: readonly JobKind[];
  /** Whether it takes so long that a waiting job says so. */
  long: boolean;
}

/** What goes before a job for less than this, in milliseconds, is not worth a word. */
const unnoticed = 500;
/** Jobs that compute with the model. */
const computing: readonly JobKind[] = ['predict', 'explain', 'report', 'sheet', 'fidelity'];

export class Guests {
  readonly #changed: () => void;
  readonly #guests = new Set<Guest>();

  /** `changed` hears whenever jobs begin to wait, have something to say of it, or go on. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Whether jobs of a kind wait. */
  delay(kind: JobKind): boolean {
    return this.#before(kind).length > 0;
  }

  /** What jobs of a kind wait for, once that is worth a word. */
  longBefore(kind: JobKind): string | null {
    return this.#before(kind).find(({ long }) => long)?.what ?? null;
  }

  /** Jobs of these kinds wait for `what` until the work has ended; returns its result. */
  async host<Result>(what: string, work: Promise<Result>, before: readonly JobKind[] = computing): Promise<Result> {
    const guest: Guest = { what, before, long: false };
    this.#guests.add(guest);
    this.#changed();
    const timer = setTimeout(() => {
      guest.long = true;
      this.#changed();
    }, unnoticed);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
      this.#guests.delete(guest);
      this.#changed();
    }
  }

  #before(kind: JobKind): readonly Guest[] {
    return [...this.#guests].filter(({ before }) => before.includes(kind));
  }
}
