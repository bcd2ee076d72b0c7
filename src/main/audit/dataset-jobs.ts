/** Keeping a project in step with its dataset, as jobs: listing it, and reading again what was written to. */

import type { ErrorData } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import { callSteps } from '../data/call-steps.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine } from '../engine/engine.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Jobs } from '../jobs/jobs.js';
import type { Work } from '../jobs/pace.js';
import { identifyImages } from './identify-images.js';
import { requireDataset } from './missing-images.js';

/** Seconds an image may take to be listed, and to be read. */
const listGuess = 0.0005;
const readGuess = 0.02;

export interface DatasetJobsOptions {
  readonly project: OpenProject;
  readonly engine: Engine;
  readonly jobs: Jobs;
  /** Hears what a person should know. */
  readonly notice: (notice: ErrorData) => void;
  /** Hears that any image may have changed. */
  readonly changed: () => void;
}

const listing = (items: number): readonly Work[] => [{ like: 'list', items, guess: listGuess }];

const images = (count: number): string => counted(count, 'image');

export class DatasetJobs {
  readonly #options: DatasetJobsOptions;

  constructor(options: DatasetJobsOptions) {
    this.#options = options;
  }

  /** As `OpenAudit.scan`. */
  async scan(): Promise<void> {
    const { project, jobs, changed } = this.#options;
    await requireDataset(project.info.datasetPath);
    const before = await project.imageCount();
    const job = jobs.add({
      kind: 'scan',
      title: 'Listing the images',
      total: before,
      work: listing(before),
      run: (signal) => this.#scanSteps(signal),
    });
    try {
      await jobs.completed(job.id);
      if (before > 0) await this.readChanged();
    } finally {
      changed();
    }
  }

  /** Ties the project to its dataset at another place; a scan has to follow. @throws AppError as `relinkDataset`. */
  async relink(path: string): Promise<void> {
    await this.#options.project.relinkDataset(path, {});
  }

  /** As `OpenAudit.readChanged`. */
  async readChanged(): Promise<void> {
    const { project, jobs } = this.#options;
    const count = await project.countInDoubt({});
    if (count === 0) return;
    const job = jobs.add({
      kind: 'scan',
      title: `Checking ${images(count)} with another date`,
      total: count,
      work: [{ like: 'read', items: count, guess: readGuess }],
      run: (signal) => this.#identifySteps(signal),
    });
    await jobs.completed(job.id);
  }

  async *#scanSteps(signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { project, notice } = this.#options;
    // A list that is half made is nothing to work on.
    yield { done: 0, unbroken: true };
    const steps = callSteps((options) => project.scanDataset(options), signal);
    let before = 0;
    let step = await steps.next();
    for (; step.done !== true; step = await steps.next()) {
      const { done, total } = step.value;
      yield { done: done - before, total, like: 'list', left: listing(total - done) };
      before = done;
    }
    const { removed } = step.value;
    if (removed === 0) return;
    notice({
      code: 'DATASET_CHANGED',
      message: `${images(removed)} of an earlier scan ${removed === 1 ? 'is' : 'are'} no longer in the dataset and left the list.`,
      hint: 'Verdicts on them are kept, and count again when the files come back.',
    });
  }

  async *#identifySteps(signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { project, engine, notice } = this.#options;
    await requireDataset(project.info.datasetPath);
    let others = 0;
    yield* identifyImages(project, engine, signal, (count) => {
      others += count;
    });
    if (others === 0) return;
    notice({
      code: 'DATASET_CHANGED',
      message: `${images(others)} ${others === 1 ? 'holds another picture' : 'hold other pictures'} than before: what was computed from the old ${others === 1 ? 'one' : 'ones'} was dropped.`,
      hint: `${others === 1 ? 'It is' : 'They are'} predicted again. Verdicts stay in the history, as given for another picture.`,
    });
  }
}
