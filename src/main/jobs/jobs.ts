/** Runs long work one piece at a time: order, pauses for shorter work, progress, cancelling, errors as data. */

import { type Job, type JobId, jobId, type JobKind } from '../../shared/audit.js';
import { AppError, toAppError } from '../../shared/errors.js';
import { Guests } from './guests.js';
import { JobEntry, type JobPlan } from './job-entry.js';
import { goesFirst } from './job-order.js';
import { Paces } from './pace.js';

/** Thrown by work that cannot be done before jobs of these kinds: it goes to the end of the queue and begins anew after them. */
export class PutOff extends Error {
  readonly behind: readonly JobKind[];

  constructor(...behind: readonly JobKind[]) {
    super('This waits for other work.');
    this.behind = behind;
  }
}

/** At most this often is progress told, in milliseconds. */
const interval = 100;
/** Finished jobs remembered for the list. */
const remembered = 20;

/** The jobs of an open project: one runs at a time, in the order of `job-order.ts`. */
export class Jobs {
  /** How long work took while the project was open. */
  readonly paces = new Paces();
  readonly #tell: (job: Job) => void;
  readonly #now: () => number;
  /** In order of arrival. */
  readonly #entries: JobEntry[] = [];
  readonly #guests = new Guests(() => {
    this.#guestsChanged();
  });
  #current: JobEntry | null = null;
  #working = false;
  #closed = false;
  /** Until when the time of the running job is accounted for. */
  #accounted = 0;
  #next = 1;

  /** `tell` hears of every change of state and of progress at most ten times a second; `now` is a clock in milliseconds. */
  constructor(tell: (job: Job) => void, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  /** Takes work on; a job under way that has much more left is paused after its present step. @throws AppError `CANCELLED` once closed. */
  add(plan: JobPlan): Job {
    if (this.#closed) throw new AppError('CANCELLED', `${plan.title} was cancelled: the project is closed.`);
    const entry = new JobEntry(jobId(`job-${String(this.#next++)}`), plan, this.paces, this.#now);
    this.#entries.push(entry);
    entry.job = { ...entry.job, waitsFor: this.#waitsFor(entry) };
    this.#tellNow(entry);
    void this.#work();
    return entry.job;
  }

  /** All jobs not forgotten yet, oldest first. */
  list(): readonly Job[] {
    return this.#entries.map((entry) => entry.job);
  }

  /** The job of a kind that has not ended. */
  openOf(kind: JobKind): Job | undefined {
    return this.#entries.find((entry) => entry.open && entry.plan.kind === kind)?.job;
  }

  /** Cancels a job: at once when it waits, between two batches when it runs. Unknown and ended jobs are left alone. */
  cancel(id: JobId): void {
    const entry = this.#entries.find((candidate) => candidate.job.id === id);
    if (entry?.open !== true) return;
    entry.cancel();
    if (entry.job.state === 'queued') this.#end(entry, { state: 'cancelled' });
    if (entry.job.state === 'paused') void this.#abandon(entry);
  }

  /** Resolves with the job's last state when it has ended. */
  async finished(id: JobId): Promise<Job> {
    return this.#entry(id).finished;
  }

  /** Resolves when the job is done. @throws what made it fail; `CANCELLED` when it was cancelled. */
  async completed(id: JobId): Promise<Job> {
    const entry = this.#entry(id);
    const job = await this.finished(id);
    if (job.state === 'done') return job;
    throw entry.failure ?? new AppError('CANCELLED', `${job.title} was cancelled.`);
  }

  /**
   * Work outside the queue that the engine does before jobs, of these kinds or all that compute: they say that they wait for
   * `what`, and the time is not theirs.
   */
  giveWay<Result>(what: string, work: Promise<Result>, before?: readonly JobKind[]): Promise<Result> {
    return this.#guests.host(what, work, before);
  }

  /** Takes nothing on any more, cancels everything and waits until nothing runs. */
  async close(): Promise<void> {
    this.#closed = true;
    const open = this.#entries.filter((entry) => entry.open);
    for (const entry of open) this.cancel(entry.job.id);
    await Promise.all(open.map((entry) => entry.finished));
  }

  #entry(id: JobId): JobEntry {
    const entry = this.#entries.find((candidate) => candidate.job.id === id);
    if (entry === undefined) throw new AppError('INTERNAL', `There is no job ${id}.`);
    return entry;
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let entry = this.#first(); entry !== undefined; entry = this.#first()) {
      await this.#run(entry);
      this.#forget();
    }
    this.#working = false;
  }

  /** The job that is to run now. */
  #first(): JobEntry | undefined {
    if (this.#current?.unbroken === true) return this.#current;
    return goesFirst(
      this.#entries.filter((entry) => this.#ready(entry)),
      this.#current,
    );
  }

  #ready(entry: JobEntry): boolean {
    if (entry === this.#current) return true;
    return entry.open && !entry.cancelled && this.#blocking(entry) === undefined;
  }

  /** The open job whose results this one waits for. */
  #blocking(entry: JobEntry): JobEntry | undefined {
    return this.#entries.find((other) => other !== entry && other.open && entry.restsOn(other.plan.kind));
  }

  /** Runs a job until it ends or another goes before it. */
  async #run(entry: JobEntry): Promise<void> {
    this.#begin(entry);
    try {
      for (let step = await entry.step(); step.done !== true; step = await entry.step()) {
        // The time of the step first: what is left counts from its end.
        this.#account(entry);
        entry.take(step.value);
        this.#tellProgress(entry);
        const first = entry.cancelled ? entry : this.#first();
        if (first !== entry) {
          this.#pause(entry);
          return;
        }
      }
      this.#end(entry, entry.cancelled ? { state: 'cancelled' } : { state: 'done', done: entry.job.total });
    } catch (error) {
      this.#stopped(entry, error);
    }
  }

  #begin(entry: JobEntry): void {
    this.#current = entry;
    this.#accounted = this.#now();
    this.#setClock(entry);
    // Who was put aside first: at no time two are told as running.
    for (const other of this.#entries) if (other !== entry) this.#change(other, {});
    this.#change(entry, { state: 'running', ...this.#pace(entry) });
  }

  #pause(entry: JobEntry): void {
    this.#current = null;
    entry.progress.rest();
    // Told when the job that goes before it begins.
    entry.job = { ...entry.job, state: 'paused', rate: null, eta: null };
  }

  #stopped(entry: JobEntry, error: unknown): void {
    if (error instanceof PutOff && !entry.cancelled) {
      this.#putOff(entry, error);
      return;
    }
    const failure = error instanceof PutOff ? new AppError('CANCELLED', 'The work was cancelled.') : toAppError(error);
    if (entry.cancelled && failure.code === 'CANCELLED') this.#end(entry, { state: 'cancelled' });
    else {
      entry.failure = failure;
      this.#end(entry, { state: 'failed', error: failure.toData() });
    }
  }

  /** Ends a paused job that was cancelled. */
  async #abandon(entry: JobEntry): Promise<void> {
    try {
      await entry.abandon();
      this.#end(entry, { state: 'cancelled' });
    } catch (error) {
      this.#stopped(entry, error);
    }
  }

  #putOff(entry: JobEntry, { behind }: PutOff): void {
    this.#current = null;
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#entries.push(entry);
    entry.putOff(behind);
    this.#change(entry, { state: 'queued', done: 0, rate: null, eta: null, skipped: 0 });
  }

  /** Puts the time since the last step down to the running job and to those that it passed. */
  #account(running: JobEntry): void {
    const now = this.#now();
    const seconds = (now - this.#accounted) / 1000;
    this.#accounted = now;
    running.standing.ran(seconds);
    const earlier = this.#entries.slice(0, this.#entries.indexOf(running));
    for (const entry of earlier) if (this.#ready(entry)) entry.standing.passed(seconds);
  }

  #tellProgress(entry: JobEntry): void {
    entry.job = { ...entry.job, ...this.#pace(entry) };
    if (this.#now() - entry.told >= interval) this.#tellNow(entry);
  }

  /** What people are told of the speed of the running job. */
  #pace(entry: JobEntry): Pick<Job, 'rate' | 'eta'> {
    if (this.#waitsFor(entry) !== null) return { rate: null, eta: null };
    return { rate: entry.progress.rate, eta: entry.progress.secondsLeft };
  }

  /** What a job waits for; null where it goes on. */
  #waitsFor(entry: JobEntry): string | null {
    if (!entry.open) return null;
    if (entry === this.#current) return entry.unbroken ? null : this.#guests.longBefore(entry.plan.kind);
    return (this.#blocking(entry) ?? this.#current)?.job.title ?? null;
  }

  #guestsChanged(): void {
    const entry = this.#current;
    if (entry === null) return;
    this.#setClock(entry);
    this.#change(entry, this.#pace(entry));
  }

  /** What goes before the running job takes no time of its own. */
  #setClock({ unbroken, plan, progress }: JobEntry): void {
    if (!unbroken && this.#guests.delay(plan.kind)) progress.stop();
    else progress.go();
  }

  #end(entry: JobEntry, last: Partial<Job>): void {
    if (this.#current === entry) this.#current = null;
    entry.progress.rest();
    this.#change(entry, { ...last, eta: null });
    entry.ended();
    // What waited for its end may begin.
    void this.#work();
  }

  /** Changes a job, and what it waits for with it; told where anything is another than was told. */
  #change(entry: JobEntry, change: Partial<Job>): void {
    const before = entry.job;
    entry.job = { ...before, ...change };
    entry.job = { ...entry.job, waitsFor: this.#waitsFor(entry) };
    if (!sameJob(before, entry.job)) this.#tellNow(entry);
  }

  #tellNow(entry: JobEntry): void {
    entry.told = this.#now();
    this.#tell(entry.job);
  }

  #forget(): void {
    const old = this.#entries.filter((entry) => !entry.open);
    for (const entry of old.slice(0, Math.max(0, old.length - remembered))) {
      this.#entries.splice(this.#entries.indexOf(entry), 1);
    }
  }
}

function sameJob(one: Job, other: Job): boolean {
  return (Object.keys(one) as (keyof Job)[]).every((key) => one[key] === other[key]);
}
