/** Ties a project to its dataset where that lies now: one answer for all images, which keep results and verdicts. */

import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { AppError, toAppError } from '../../shared/errors.js';
import type { OpenProject } from '../data/open-project.js';
import { openDataset } from '../dataset/registry.js';
import type { ProjectInfo } from '../project/project-info.js';
import { listImages, type ListedImages } from './scan.js';

/** Below this share of a project's images, a folder is taken for another dataset. */
const leastShare = 0.5;

interface Found {
  readonly datasetPath: string;
  readonly labelsFile: string | null;
  readonly listed: ListedImages;
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

async function lookAt(project: OpenProject, datasetPath: string): Promise<Found> {
  const labelsFile = await labelsFileNow(project.info, datasetPath);
  const { format } = project.info;
  const listed = await listImages(await openDataset(datasetPath, { format, labelsFile: labelsFile ?? undefined }));
  return { datasetPath, labelsFile, listed, known: await project.knownAmong(listed.images.map(({ file }) => file)) };
}

const wayOut = ({ datasetPath }: ProjectInfo): string =>
  `Choose what ${datasetPath} is now: the folder that holds the same folders and files. For another dataset start a new audit.`;

/** The folder itself, or the dataset under its old name inside. */
async function bestOf(project: OpenProject, path: string): Promise<Found> {
  const inside = join(path, basename(project.info.datasetPath));
  const places = (await isThere(inside)) ? [inside, path] : [path];
  let best: Found | null = null;
  let failure: unknown;
  for (const place of places) {
    try {
      const found = await lookAt(project, place);
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
 * Relinks a project to the dataset at `path` (or in a folder of its old name there); a scan of what is returned has to follow.
 * @throws AppError `DATASET_NOT_FOUND` when fewer than half of the project's images are there, `DATASET_*`, `LABELS_INVALID`; the
 * project is as before then.
 */
export async function relinkDataset(project: OpenProject, path: string): Promise<ListedImages> {
  const { info } = project;
  const all = await project.imageCount();
  const { known, listed, ...place } = await bestOf(project, resolve(path));
  if (known < all * leastShare) {
    const here = known === 0 ? `None of the ${count(all)}` : `Only ${count(known)} of the ${count(all)}`;
    throw new AppError(
      'DATASET_NOT_FOUND',
      `${here} images of ${info.name} are at ${path}, by their names.`,
      wayOut(info),
    );
  }
  await project.relink(place);
  return listed;
}
