/** The step that predicts what has no prediction yet, and keeps every batch as it arrives. */

import type { ImageId, ProjectCounts } from '../../shared/audit.js';
import type { ErrorData } from '../../shared/errors.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine, PredictOutcome } from '../engine/engine.js';
import type { ListedSource } from '../project/images.js';
import { modelOf } from '../project/project-info.js';
import type { StepProgress } from '../jobs/job-progress.js';
import { MissingImages, requireDataset } from './missing-images.js';
import { predictBatches } from './predict-batches.js';

/** Images in one request to the engine and in one transaction: what a kill -9 can lose. */
const batchSize = 64;

export interface PredictStep {
  readonly project: OpenProject;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  /** Hears of the images whose results were just kept. */
  readonly changed: (ids: readonly ImageId[]) => void;
  /** Hears, at the end, of images that are not there any more. */
  readonly missing: (notice: ErrorData) => void;
}

/** Pending images in batches, by id; every image comes once, also while results of earlier ones are still on their way. */
async function* pending(project: OpenProject): AsyncGenerator<readonly ListedSource[]> {
  let after = 0;
  for (;;) {
    const batch = await project.pendingPredictions(after, batchSize);
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.id;
    yield batch;
  }
}

/** Number of images that wait for a prediction. */
export async function pendingCount(project: OpenProject): Promise<number> {
  return pendingAmong(await project.counts());
}

export function pendingAmong({ images, predicted, unreadable }: ProjectCounts): number {
  return images - predicted - unreadable;
}

const failed = (outcome: PredictOutcome | undefined): boolean => outcome?.ok === false;
const notFound = (outcome: PredictOutcome | undefined): boolean =>
  outcome?.ok === false && outcome.error.code === 'IMAGE_NOT_FOUND';

/**
 * Predicts every image that has neither a prediction nor an error. What is kept is never computed again, so a run may be
 * killed at any moment and gone on with later. Images whose files are not there stay pending.
 * @throws AppError `DATASET_NOT_FOUND` when the dataset goes away meanwhile, or at the end when folders of it are not there.
 */
export async function* predictPending(step: PredictStep): AsyncGenerator<StepProgress> {
  const { project, engine, signal, changed } = step;
  const { datasetPath, model } = project.info;
  const missing = new MissingImages(datasetPath);
  const batches = predictBatches({
    engine,
    model: modelOf(project.info),
    batches: pending(project),
    input: (image) => image.source,
    signal,
  });
  for await (const { items, outcomes } of batches) {
    // What cannot be read while the dataset is away says nothing about the images.
    if (outcomes.some(failed)) await requireDataset(datasetPath);
    for (const [at, { source }] of items.entries()) if (notFound(outcomes[at])) await missing.note(source.path);
    const records = items.flatMap(({ id }, at) => {
      const outcome = outcomes[at];
      return outcome === undefined ? [] : [{ id, outcome }];
    });
    await project.recordPredictions(records, model.hash);
    changed(records.map(({ id }) => id));
    yield { done: records.length, skipped: outcomes.filter(failed).length };
  }
  missing.refuseFolders();
  const notice = missing.notice();
  if (notice !== null) step.missing(notice);
}
