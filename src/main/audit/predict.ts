/** The step that predicts what has no prediction yet, and keeps every batch as it arrives. */

import type { ImageId } from '../../shared/audit.js';
import type { Engine } from '../engine/engine.js';
import type { ListedSource } from '../project/images.js';
import { modelLocation } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import type { StepProgress } from './jobs.js';
import { predictBatches } from './predict-batches.js';

/** Images in one request to the engine and in one transaction: what a kill -9 can lose. */
const batchSize = 64;

export interface PredictStep {
  readonly project: Project;
  readonly engine: Engine;
  readonly signal: AbortSignal;
  /** Hears of the images whose results were just kept. */
  readonly changed: (ids: readonly ImageId[]) => void;
}

/** Pending images in batches, by id; every image comes once, also while results of earlier ones are still on their way. */
async function* pending(project: Project): AsyncGenerator<readonly ListedSource[]> {
  let after = 0;
  for (;;) {
    const batch = project.pendingPredictions(after, batchSize);
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.id;
    yield await Promise.resolve(batch);
  }
}

/** Number of images that wait for a prediction. */
export function pendingCount(project: Project): number {
  const { images, predicted, unreadable } = project.counts();
  return images - predicted - unreadable;
}

/**
 * Predicts every image that has neither a prediction nor an error. What is kept is never computed again, so a run may be
 * killed at any moment and gone on with later.
 */
export async function* predictPending({ project, engine, signal, changed }: PredictStep): AsyncGenerator<StepProgress> {
  const batches = predictBatches({
    engine,
    model: modelLocation(project.info),
    batches: pending(project),
    input: (image) => image.source,
    signal,
  });
  for await (const { items, outcomes } of batches) {
    const records = items.flatMap(({ id }, at) => {
      const outcome = outcomes[at];
      return outcome === undefined ? [] : [{ id, outcome }];
    });
    project.recordPredictions(records);
    changed(records.map(({ id }) => id));
    yield { done: records.length, skipped: outcomes.filter((outcome) => !outcome.ok).length };
  }
}
