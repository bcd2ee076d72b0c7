/** What the command line says: messages and progress on stderr, so that stdout stays clean for results. */

import type { Job } from '../../shared/audit.js';
import { count, rate, timeLeft } from '../../shared/figures.js';
import { JobProgress } from '../jobs/job-progress.js';
import { Paces } from '../jobs/pace.js';

/** Without a terminal, progress is told this often, in milliseconds. */
const sparse = 10_000;

/** How far a job is: `Predicting: 640 of 3,781, 12/s, about 4 min left`, or what it waits for. */
export function progressWords(job: Pick<Job, 'title' | 'done' | 'total' | 'rate' | 'eta' | 'waitsFor'>): string {
  const speed = job.rate === null ? '' : `, ${rate(job.rate)}`;
  const left = job.eta === null ? '' : `, ${timeLeft(job.eta)} left`;
  const waits = job.waitsFor === null ? '' : `, waits for ${job.waitsFor}`;
  return `${job.title}: ${count(job.done)} of ${count(job.total)}${speed}${left}${waits}`;
}

/** One line on stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Progress of one job at a time: a line that rewrites itself on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #live = process.stderr.isTTY;
  #shown = '';
  #last = -Infinity;

  show(job: Parameters<typeof progressWords>[0]): void {
    const now = performance.now();
    if (now - this.#last < (this.#live ? 100 : sparse)) return;
    this.#last = now;
    const line = progressWords(job);
    if (!this.#live) say(line);
    else process.stderr.write(`\r${line.padEnd(this.#shown.length)}`);
    this.#shown = line;
  }

  /** Wipes the line, so that the next message starts clean. */
  clear(): void {
    if (this.#live && this.#shown !== '') process.stderr.write(`\r${' '.repeat(this.#shown.length)}\r`);
    this.#shown = '';
    this.#last = -Infinity;
  }
}

/** Work that is no job, on a progress line: its rate and time left are measured as those of jobs. */
export class MeasuredLine {
  readonly #line: ProgressLine;
  readonly #title: string;
  readonly #progress = new JobProgress([], new Paces(), () => performance.now());
  #done = 0;
  #total: number;

  constructor(line: ProgressLine, title: string, total = 0) {
    this.#line = line;
    this.#title = title;
    this.#total = total;
    this.#progress.go();
  }

  /** So many items more are done. */
  step(items: number): void {
    this.reach(this.#done + items, this.#total);
  }

  /** So many items of all are done. */
  reach(done: number, total: number): void {
    const [like, items] = [this.#title, total - done];
    this.#progress.step({ done: done - this.#done, like, left: [{ like, items, guess: 0 }] });
    this.#done = done;
    this.#total = total;
    const { rate: speed, secondsLeft } = this.#progress;
    this.#line.show({ title: this.#title, done, total, rate: speed, eta: secondsLeft, waitsFor: null });
  }
}
