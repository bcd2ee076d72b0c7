/** One job in the queue: its plan, how far it is, and where it stands. */

import { isOpen, type Job, type JobId, type JobKind } from '../../shared/audit.js';
import type { AppError } from '../../shared/errors.js';
import { Standing } from './job-order.js';
import { JobProgress, type StepProgress } from './job-progress.js';
import type { Paces, Work } from './pace.js';

/** A piece of long work. */
export interface JobPlan {
  readonly kind: JobKind;
  /** What it does, for people. */
  readonly title: string;
  /** Number of items. */
  readonly total: number;
  /** What there is to compute, as far as it is known before it begins. */
  readonly work: readonly Work[];
  /** Kinds of jobs whose results it shows: it begins when none of these is open. */
  readonly restsOn?: readonly JobKind[];
  /** Does the work; what a step yields is already committed. Ends, or throws `CANCELLED`, soon after `signal` is aborted. */
  readonly run: (signal: AbortSignal) => AsyncIterable<StepProgress>;
}

export class JobEntry {
  readonly plan: JobPlan;
  readonly finished: Promise<Job>;
  readonly progress: JobProgress;
  job: Job;
  /** What ended it other than success. */
  failure: AppError | null = null;
  /** When it was told of last, in milliseconds. */
  told = -Infinity;
  readonly #controller = new AbortController();
  #end: (job: Job) => void = () => undefined;
  #standing: Standing;
  #restsOn: readonly JobKind[];
  #steps: AsyncIterator<StepProgress> | null = null;
  #unbroken = false;

  constructor(id: JobId, plan: JobPlan, paces: Paces, now: () => number) {
    this.plan = plan;
    this.finished = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.progress = new JobProgress(plan.work, paces, now);
    this.#standing = new Standing(this.progress.estimate);
    this.#restsOn = plan.restsOn ?? [];
    const { kind, title, total } = plan;
    const nothing = { done: 0, rate: null, eta: null, waitsFor: null, skipped: 0, error: null };
    this.job = { id, kind, title, state: 'queued', total, ...nothing };
  }

  get open(): boolean {
    return isOpen(this.job);
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Whether it cannot be put aside any more. */
  get unbroken(): boolean {
    return this.#unbroken;
  }

  get cancelled(): boolean {
    return this.#controller.signal.aborted;
  }

  cancel(): void {
    this.#controller.abort();
  }

  /** Whether it may not begin before a job of this kind has ended. */
  restsOn(kind: JobKind): boolean {
    return this.#steps === null && this.#restsOn.includes(kind);
  }

  /** The next step of the work, which begins with the first. */
  step(): Promise<IteratorResult<StepProgress>> {
    this.#steps ??= this.plan.run(this.#controller.signal)[Symbol.asyncIterator]();
    return this.#steps.next();
  }

  /** Takes what a step did. */
  take(step: StepProgress): void {
    this.progress.step(step);
    this.#standing.estimated(this.progress.estimate);
    this.#unbroken = step.unbroken ?? this.#unbroken;
    const total = step.total ?? this.job.total;
    const done = Math.min(total, this.job.done + step.done);
    this.job = { ...this.job, done, total, skipped: this.job.skipped + (step.skipped ?? 0) };
  }

  /** Gives up work that is put aside between two steps. */
  async abandon(): Promise<void> {
    await this.#steps?.return?.();
  }

  /** Begins anew, after all jobs of these kinds. */
  putOff(behind: readonly JobKind[]): void {
    this.#steps = null;
    this.#unbroken = false;
    this.#restsOn = [...this.#restsOn, ...behind];
    this.progress.reset(this.plan.work);
    this.#standing = new Standing(this.progress.estimate);
  }

  /** Tells those who wait for its end. */
  ended(): void {
    this.#end(this.job);
  }
}
