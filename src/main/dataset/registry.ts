/** Recognises the layout of a dataset and opens it with the reader for that layout. */

import { stat } from 'node:fs/promises';

import type { DatasetFormat } from '../../shared/audit.js';
import type { Dataset, DatasetReader, OpenOptions, Reading } from './dataset.js';
import { kindOfName } from './file-kinds.js';
import { folderPerClass } from './folder-per-class.js';
import { idx } from './idx.js';
import { imagenetNames } from './imagenet-names.js';
import { labelTable } from './label-table.js';
import { noDataset, noImages } from './no-images.js';
import { visitFile, visitFolder } from './site.js';
import { pathError, type Survey } from './survey.js';

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

/** A dataset and the layouts that fit its place, surest first. */
export interface RecognisedDataset {
  readonly dataset: Dataset;
  readonly candidates: readonly Candidate[];
}

type Readings = readonly (readonly [format: DatasetFormat, reading: Reading])[];

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw pathError(path, error);
  }
}

/** Layouts that a folder or file may have; with a table of labels given, those that take one. */
async function formatsFor(path: string, { labelsFile }: OpenOptions): Promise<readonly DatasetFormat[]> {
  if (!(await isFolder(path)) || labelsFile !== undefined) return ['idx', 'label-table'];
  return ['idx', 'label-table', 'imagenet-names', 'folder-per-class'];
}

/** Looks over a place once and asks readers of these formats. */
async function inspect(
  path: string,
  options: OpenOptions,
  formats: readonly DatasetFormat[],
): Promise<{ readonly survey: Survey; readonly readings: Readings }> {
  const alone = !(await isFolder(path)) && kindOfName(path) !== 'table';
  const site = await (alone ? visitFile(path, options) : visitFolder(path, options));
  const readings: (readonly [DatasetFormat, Reading])[] = [];
  for (const format of formats) readings.push([format, await readers[format].inspect(site)]);
  return { survey: site.survey, readings };
}

const candidatesOf = (readings: Readings): readonly Candidate[] =>
  readings
    .map(([format, { certainty }]) => ({ format, certainty }))
    .filter(({ certainty }) => certainty > 0)
    .toSorted((a, b) => b.certainty - a.certainty);

/**
 * The layouts that fit a folder or file, surest first; empty when none does. No image is decoded.
 * @throws AppError `DATASET_NOT_FOUND`, `DATASET_UNREADABLE`.
 */
export async function recogniseDataset(path: string, options: OpenOptions = {}): Promise<readonly Candidate[]> {
  const { readings } = await inspect(path, options, await formatsFor(path, options));
  return candidatesOf(readings);
}

/**
 * Opens a dataset in the chosen layout, or in the surest that fits.
 * @throws AppError `DATASET_NOT_FOUND`, `DATASET_EMPTY`, `DATASET_UNRECOGNISED`, `DATASET_UNREADABLE` or `LABELS_INVALID`.
 */
export async function readDataset(path: string, options: DatasetOptions = {}): Promise<RecognisedDataset> {
  const { format } = options;
  const formats = await formatsFor(path, format === undefined ? options : {});
  if (format !== undefined && !formats.includes(format)) throw await noDataset(path);
  const { survey, readings } = await inspect(path, options, formats);
  const candidates = candidatesOf(readings);
  const wanted = format ?? candidates[0]?.format;
  const reading = readings.find(([name]) => name === wanted)?.[1];
  if (reading !== undefined) return { dataset: await reading.open(), candidates };
  throw (await isFolder(path)) ? noImages(path, survey) : await noDataset(path);
}

/** The dataset of {@link readDataset}. */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  return (await readDataset(path, options)).dataset;
}
