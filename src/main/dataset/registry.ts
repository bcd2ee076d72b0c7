/** Recognises the layout of a dataset and opens it with the reader for that layout. */

import { stat } from 'node:fs/promises';

import type { DatasetFormat } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { Dataset, DatasetReader, OpenOptions } from './dataset.js';
import { folderPerClass } from './folder-per-class.js';
import { idx } from './idx.js';
import { imagenetNames } from './imagenet-names.js';
import { labelTable } from './label-table.js';

const readers: Readonly<Record<DatasetFormat, DatasetReader>> = {
  'folder-per-class': folderPerClass,
  'label-table': labelTable,
  idx,
  'imagenet-names': imagenetNames,
};

/** A layout that fits, and how surely: above 0, at most 1. */
export interface Candidate {
  readonly format: DatasetFormat;
  readonly certainty: number;
}

export interface DatasetOptions extends OpenOptions {
  /** The layout that the person chose; recognised when absent. */
  readonly format?: DatasetFormat | undefined;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new AppError(
      'DATASET_NOT_FOUND',
      `There is no dataset at "${path}".`,
      'Check the path, and that its drive is connected.',
      { cause: error },
    );
  }
}

async function formatsFor(path: string): Promise<readonly DatasetFormat[]> {
  return (await isFolder(path)) ? ['idx', 'label-table', 'imagenet-names', 'folder-per-class'] : ['idx', 'label-table'];
}

/**
 * The layouts that fit a folder or file, surest first; empty when none does. No image is opened.
 * @throws AppError `DATASET_NOT_FOUND`.
 */
export async function recogniseDataset(path: string, options: OpenOptions = {}): Promise<readonly Candidate[]> {
  const formats = await formatsFor(path);
  const candidates = await Promise.all(
    formats.map(async (format) => ({ format, certainty: await readers[format].recognise(path, options) })),
  );
  return candidates.filter(({ certainty }) => certainty > 0).toSorted((a, b) => b.certainty - a.certainty);
}

function unrecognised(path: string): AppError {
  return new AppError(
    'DATASET_UNRECOGNISED',
    `"${path}" is not a dataset that Hognose can read.`,
    'Choose a folder of images, a CSV or TSV with the columns path,label, or an IDX images file.',
  );
}

async function recogniseSurest(path: string, options: OpenOptions): Promise<DatasetFormat> {
  const [best] = await recogniseDataset(path, options);
  if (best !== undefined) return best.format;
  if (!(await isFolder(path))) throw unrecognised(path);
  throw new AppError(
    'DATASET_EMPTY',
    `No images were found in "${path}".`,
    'Choose a folder that holds a folder per class, images with a labels.csv, or IDX files.',
  );
}

/**
 * Opens a dataset in the chosen layout, or in the surest that fits.
 * @throws AppError `DATASET_NOT_FOUND`, `DATASET_EMPTY`, `DATASET_UNRECOGNISED`, `DATASET_UNREADABLE` or `LABELS_INVALID`.
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const format = options.format ?? (await recogniseSurest(path, options));
  if (!(await formatsFor(path)).includes(format)) throw unrecognised(path);
  return readers[format].open(path, options);
}
