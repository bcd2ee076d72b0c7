/** The step that lists a dataset's images into a project. */

import { AppError } from '../../shared/errors.js';
import type { Dataset, DatasetImage } from '../dataset/dataset.js';
import type { Project } from '../project/project.js';
import type { StepProgress } from './jobs.js';

/** Images added in one transaction: a few milliseconds of the main process. */
const batchSize = 500;

/** A dataset whose images have been listed. */
export interface ListedImages {
  readonly images: readonly DatasetImage[];
  readonly warnings: readonly string[];
}

/** Lists all images of a dataset, without opening any. */
export async function listImages(dataset: Dataset): Promise<ListedImages> {
  const images: DatasetImage[] = [];
  for await (const image of dataset.images()) images.push(image);
  return { images, warnings: dataset.warnings };
}

/** Adds all images, batch by batch; images of earlier scans that are gone are removed at the end. A scan that was cut off starts again. */
export async function* scanImages(
  project: Project,
  { images, warnings }: ListedImages,
  signal: AbortSignal,
): AsyncGenerator<StepProgress> {
  project.beginScan();
  for (let from = 0; from < images.length; from += batchSize) {
    if (signal.aborted) throw new AppError('CANCELLED', 'The scan was cancelled.');
    const batch = images.slice(from, from + batchSize);
    project.addImages(batch);
    yield { done: batch.length };
    // Everything is in memory already: without a pause the event loop would be busy to the end.
    await new Promise((resolve) => setImmediate(resolve));
  }
  project.finishScan(warnings);
}
