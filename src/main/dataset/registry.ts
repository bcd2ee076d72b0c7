/** Recognises the format of a dataset and opens it as that. */

import { stat } from 'node:fs/promises';

import { datasetFormat, datasetFormats } from './dataset-formats.js';
import type { DatasetFormat } from './dataset-format.js';
import type { Dataset, OpenOptions, Reading } from './dataset.js';
import { kindOfName } from './file-kinds.js';
import { noDataset, noImages } from './no-images.js';
import { visitFile, visitFolder } from './site.js';
import { pathError, type Survey } from './survey.js';

/** A format that fits, by its id, and how surely: above 0, at most 1. */
export interface Candidate {
  readonly format: string;
  readonly certainty: number;
}

export interface DatasetOptions extends OpenOptions {
  /** Id of the format that the person chose; recognised when absent. */
  readonly format?: string | undefined;
}

/** A dataset and the formats that fit its place, surest first. */
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

/** Formats that a folder or file may have; with a table of labels given, those that take one. */
async function formatsFor(path: string, { labelsFile }: OpenOptions): Promise<readonly DatasetFormat[]> {
  const folder = await isFolder(path);
  return datasetFormats.filter(
    ({ takes }) => (folder || takes.file !== null) && (labelsFile === undefined || takes.labels),
  );
}

/** Looks over a place once and asks these formats. */
async function inspect(
  path: string,
  options: OpenOptions,
  formats: readonly DatasetFormat[],
): Promise<{ readonly survey: Survey; readonly readings: Readings }> {
  const alone = !(await isFolder(path)) && kindOfName(path) !== 'table';
  const site = await (alone ? visitFile(path, options) : visitFolder(path, options));
  const readings: (readonly [DatasetFormat, Reading])[] = [];
  for (const format of formats) readings.push([format, await format.inspect(site)]);
  return { survey: site.survey, readings };
}

const candidatesOf = (readings: Readings): readonly Candidate[] =>
  readings
    .map(([format, { certainty }]) => ({ format: format.id, certainty }))
    .filter(({ certainty }) => certainty > 0)
    .toSorted((a, b) => b.certainty - a.certainty);

/**
 * The formats that fit a folder or file, surest first; empty when none does. No image is decoded.
 * @throws AppError `DATASET_NOT_FOUND`, `DATASET_UNREADABLE`.
 */
export async function recogniseDataset(path: string, options: OpenOptions = {}): Promise<readonly Candidate[]> {
  const { readings } = await inspect(path, options, await formatsFor(path, options));
  return candidatesOf(readings);
}

/**
 * Opens a dataset in the chosen format, or in the surest that fits.
 * @throws AppError `DATASET_NOT_FOUND`, `DATASET_EMPTY`, `DATASET_UNRECOGNISED`, `DATASET_UNREADABLE`, `LABELS_INVALID`, or
 * `BAD_USAGE` where the format is not known.
 */
export async function readDataset(path: string, options: DatasetOptions = {}): Promise<RecognisedDataset> {
  const chosen = options.format === undefined ? null : datasetFormat(options.format);
  const formats = await formatsFor(path, chosen === null ? options : {});
  if (chosen !== null && !formats.includes(chosen)) throw await noDataset(path);
  const { survey, readings } = await inspect(path, options, formats);
  const candidates = candidatesOf(readings);
  const wanted = chosen?.id ?? candidates[0]?.format;
  const reading = readings.find(([{ id }]) => id === wanted)?.[1];
  if (reading !== undefined) return { dataset: await reading.open(), candidates };
  throw await ((await isFolder(path)) ? noImages(path, survey) : noDataset(path));
}

/** The dataset of {@link readDataset}. */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  return (await readDataset(path, options)).dataset;
}
