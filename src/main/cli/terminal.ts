/** What the command line says: messages and progress on stderr, so that stdout stays clean for results. */

import type { Job } from '../../shared/audit.js';

/** Without a terminal, progress is told this often, in milliseconds. */
const sparse = 10_000;

const duration = (seconds: number): string => {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
};

/** One line on stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Progress of one job at a time: a line that rewrites itself on a terminal, a line now and then elsewhere. */
export class ProgressLine {
  readonly #live = process.stderr.isTTY;
  #shown = '';
  #last = -Infinity;

  show(job: Pick<Job, 'title' | 'done' | 'total' | 'rate' | 'eta'>): void {
    const now = performance.now();
    if (now - this.#last < (this.#live ? 100 : sparse)) return;
    this.#last = now;
    const rate = job.rate === null ? '' : `, ${job.rate.toFixed(job.rate < 10 ? 1 : 0)} a second`;
    const left = job.eta === null ? '' : `, ${duration(job.eta)} left`;
    const line = `${job.title}: ${job.done.toLocaleString('en')} of ${job.total.toLocaleString('en')}${rate}${left}`;
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
