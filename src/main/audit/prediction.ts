/** Predicting as a job of an open project: begun by itself or by a person, and not by itself again once a person cancelled it. */

import type { ImageId, Job } from '../../shared/audit.js';
import type { ErrorData } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine } from '../engine/engine.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Jobs } from '../jobs/jobs.js';
import { requireDataset } from './missing-images.js';
import { isModelChanged, type ModelWatch } from './model-watch.js';
import type { Work } from '../jobs/pace.js';
import { pendingAmong, pendingCount, predictPending } from './predict.js';

/** Seconds an image may take while none was predicted. */
const guess = 0.1;

export interface PredictionOptions {
  readonly project: OpenProject;
  readonly engine: Engine;
  readonly jobs: Jobs;
  readonly model: ModelWatch;
  /** Hears of the images whose results were just kept. */
  readonly changed: (ids: readonly ImageId[]) => void;
  /** Hears what a person should know. */
  readonly notice: (notice: ErrorData) => void;
}

export class Prediction {
  readonly #options: PredictionOptions;
  /** How often predicting was wished for: each time more images may have become pending. */
  #wishes = 0;

  constructor(options: PredictionOptions) {
    this.#options = options;
  }

  /** The job that waits or is under way. */
  get job(): Job | undefined {
    return this.#options.jobs.openOf('predict');
  }

  /** Predicts what is pending because a person says so; the job under way when there is one. @throws AppError `READ_ONLY`, `PROJECT_GONE`. */
  async begin(): Promise<Job> {
    const { project } = this.#options;
    await project.requireWritable();
    await project.cancelPrediction(false);
    this.#wishes += 1;
    return this.#add(await pendingCount(project));
  }

  /** Predicts what is pending, unless there is nothing, a person cancelled it, or nothing can be kept. */
  async goOn(): Promise<Job | null> {
    this.#wishes += 1;
    const { access, predictionCancelled, counts } = await this.#options.project.figures();
    if (access !== 'writable' || predictionCancelled || pendingAmong(counts) === 0) return null;
    return this.#add(pendingAmong(counts));
  }

  /** A person cancels it. */
  async cancel(job: Job): Promise<void> {
    const { project, jobs } = this.#options;
    try {
      await project.cancelPrediction(true);
    } finally {
      jobs.cancel(job.id);
    }
  }

  /** The job for so many images, unless there is one. */
  #add(count: number): Job {
    return (
      this.job ??
      this.#options.jobs.add({
        kind: 'predict',
        title: `Predicting ${counted(count, 'image')}`,
        total: count,
        work: [this.#work(count)],
        run: (signal) => this.#steps(signal),
      })
    );
  }

  #work(items: number): Work {
    return { like: `predict ${this.#options.project.info.model.hash}`, items, guess };
  }

  async *#steps(signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { project, model } = this.#options;
    await model.open();
    let [done, passed, told] = [0, NaN, NaN];
    // Once more where images became pending meanwhile: a pass goes through them once, in order.
    while (passed !== this.#wishes && (await pendingCount(project)) > 0) {
      passed = this.#wishes;
      try {
        for await (const step of this.#pass(signal)) {
          done += step.done;
          const known = told === this.#wishes;
          told = this.#wishes;
          yield known ? step : await this.#restated(step, done);
        }
      } catch (error) {
        if (!isModelChanged(error)) throw error;
        await model.lookAgain();
        passed = NaN;
      }
    }
  }

  /** A step with how many there are in all now. */
  async #restated(step: StepProgress, done: number): Promise<StepProgress> {
    const pending = await pendingCount(this.#options.project);
    return { ...step, total: done + pending, left: [this.#work(pending)] };
  }

  async *#pass(signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { project, engine, changed, notice } = this.#options;
    await requireDataset(project.info.datasetPath);
    yield { done: 0 };
    yield* predictPending({ project, engine, signal, changed, missing: notice });
  }
}
