/** Keeping the scores of an open project as they would be computed now: at once where that is quick, otherwise as a job. */

import type { Job } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Jobs } from '../jobs/jobs.js';
import type { Project } from '../project/project.js';

/** What takes no longer is done before anybody sees the images without it, in milliseconds. */
const atOnce = 30;
/** Seconds a part of the images may take. */
const guess = 0.02;
const like = 'scores';

export interface ScoreKeeperOptions {
  readonly project: Pick<Project, 'scoring'>;
  readonly jobs: Jobs;
  /** Hears that the scores of any image may have changed. */
  readonly changed: () => void;
}

export class ScoreKeeper {
  readonly #options: ScoreKeeperOptions;

  constructor(options: ScoreKeeperOptions) {
    this.#options = options;
  }

  /** Computes stale scores; the job that does where it takes longer. */
  begin(): Job | null {
    const { jobs, changed } = this.#options;
    const open = jobs.openOf('scores');
    if (open !== undefined) return open;
    const scoring = this.#stale();
    if (scoring === null) return null;
    const steps = scoring.run();
    const quick = this.#atOnce(steps);
    if (quick === null) {
      changed();
      return null;
    }
    const { done } = quick;
    return jobs.add({
      kind: 'scores',
      title: 'Computing scores of the labels',
      total: scoring.steps,
      work: [{ like, items: scoring.steps - done, guess }],
      run: (signal) => this.#steps(steps, done, signal),
    });
  }

  /** While images are predicted, what rests on all images goes on changing and waits. */
  #stale(): ReturnType<Project['scoring']> {
    const { project, jobs } = this.#options;
    return project.scoring(jobs.openOf('predict') === undefined ? 'all' : 'own');
  }

  /** How many steps were taken in the time there is; null where there are no more. What fails is tried once more by the job, which says so. */
  #atOnce(steps: Generator<void>): { readonly done: number } | null {
    const end = performance.now() + atOnce;
    let done = 0;
    try {
      while (performance.now() < end) {
        if (steps.next().done === true) return null;
        done += 1;
      }
    } catch {
      // The job meets it as well, and tells it.
    }
    return { done };
  }

  /** Goes on where it was; what became stale meanwhile follows. */
  async *#steps(first: Generator<void>, before: number, signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { changed } = this.#options;
    let done = before;
    yield { done };
    for (let steps: Generator<void> | undefined = first; steps !== undefined;) {
      for (const _ of steps) {
        done += 1;
        yield { done: 1, like };
        if (signal.aborted) throw new AppError('CANCELLED', 'Computing scores was cancelled.');
        // The window is answered between two parts.
        await new Promise((resolve) => setImmediate(resolve));
      }
      const left = this.#stale();
      if (left !== null) yield { done: 0, total: done + left.steps, left: [{ like, items: left.steps, guess }] };
      steps = left?.run();
    }
    changed();
  }
}
