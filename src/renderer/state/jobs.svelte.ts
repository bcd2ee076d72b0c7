/** Long work as the bar at the bottom shows it. */

import { isOpen, type Job, type JobId } from '../../shared/audit.js';
import { fromErrorData } from '../../shared/errors.js';
import type { Client } from './client.js';
import type { Notices } from './notices.svelte.js';

/** A finished job leaves the bar after this long, in milliseconds. */
const stay = 6000;

export class JobsState {
  readonly #client: Client;
  readonly #notices: Notices;
  #jobs = $state.raw<readonly Job[]>([]);
  #running = $derived(this.#jobs.filter(isOpen));
  /** The job the bar tells about: a running one first, then the latest failure, then the latest end. */
  #foremost = $derived(
    this.#jobs.find((job) => job.state === 'running') ??
      this.#jobs.find(isOpen) ??
      this.#jobs.findLast((job) => job.state === 'failed') ??
      this.#jobs.at(-1) ??
      null,
  );

  constructor(client: Client, notices: Notices) {
    this.#client = client;
    this.#notices = notices;
  }

  get all(): readonly Job[] {
    return this.#jobs;
  }
  /** Those that have not ended, waiting ones among them. */
  get running(): readonly Job[] {
    return this.#running;
  }
  get foremost(): Job | null {
    return this.#foremost;
  }

  isRunning(kind: Job['kind']): boolean {
    return this.#running.some((job) => job.kind === kind);
  }

  async load(): Promise<void> {
    for (const job of await this.#client.call('jobs.list', undefined)) {
      if (isOpen(job)) this.put(job);
    }
  }

  /** Takes a job as told by an event; that it failed is said where everybody sees it, once. */
  put(job: Job): void {
    const before = this.#jobs.find((other) => other.id === job.id);
    if (job.error !== null && (before?.error ?? null) === null) this.#notices.fail(fromErrorData(job.error));
    // Work of a kind that goes on leaves its earlier failure behind.
    this.#jobs =
      before !== undefined
        ? this.#jobs.map((other) => (other.id === job.id ? job : other))
        : [...this.#jobs.filter((other) => other.kind !== job.kind || other.state !== 'failed'), job];
    if (job.state === 'done' && (job.kind === 'scan' || job.kind === 'predict')) {
      this.#notices.over('DATASET_NOT_FOUND');
    }
    if (job.state === 'done' || job.state === 'cancelled') {
      setTimeout(() => {
        this.dismiss(job.id);
      }, stay);
    }
  }

  dismiss(id: JobId): void {
    this.#jobs = this.#jobs.filter((job) => job.id !== id);
  }

  async cancel(id: JobId): Promise<void> {
    await this.#guard(() => this.#client.call('jobs.cancel', { id }));
  }

  async predict(): Promise<void> {
    await this.#guard(async () => {
      this.#see(await this.#client.call('jobs.predict', undefined));
    });
  }

  /** Tries the images again that could not be read. */
  async retryUnreadable(): Promise<void> {
    await this.#guard(async () => {
      const job = await this.#client.call('jobs.retry', undefined);
      if (job !== null) this.#see(job);
    });
  }

  /** Computes maps of the most suspicious images that have none. */
  async explain(count: number): Promise<void> {
    await this.#guard(async () => {
      this.#see(await this.#client.call('jobs.explain', { count }));
    });
  }

  /** Takes a job as a call returned it, unless an event already told more. */
  #see(job: Job): void {
    if (!this.#jobs.some((other) => other.id === job.id)) this.put(job);
  }

  async #guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#notices.fail(error);
    }
  }
}
