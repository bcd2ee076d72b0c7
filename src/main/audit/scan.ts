/** The steps that list a dataset's images into a project, and read again those whose files were written to since. */

import { AppError } from '../../shared/errors.js';
import type { Dataset, DatasetImage } from '../dataset/dataset.js';
import { readStamps } from '../dataset/file-stamp.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine } from '../engine/engine.js';
import type { StepProgress } from '../jobs/job-progress.js';
import { proposeMapping } from '../mapping/mapping.js';

/** Images added in one transaction: a few milliseconds of the main process. */
const batchSize = 500;
/** Images in doubt read in one request to the engine. */
const readBatchSize = 32;

/** A dataset whose images have been listed. */
export interface ListedImages {
  readonly images: readonly DatasetImage[];
  readonly warnings: readonly string[];
  /** Folders that could not be read; see {@link Dataset.unlisted}. */
  readonly unlisted: readonly string[];
}

/** Lists all images of a dataset, without opening any. */
export async function listImages(dataset: Dataset): Promise<ListedImages> {
  const images: DatasetImage[] = [];
  for await (const image of dataset.images()) images.push(image);
  return { images, warnings: dataset.warnings, unlisted: dataset.unlisted };
}

/** What a finished scan found. */
export interface ScanOutcome {
  /** Images of earlier scans that the dataset no longer lists. */
  readonly removed: number;
}

/**
 * Adds all images, batch by batch; images of earlier scans that are gone are removed at the end. A scan that was cut off
 * starts again.
 * @throws AppError `DATASET_EMPTY` where a project with images would lose all of them; nothing is changed then.
 */
export async function* scanImages(
  project: OpenProject,
  { images, warnings, unlisted }: ListedImages,
  signal: AbortSignal,
): AsyncGenerator<StepProgress, ScanOutcome> {
  await refuseEmpty(project, images);
  const labelsBefore = project.info.labels.length;
  await project.beginScan();
  for (let from = 0; from < images.length; from += batchSize) {
    if (signal.aborted) throw new AppError('CANCELLED', 'The scan was cancelled.');
    const batch = images.slice(from, from + batchSize);
    const stamps = await readStamps(batch);
    await project.addImages(batch.map((image, at) => ({ ...image, stamp: stamps[at] ?? null })));
    yield { done: batch.length };
    // Everything is in memory already: without a pause the event loop would be busy to the end.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const removed = await project.finishScan(warnings, unlisted);
  await mapNewLabels(project, labelsBefore);
  return { removed };
}

/** Labels that the dataset did not have before get the class of their name; positions would be a guess nobody was asked about. */
async function mapNewLabels(project: OpenProject, before: number): Promise<void> {
  const { labels, mapping, model } = project.info;
  if (labels.length === before) return;
  const proposed = proposeMapping(labels, model);
  await project.setMapping(
    mapping.map((row, at) => {
      const match = proposed[at];
      const sure = match !== undefined && (match.by === 'name' || match.by === 'synset');
      return at >= before && row.by === 'none' && sure ? match : row;
    }),
  );
}

/** A drive that is not connected leaves an empty folder behind: no reason to forget what is known. */
async function refuseEmpty(project: OpenProject, images: readonly DatasetImage[]): Promise<void> {
  const known = await project.imageCount();
  if (images.length > 0 || known === 0) return;
  throw new AppError(
    'DATASET_EMPTY',
    `No images are left in ${project.info.datasetPath}, where ${known.toLocaleString('en')} were before.`,
    'Connect its drive or put the images back, or say where the dataset is now. The project was not changed.',
  );
}

/** Reads the images whose files were written to since, one batch after the other; `changed` hears how many hold another picture. */
export async function* identifyImages(
  project: OpenProject,
  engine: Engine,
  signal: AbortSignal,
  changed: (count: number) => void,
): AsyncGenerator<StepProgress> {
  let after = 0;
  for (;;) {
    const batch = await project.imagesInDoubt(after, readBatchSize);
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.id;
    const inputs = batch.map(({ source }) => source);
    const outcomes = await engine.identify({ inputs }, { signal });
    // A project that was closed meanwhile takes nothing any more.
    if (signal.aborted) throw new AppError('CANCELLED', 'The scan was cancelled.');
    const read = batch.flatMap(({ id }, at) => {
      const outcome = outcomes[at];
      return outcome === undefined ? [] : [{ id, outcome }];
    });
    changed(await project.identify(read));
    yield { done: read.length, skipped: outcomes.filter((outcome) => !outcome.ok).length };
  }
}
