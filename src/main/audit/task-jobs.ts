/** Tasks as jobs of an open project: kept in the ledger until they end, and gone on with when the project is opened again. */

import { type ImageId, isOpen, type Job, type JobId } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import type { OpenProject } from '../data/open-project.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Jobs } from '../jobs/jobs.js';
import type { Work } from '../jobs/pace.js';
import { explainTask, type Task, termsOf } from '../project/task.js';
import type { Terms } from '../project/project-info.js';
import { parametersOf } from './comparison.js';
import { explainWork } from './explain-images.js';
import type { ModelWatch } from './model-watch.js';
import type { TaskRunner } from './task-runner.js';

export interface TaskJobsOptions {
  readonly project: OpenProject;
  readonly jobs: Jobs;
  readonly model: ModelWatch;
  readonly runner: TaskRunner;
  /** Brings the scores up to date that suspicion rests on. */
  readonly score: (signal: AbortSignal) => AsyncGenerator<StepProgress>;
}

const doing = { predict: 'Predicting', explain: 'Explaining', maps: 'Maps of' } as const;

/** Errors that say nothing against a task: it stays open. */
const passing: readonly string[] = [
  'CANCELLED',
  'ENGINE_STOPPED',
  'DATASET_NOT_FOUND',
  'DRIVE_SILENT',
  'DISK_FULL',
  'PROJECT_GONE',
];

/** Seconds an image may take while none was done. */
const guesses = { predict: 0.1, maps: 3 } as const;

function titleOf({ kind }: Pick<Task, 'kind'>, images: number): string {
  return `${doing[kind]} ${counted(images, 'image')}`;
}

function workOf(task: Task, items: number, terms: Terms): Work {
  if (task.kind === 'explain') return explainWork(items, terms);
  const { hash } = task.model;
  const like =
    task.kind === 'predict'
      ? `predict ${hash}`
      : `maps ${task.parameters.method} ${hash} ${JSON.stringify(parametersOf(task.parameters.method, terms))}`;
  return { like, items, guess: guesses[task.kind] };
}

export class TaskJobs {
  readonly #options: TaskJobsOptions;
  /** The task that each job is about. */
  readonly #tasks = new Map<JobId, Task>();

  constructor(options: TaskJobsOptions) {
    this.#options = options;
  }

  /** Explains the most suspicious images that have no maps yet. */
  async explainMost(count: number): Promise<Job> {
    const { project } = this.#options;
    const terms = project.info;
    const ids = await project.suspicious(count, { unexplainedOnly: true });
    const task = explainTask(ids, { ...terms, identity: await project.identity() });
    await project.beginTask(task);
    return this.#add(task, ids.length, terms, (signal) => this.#explainMost(task, { count, terms }, signal));
  }

  /** Does a task that was written down. @throws AppError `MODEL_CHANGED`, `BAD_USAGE` where it is for another project. */
  async add(task: Task): Promise<Job> {
    const { project } = this.#options;
    const terms = termsOf(task, project.info, await project.identity());
    await project.beginTask(task);
    return this.#add(task, task.images.length, terms, (signal) => this.#run(task, signal));
  }

  /** Goes on with the tasks that had not ended when the project was closed, or its process was killed; those of another model or cache end. */
  async resume(): Promise<void> {
    const { project } = this.#options;
    const open = this.#options.jobs.list().filter(isOpen);
    const going = new Set(open.map(({ id }) => this.#tasks.get(id)?.id));
    for (const task of await project.openTasks()) {
      if (going.has(task.id)) continue;
      const isOwn = task.model.hash === project.info.model.hash && task.project === (await project.identity());
      if (isOwn) await this.add(task);
      else await project.endTask(task.id, 'cancelled');
    }
  }

  /** A person cancels a job: its task is not gone on with. */
  async cancelled(job: JobId): Promise<void> {
    const task = this.#tasks.get(job);
    if (task !== undefined) await this.#options.project.endTask(task.id, 'cancelled');
  }

  #add(task: Task, total: number, terms: Terms, run: (signal: AbortSignal) => AsyncIterable<StepProgress>): Job {
    const job = this.#options.jobs.add({
      kind: task.kind === 'maps' ? 'explain' : task.kind,
      title: titleOf(task, total),
      total,
      work: [workOf(task, total, terms)],
      run: (signal) => this.#options.model.watchedSteps(run(signal)),
    });
    this.#tasks.set(job.id, task);
    return job;
  }

  async *#run(task: Task, signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { project, runner, model } = this.#options;
    await model.open();
    let isDone = false;
    try {
      isDone = yield* runner.run(task, signal);
    } catch (error) {
      // What was given up ends where a person said so; what may succeed another time is gone on with when the project is opened again.
      if (!(error instanceof AppError) || !passing.includes(error.code)) await project.endTask(task.id, 'failed');
      throw error;
    }
    if (isDone) await project.endTask(task.id, 'done');
  }

  async *#explainMost(
    task: Task,
    asked: { readonly count: number; readonly terms: Terms },
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const { project, model, score } = this.#options;
    const terms = await model.jobTerms(asked.terms);
    const isScored = (await project.staleScores('own')) === 0;
    yield* score(signal);
    if (terms === asked.terms && isScored) {
      yield* this.#run(task, signal);
      return;
    }
    // What is suspicious to another model, or once scores are computed, are other images.
    const ids: readonly ImageId[] = await project.suspicious(asked.count, { unexplainedOnly: true });
    const anew: Task = { ...explainTask(ids, { ...terms, identity: task.project }), id: task.id };
    await project.replaceTask(anew);
    yield { done: 0, total: ids.length, left: [explainWork(ids.length, terms)] };
    yield* this.#run(anew, signal);
  }
}
