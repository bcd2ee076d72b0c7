/** Keeping the scores of an open project as they would be computed now: at once where that is quick, otherwise as a job. */

import type { Job } from '../../shared/audit.js';
import type { OpenProject } from '../data/open-project.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Jobs } from '../jobs/jobs.js';
import type { Work } from '../jobs/pace.js';
import { relayedSteps } from '../jobs/relayed-steps.js';
import type { StaleScoresWish } from '../project/project.js';

/** What takes no longer is done before anybody sees the images without it, in milliseconds. */
const atOnce = 30;
/** Seconds a part of the images may take. */
const guess = 0.02;
const like = 'scores';

const workOf = (items: number): Work => ({ like, items, guess });

export interface ScoreKeeperOptions {
  readonly project: Pick<OpenProject, 'staleScores' | 'score'>;
  readonly jobs: Jobs;
  /** Hears that the scores of any image may have changed. */
  readonly changed: () => void;
}

export class ScoreKeeper {
  readonly #options: ScoreKeeperOptions;
  /** The wishes so far, one after the other: two at once would compute the same. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ScoreKeeperOptions) {
    this.#options = options;
  }

  /** Computes stale scores; the job that does where it takes longer. */
  begin(): Promise<Job | null> {
    const next = this.#last.then(() => this.#begin());
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #begin(): Promise<Job | null> {
    const { project, jobs, changed } = this.#options;
    const open = jobs.openOf('scores');
    if (open !== undefined) return open;
    if ((await project.staleScores(this.#which())) === 0) return null;
    const which = this.#which();
    // What fails is tried once more by the job, which says so.
    await project.score(which, { signal: AbortSignal.timeout(atOnce) }).catch(() => undefined);
    const left = await project.staleScores(which);
    if (left === 0) {
      changed();
      return null;
    }
    return jobs.add({
      kind: 'scores',
      title: 'Computing scores of the labels',
      total: left,
      work: [workOf(left)],
      run: (signal) => this.#steps(left, signal),
    });
  }

  /** While images are predicted, what rests on all images goes on changing and waits. */
  #which(): StaleScoresWish {
    return this.#options.jobs.openOf('predict') === undefined ? 'all' : 'own';
  }

  /** What became stale meanwhile follows. */
  async *#steps(first: number, signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { project, changed } = this.#options;
    let done = 0;
    for (let left = first; left > 0; left = await project.staleScores(this.#which())) {
      yield { done: 0, total: done + left, left: [workOf(left)] };
      const which = this.#which();
      for await (const step of relayedSteps((options) => project.score(which, options), signal, { like })) {
        done += step.done;
        yield step;
      }
    }
    changed();
  }
}
