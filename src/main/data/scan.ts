/** Lists the dataset of a project into it, where the project is open: image by image, with nothing kept of one but its row. */

import { AppError } from '../../shared/errors.js';
import type { Progress } from '../../shared/progress.js';
import { batchesOf } from '../dataset/batches.js';
import type { Dataset } from '../dataset/dataset.js';
import { readStamps } from '../dataset/file-stamp.js';
import { proposingMapping } from '../mapping/mapping.js';
import type { Project } from '../project/project.js';
import { openedDataset } from './opened-dataset.js';

/** Images added in one transaction: a few milliseconds of work. */
const batchSize = 500;

/** What a finished scan found. */
export interface ScanOutcome {
  /** Images of earlier scans that the dataset no longer lists. */
  readonly removed: number;
}

/**
 * Adds all images, batch by batch; images of earlier scans that are gone are removed at the end. A scan that was cut off starts
 * again; what it added is kept.
 * @throws AppError `DATASET_*`, `LABELS_INVALID`; `DATASET_EMPTY` where a project with images would lose all of them. Nothing is
 * changed then.
 */
export async function* scanDataset(project: Project): AsyncGenerator<Progress, ScanOutcome, void> {
  project.requireWritable();
  const dataset = yield* openedDataset(project.info, project.imageCount());
  refuseEmpty(project, dataset);
  const labelsBefore = project.info.labels.length;
  project.beginScan();
  project.addLabels(await newLabels(project, dataset));
  let done = 0;
  for await (const batch of batchesOf(dataset.images(), batchSize)) {
    const stamps = await readStamps(batch);
    project.addImages(batch.map((image, at) => ({ ...image, stamp: stamps[at] ?? null })));
    done += batch.length;
    yield { done, total: dataset.count };
  }
  const removed = project.finishScan(dataset.warnings, dataset.unlisted);
  for (const _ of mapNewLabels(project, labelsBefore)) yield { done, total: dataset.count };
  return { removed };
}

/** Labels of images that the project does not have yet, in their order: known before the first image, they are written once. */
async function newLabels(project: Project, dataset: Dataset): Promise<ReadonlySet<string>> {
  const known = new Set(project.info.labels);
  const found = new Set<string>();
  if (dataset.labels.every((label) => known.has(label))) return found;
  for await (const { label } of dataset.images()) if (label !== null && !known.has(label)) found.add(label);
  return found;
}

/** Labels that the dataset did not have before get the class of their name; positions would be a guess nobody was asked about. */
function* mapNewLabels(project: Project, before: number): Generator<Progress, void, void> {
  const { labels, model } = project.info;
  if (labels.length === before) return;
  const proposed = yield* proposingMapping(labels, model);
  project.setMapping(
    project.info.mapping.map((row, at) => {
      const match = proposed[at];
      const sure = match !== undefined && (match.by === 'name' || match.by === 'synset');
      return at >= before && row.by === 'none' && sure ? match : row;
    }),
  );
}

/** A drive that is not connected leaves an empty folder behind: no reason to forget what is known. */
function refuseEmpty(project: Project, { count }: Dataset): void {
  const known = project.imageCount();
  if (count > 0 || known === 0) return;
  throw new AppError(
    'DATASET_EMPTY',
    `No images are left in ${project.info.datasetPath}, where ${known.toLocaleString('en')} were before.`,
    'Connect its drive or put the images back, or say where the dataset is now. The project was not changed.',
  );
}
