/** What is left of a job, and how long that takes: computing alone is measured, never what was there already or a pause. */

import type { Paces, Work } from './pace.js';

/** What one step of a job brought about. */
export interface StepProgress {
  /** Items dealt with by this step, the failed ones included. */
  readonly done: number;
  /** Of these, items that failed and were passed over. */
  readonly skipped?: number;
  /** The number of items, where it turned out to be another than planned. */
  readonly total?: number;
  /** Of these, items that had to be computed; absent: all. */
  readonly computed?: number;
  /** Which of the job's work it belongs to, null for none; absent: the first of which something is left. */
  readonly like?: string | null;
  /** All that is left to compute from here, where that turned out to be something else than planned. */
  readonly left?: readonly Work[];
  /** What follows goes on by itself to the end: the job cannot be put aside any more, and gives way to nothing. */
  readonly unbroken?: boolean;
}

/** Steps that may be on their way when a job is put aside, and are there at once when it goes on. */
const underWay = 3;

/** Measures one job. */
export class JobProgress {
  readonly #paces: Paces;
  readonly #now: () => number;
  #left: Work[];
  #like: string | null = null;
  /** Milliseconds of the present step that were no pause. */
  #spent = 0;
  /** Since when the clock runs; null while it stands. */
  #since: number | null = null;
  /** Steps that are not measured: the first has models to open and pipelines to fill. */
  #unmeasured = 1;

  constructor(work: readonly Work[], paces: Paces, now: () => number) {
    this.#left = [...work];
    this.#paces = paces;
    this.#now = now;
  }

  /** The job begins, anew with this work. */
  reset(work: readonly Work[]): void {
    this.#left = [...work];
    this.#like = null;
    this.rest();
  }

  /** The job is put aside, or has ended. */
  rest(): void {
    this.stop();
    this.#spent = 0;
    this.#unmeasured = this.#like === null ? 1 : underWay;
  }

  /** The clock runs. */
  go(): void {
    this.#since ??= this.#now();
  }

  /** The clock stands: nothing is computed for the job. */
  stop(): void {
    if (this.#since !== null) this.#spent += this.#now() - this.#since;
    this.#since = null;
  }

  /** Takes what a step did. */
  step({ done, computed = done, like = this.#next(), left }: StepProgress): void {
    const seconds = this.#lap();
    if (computed > 0 && like !== null) {
      this.#like = like;
      if (this.#unmeasured > 0) this.#unmeasured -= 1;
      else this.#paces.note(like, seconds, computed);
    }
    this.#left = left === undefined ? this.#without(like, done) : [...left];
  }

  /** Items a second of the work at hand; null until enough was measured. */
  get rate(): number | null {
    const pace = this.#like === null ? null : this.#paces.measured(this.#like);
    return pace === null ? null : 1 / pace;
  }

  /** Seconds left, for people; null until that means something. */
  get secondsLeft(): number | null {
    return this.#paces.left(this.#left);
  }

  /** Seconds left as far as can be told. */
  get estimate(): number {
    return this.#paces.estimate(this.#left);
  }

  #next(): string | null {
    return this.#left.find(({ items }) => items > 0)?.like ?? null;
  }

  #without(like: string | null, done: number): Work[] {
    return this.#left.map((work) => (work.like === like ? { ...work, items: Math.max(0, work.items - done) } : work));
  }

  /** Seconds since the last step, pauses left out. */
  #lap(): number {
    const running = this.#since !== null;
    this.stop();
    const seconds = this.#spent / 1000;
    this.#spent = 0;
    if (running) this.go();
    return seconds;
  }
}
