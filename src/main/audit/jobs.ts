/** Runs long work one piece at a time: queue, progress with rate and time left, cancelling, errors as data. */

import { type Job, type JobId, jobId, type JobKind } from '../../shared/audit.js';
import { AppError, toAppError } from '../../shared/errors.js';

/** What one step of a job brought about. */
export interface StepProgress {
  /** Items dealt with by this step, the failed ones included. */
  readonly done: number;
  /** Of these, items that failed and were passed over. */
  readonly skipped?: number;
  /** The number of items, where it turned out to be another than planned. */
  readonly total?: number;
}

/** Thrown by work that cannot be done before what waits in the queue: the job goes to its end and begins anew there. */
export class PutOff extends Error {}

/** A piece of long work. */
export interface JobPlan {
  readonly kind: JobKind;
  /** What it does, for people. */
  readonly title: string;
  /** Number of items. */
  readonly total: number;
  /** Does the work; what a step yields is already committed. Ends, or throws `CANCELLED`, soon after `signal` is aborted. */
  readonly run: (signal: AbortSignal) => AsyncIterable<StepProgress>;
}

interface Entry {
  readonly plan: JobPlan;
  readonly controller: AbortController;
  readonly finished: Promise<Job>;
  readonly settle: (job: Job) => void;
  job: Job;
  /** What ended it other than success; for {@link Jobs.completed}. */
  failure: AppError | null;
  /** Recent (time, done) points, for the rate. */
  points: { at: number; done: number }[];
  told: number;
}

/** At most this often is progress told, in milliseconds. */
const interval = 100;
/** The rate is that of this much recent past, in milliseconds. */
const recent = 10_000;
/** Finished jobs remembered for the list. */
const remembered = 20;

const ended = (job: Job): boolean => job.state !== 'queued' && job.state !== 'running';

/** The queue of an open project: one job runs, the others wait in order. */
export class Jobs {
  readonly #tell: (job: Job) => void;
  readonly #now: () => number;
  readonly #entries: Entry[] = [];
  #running = false;
  #next = 1;

  /** `tell` hears of every change of state and of progress at most ten times a second; `now` is a clock in milliseconds. */
  constructor(tell: (job: Job) => void, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  /** Puts work at the end of the queue. */
  add(plan: JobPlan): Job {
    let settle: (job: Job) => void = () => undefined;
    const finished = new Promise<Job>((resolve) => {
      settle = resolve;
    });
    const job: Job = {
      id: jobId(`job-${String(this.#next++)}`),
      kind: plan.kind,
      title: plan.title,
      state: 'queued',
      done: 0,
      total: plan.total,
      rate: null,
      eta: null,
      skipped: 0,
      error: null,
    };
    const entry: Entry = {
      plan,
      controller: new AbortController(),
      finished,
      settle,
      job,
      failure: null,
      points: [],
      told: -Infinity,
    };
    this.#entries.push(entry);
    this.#tell(job);
    void this.#work();
    return entry.job;
  }

  /** All jobs not forgotten yet, oldest first. */
  list(): readonly Job[] {
    return this.#entries.map((entry) => entry.job);
  }

  /** Cancels a job: at once when it waits, between two batches when it runs. Unknown and ended jobs are left alone. */
  cancel(id: JobId): void {
    const entry = this.#entries.find((candidate) => candidate.job.id === id);
    if (entry === undefined || ended(entry.job)) return;
    entry.controller.abort();
    if (entry.job.state === 'queued') this.#end(entry, { state: 'cancelled' });
  }

  /** Resolves with the job's last state when it has ended. */
  async finished(id: JobId): Promise<Job> {
    return this.#entry(id).finished;
  }

  /** Resolves when the job is done. @throws what made it fail; `CANCELLED` when it was cancelled. */
  async completed(id: JobId): Promise<Job> {
    const entry = this.#entry(id);
    const job = await entry.finished;
    if (job.state === 'done') return job;
    throw entry.failure ?? new AppError('CANCELLED', `${job.title} was cancelled.`);
  }

  /** Cancels everything and waits until nothing runs. */
  async close(): Promise<void> {
    const open = this.#entries.filter((entry) => !ended(entry.job));
    for (const entry of open) this.cancel(entry.job.id);
    await Promise.all(open.map((entry) => entry.finished));
  }

  #entry(id: JobId): Entry {
    const entry = this.#entries.find((candidate) => candidate.job.id === id);
    if (entry === undefined) throw new AppError('INTERNAL', `There is no job ${id}.`);
    return entry;
  }

  async #work(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      const entry = this.#entries.find((candidate) => candidate.job.state === 'queued');
      if (entry === undefined) break;
      await this.#run(entry);
      this.#forget();
    }
    this.#running = false;
  }

  async #run(entry: Entry): Promise<void> {
    this.#change(entry, { state: 'running' });
    try {
      entry.points.push({ at: this.#now(), done: 0 });
      for await (const step of entry.plan.run(entry.controller.signal)) this.#progress(entry, step);
      this.#end(
        entry,
        entry.controller.signal.aborted ? { state: 'cancelled' } : { state: 'done', done: entry.job.total },
      );
    } catch (error) {
      if (error instanceof PutOff && !entry.controller.signal.aborted) {
        this.#putOff(entry);
        return;
      }
      const failure =
        error instanceof PutOff ? new AppError('CANCELLED', 'The work was cancelled.') : toAppError(error);
      if (entry.controller.signal.aborted && failure.code === 'CANCELLED') this.#end(entry, { state: 'cancelled' });
      else {
        entry.failure = failure;
        this.#end(entry, { state: 'failed', error: failure.toData() });
      }
    }
  }

  #progress(entry: Entry, step: StepProgress): void {
    const now = this.#now();
    const total = step.total ?? entry.job.total;
    const done = Math.min(total, entry.job.done + step.done);
    entry.points.push({ at: now, done });
    const oldest = entry.points.findIndex((point) => now - point.at <= recent);
    entry.points = entry.points.slice(Math.max(0, oldest - 1));
    const from = entry.points[0];
    const rate = from === undefined || now <= from.at ? null : ((done - from.done) * 1000) / (now - from.at);
    const eta = rate === null || rate === 0 ? null : (total - done) / rate;
    entry.job = { ...entry.job, done, total, rate, eta, skipped: entry.job.skipped + (step.skipped ?? 0) };
    if (now - entry.told < interval) return;
    entry.told = now;
    this.#tell(entry.job);
  }

  #putOff(entry: Entry): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#entries.push(entry);
    entry.points = [];
    this.#change(entry, { state: 'queued', done: 0, rate: null, eta: null, skipped: 0 });
  }

  #end(entry: Entry, last: Partial<Job>): void {
    this.#change(entry, { ...last, eta: null });
    entry.settle(entry.job);
  }

  #change(entry: Entry, change: Partial<Job>): void {
    entry.job = { ...entry.job, ...change };
    entry.told = this.#now();
    this.#tell(entry.job);
  }

  #forget(): void {
    const old = this.#entries.filter((entry) => ended(entry.job));
    for (const entry of old.slice(0, Math.max(0, old.length - remembered))) {
      this.#entries.splice(this.#entries.indexOf(entry), 1);
    }
  }
}
