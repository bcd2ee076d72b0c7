/** Does tasks on an open project: what the ledger lacks of them, image by image, each noted when it is kept. */

import type { ClassIndex, ImageId, ImageRow } from '../../shared/audit.js';
import type { OpenProject } from '../data/open-project.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { TaskOutcome } from '../project/ledger.js';
import { classOfLabel } from '../project/label-mapping.js';
import { modelOf, type Terms } from '../project/project-info.js';
import { type Task, type TaskOf, termsOf } from '../project/task.js';
import type { Comparison } from './comparison.js';
import { explainImages, isImagesOwn, isMissing } from './explain-images.js';
import type { ExplainQueue } from './explain-queue.js';
import { requireDataset } from './missing-images.js';
import { predictBatches } from './predict-batches.js';

export interface TaskSurroundings {
  readonly project: OpenProject;
  readonly engine: Engine;
  readonly queue: ExplainQueue;
  readonly comparison: Comparison;
  /** Hears of images whose results were just kept. */
  readonly changed: (ids: readonly ImageId[]) => void;
  /** Hears of every image whose maps are there now. */
  readonly explained: (id: ImageId) => Promise<void>;
}

/** Images in one request to the engine. */
const batchSize = 64;

export class TaskRunner {
  readonly #around: TaskSurroundings;

  constructor(around: TaskSurroundings) {
    this.#around = around;
  }

  /**
   * Does what is left of a task, which the project was given; returns whether all of it is dealt with: images whose files are not there are left
   * for another time.
   * @throws AppError `DATASET_NOT_FOUND`; `MODEL_CHANGED`, `BAD_USAGE` as {@link termsOf}; `CANCELLED`, and what stops the work as a whole.
   */
  async *run(task: Task, signal: AbortSignal): AsyncGenerator<StepProgress, boolean> {
    const { project } = this.#around;
    const terms = termsOf(task, project.info, await project.identity());
    await requireDataset(project.info.datasetPath);
    const { left, gone } = await project.taskLacks(task);
    const before = task.images.length - left.length;
    if (before > 0) yield { done: before, skipped: gone, computed: 0 };
    yield* this.#steps(task, { left, terms, signal });
    return (await project.taskLacks(task)).left.length === 0;
  }

  #steps(
    task: Task,
    what: { readonly left: readonly ImageId[]; readonly terms: Terms; readonly signal: AbortSignal },
  ): AsyncGenerator<StepProgress> {
    switch (task.kind) {
      case 'predict':
        return this.#predict(task, what.left, what.terms, what.signal);
      case 'explain':
        return this.#explain(task, what.left, what.terms, what.signal);
      case 'maps':
        return this.#maps(task, what.left, what.terms, what.signal);
    }
  }

  #explain(
    { id: task }: Task,
    ids: readonly ImageId[],
    terms: Terms,
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const { queue, explained } = this.#around;
    return explainImages({
      ids,
      terms,
      queue,
      signal,
      explained,
      noted: (id, outcome) => this.#note(task, id, outcome),
    });
  }

  async *#predict(
    { id: task }: Task,
    ids: readonly ImageId[],
    terms: Terms,
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const { project, engine, changed } = this.#around;
    const batches = predictBatches({
      engine,
      model: modelOf(terms),
      batches: this.#unpredicted(ids, async (known) => {
        for (const id of known) await this.#note(task, id, 'done');
      }),
      input: ({ source }) => source,
      signal,
    });
    let told = 0;
    for await (const { items, outcomes } of batches) {
      const records = items.flatMap(({ id }, at) => {
        const outcome = outcomes[at];
        return outcome === undefined ? [] : [{ id, outcome }];
      });
      await project.recordPredictions(records, terms.model.hash);
      changed(records.map(({ id }) => id));
      for (const { id, outcome } of records) {
        if (outcome.ok) await this.#note(task, id, 'done');
        else if (outcome.error.code !== 'IMAGE_NOT_FOUND') await this.#note(task, id, 'passed over');
      }
      told += records.length;
      yield { done: records.length, skipped: records.filter(({ outcome }) => !outcome.ok).length };
    }
    // The others were predicted already, or could not be read.
    if (told < ids.length) yield { done: ids.length - told, computed: 0 };
  }

  async *#maps(
    task: TaskOf<'maps'>,
    ids: readonly ImageId[],
    terms: Terms,
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const { project, comparison } = this.#around;
    const { method, values, of } = task.parameters;
    for (const id of ids) {
      const [row] = await project.rows([id]);
      const shown = row === undefined ? undefined : classShown(row, of, terms);
      let outcome: TaskOutcome | null = 'passed over';
      let computed = 0;
      if (shown !== undefined) {
        try {
          const [map] = await comparison.maps({ id, method, classes: [shown], terms, values }, { signal, ahead: true });
          computed = map?.cached === true ? 0 : 1;
          outcome = 'done';
        } catch (error) {
          if (!isImagesOwn(error)) throw error;
          if (isMissing(error)) outcome = null;
        }
      }
      if (outcome !== null) await this.#note(task.id, id, outcome);
      yield { done: 1, skipped: outcome === 'done' ? 0 : 1, computed };
    }
  }

  /** Images without prediction in batches, with where they lie; `others` hears of those that have one, or cannot be read. */
  async *#unpredicted(
    ids: readonly ImageId[],
    others: (ids: readonly ImageId[]) => Promise<void>,
  ): AsyncGenerator<readonly { readonly id: ImageId; readonly source: ImageSource }[]> {
    const { project } = this.#around;
    for (let from = 0; from < ids.length; from += batchSize) {
      const rows = await project.rows(ids.slice(from, from + batchSize));
      const [known, open] = [rows.filter(isDealtWith), rows.filter((row) => !isDealtWith(row))];
      await others(known.map(({ id }) => id));
      if (open.length > 0)
        yield await Promise.all(open.map(async ({ id }) => ({ id, source: await project.source(id) })));
    }
  }

  #note(task: string, image: ImageId, outcome: TaskOutcome): Promise<void> {
    return this.#around.project.noteTask(task, image, outcome);
  }
}

/** The class whose map is made of an image: of its label, or what the model says where that has none or is asked for. */
function classShown(
  { label, prediction }: Pick<ImageRow, 'label' | 'prediction'>,
  of: TaskOf<'maps'>['parameters']['of'],
  { mapping }: Terms,
): ClassIndex | undefined {
  return (of === 'label' ? classOfLabel(mapping, label) : null) ?? prediction?.top[0]?.classIndex;
}

const isDealtWith = ({ prediction, error }: Pick<ImageRow, 'prediction' | 'error'>): boolean =>
  prediction !== null || error !== null;
