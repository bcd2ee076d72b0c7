/** Keeps the work on a project in step with its model: opened once, and looked at again where a task found another one. */

import { AppError, type ErrorData } from '../../shared/errors.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine } from '../engine/engine.js';
import type { Terms } from '../project/project-info.js';
import type { StepProgress } from '../jobs/job-progress.js';
import { type Jobs, PutOff } from '../jobs/jobs.js';
import { openProjectModel } from './open-model.js';

export interface ModelWatchOptions {
  readonly project: OpenProject;
  readonly engine: Engine;
  readonly jobs: Jobs;
  /** Hears that another model was found and put in place: what it says is not predicted yet. */
  readonly replaced: (notice: ErrorData) => void;
}

/** Whether a task was refused because the model is another one now. */
export function isModelChanged(error: unknown): boolean {
  return error instanceof AppError && error.code === 'MODEL_CHANGED';
}

export class ModelWatch {
  readonly #options: ModelWatchOptions;
  #model: Promise<void> | null = null;

  constructor(options: ModelWatchOptions) {
    this.#options = options;
  }

  /** Opens the model once. @throws AppError `MODEL_*`, `ENGINE_STOPPED`; then it is tried again. */
  open(): Promise<void> {
    this.#model ??= this.#options.jobs.giveWay('the model to open', this.#open()).catch((error: unknown) => {
      this.#model = null;
      throw error;
    });
    return this.#model;
  }

  /** Opens the model anew after a task found another one in its place. */
  lookAgain(): Promise<void> {
    this.#model = null;
    return this.open();
  }

  /** What a task did not get because its model was changed is not lost: that is noticed, and predicting begins. */
  async watched<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      if (isModelChanged(error)) await this.lookAgain();
      throw error;
    }
  }

  /** The same for the steps of a job. */
  async *watchedSteps(steps: AsyncIterable<StepProgress>): AsyncGenerator<StepProgress> {
    try {
      yield* steps;
    } catch (error) {
      if (isModelChanged(error)) await this.lookAgain();
      throw error;
    }
  }

  /**
   * What a task asked for under `asked` is done under, once the model is open: the same, unless the model turned out to be
   * another. Then the task is made anew, with the present model and its mapping and the settings that were asked for.
   */
  async opened(asked: Terms): Promise<Terms> {
    await this.open();
    const { info } = this.#options.project;
    return info.model.hash === asked.model.hash ? asked : { ...info, tis: asked.tis };
  }

  /** The same for a job that rests on predictions: those of another model come first. @throws PutOff while they are not done. */
  async jobTerms(asked: Terms): Promise<Terms> {
    const terms = await this.opened(asked);
    if (terms !== asked && this.#options.jobs.openOf('predict') !== undefined) throw new PutOff('predict');
    return terms;
  }

  async #open(): Promise<void> {
    const { project, engine, replaced } = this.#options;
    const notice = await openProjectModel(project, engine);
    if (notice !== null) replaced(notice);
  }
}
