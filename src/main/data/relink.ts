/** Ties a project to its dataset where that lies now: one answer for all images, which keep results and verdicts. */

import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { AppError, toAppError } from '../../shared/errors.js';
import type { Progress } from '../../shared/progress.js';
import { batchesOf } from '../dataset/batches.js';
import type { Project } from '../project/project.js';
import type { ProjectInfo } from '../project/project-info.js';
import { openedDataset } from './opened-dataset.js';

/** Below this share of a project's images, a folder is taken for another dataset. */
const leastShare = 0.5;
/** Files that are looked up in one go. */
const batchSize = 500;

interface Found {
  readonly datasetPath: string;
  readonly labelsFile: string | null;
  /** Images of the project that are there. */
  readonly known: number;
}

const count = (value: number): string => value.toLocaleString('en');

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Where the table of labels lies that lay in or beside the dataset before. @throws AppError `LABELS_INVALID` when it is nowhere. */
async function labelsFileNow({ labelsFile, datasetPath }: ProjectInfo, now: string): Promise<string | null> {
  if (labelsFile === null) return null;
  const moved = [
    resolve(now, relative(datasetPath, labelsFile)),
    join(now, basename(labelsFile)),
    join(dirname(now), basename(labelsFile)),
  ];
  for (const candidate of [...moved, labelsFile]) if (await isThere(candidate)) return candidate;
  throw new AppError(
    'LABELS_INVALID',
    `The table of labels ${basename(labelsFile)} was at ${labelsFile} and is not beside the dataset ${now}.`,
    'Put it into the dataset’s folder, then say once more where the dataset is.',
  );
}

async function* lookAt(project: Project, datasetPath: string): AsyncGenerator<Progress, Found, void> {
  const total = project.imageCount();
  const labelsFile = await labelsFileNow(project.info, datasetPath);
  const { format } = project.info;
  const dataset = yield* openedDataset({ datasetPath, format, labelsFile }, total);
  let known = 0;
  for await (const batch of batchesOf(dataset.images(), batchSize)) {
    known += project.knownAmong(batch.map(({ file }) => file));
    yield { done: Math.min(known, total), total };
  }
  return { datasetPath, labelsFile, known };
}

const wayOut = ({ datasetPath }: ProjectInfo): string =>
  `Choose what ${datasetPath} is now: the folder that holds the same folders and files. For another dataset start a new audit.`;

/** The folder itself, or the dataset under its old name inside. */
async function* bestOf(project: Project, path: string): AsyncGenerator<Progress, Found, void> {
  const inside = join(path, basename(project.info.datasetPath));
  const places = (await isThere(inside)) ? [inside, path] : [path];
  let best: Found | null = null;
  let failure: unknown;
  for (const place of places) {
    try {
      const found = yield* lookAt(project, place);
      if (best === null || found.known > best.known) best = found;
    } catch (error) {
      failure = error;
    }
  }
  if (best === null) {
    const { code, message, hint } = toAppError(failure);
    if (code === 'LABELS_INVALID') throw failure;
    const why = `The dataset of ${project.info.name} is not at ${path}: ${message}`;
    throw new AppError('DATASET_NOT_FOUND', why, `${hint} ${wayOut(project.info)}`.trim(), { cause: failure });
  }
  return best;
}

/**
 * Relinks a project to the dataset at `path` (or in a folder of its old name there); a scan has to follow.
 * @throws AppError `DATASET_NOT_FOUND` when fewer than half of the project's images are there, `DATASET_*`, `LABELS_INVALID`; the
 * project is as before then.
 */
export async function* relinkDataset(project: Project, path: string): AsyncGenerator<Progress, null, void> {
  project.requireWritable();
  const { info } = project;
  const all = project.imageCount();
  const { known, ...place } = yield* bestOf(project, resolve(path));
  if (known < all * leastShare) {
    const here = known === 0 ? `None of the ${count(all)}` : `Only ${count(known)} of the ${count(all)}`;
    throw new AppError(
      'DATASET_NOT_FOUND',
      `${here} images of ${info.name} are at ${path}, by their names.`,
      wayOut(info),
    );
  }
  project.relink(place);
  return null;
}
