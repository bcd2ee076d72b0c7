/** Says what lies at a place where no images were found, and what to do about it. */

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { anyOf } from '../../shared/phrases.js';
import { AppError } from '../../shared/errors.js';
import { datasetFormats, datasetPlaces } from './dataset-formats.js';
import { kindOfName, nounOf } from './file-kinds.js';
import { firstPaths } from './first-paths.js';
import type { Survey, Unread } from './survey.js';

const layouts = `Choose a folder that holds ${anyOf(datasetFormats.flatMap(({ words }) => words.holds ?? []))}.`;

function wayOut(unread: readonly Unread[]): string {
  const archive = unread.find(({ kind }) => kind.group === 'archive');
  if (archive !== undefined) return `Unpack "${archive.example}" and choose the folder that comes out of it.`;
  const groups = new Set(unread.map(({ kind }) => kind.group));
  if (groups.has('picture')) return 'Save the pictures as JPEG, PNG or TIFF and choose their folder.';
  if (groups.has('array')) return 'Save each picture in it as a PNG, in a folder per class.';
  return layouts;
}

async function held({ unread, tables, others }: Survey): Promise<readonly string[]> {
  const counted = (count: number, noun: string, example: string): string =>
    `${count.toLocaleString('en')} ${count === 1 ? noun : `${noun}s`} ("${example}")`;
  const [table] = await firstPaths(tables, 1, () => 0);
  return [
    ...unread.map(({ kind, count, example }) => `${nounOf(kind, count)} ("${example}")`),
    ...(table === undefined ? [] : [counted(tables.size, 'text file', table)]),
    ...(others === null ? [] : [counted(others.count, 'other file', others.example)]),
  ];
}

/** The error for a folder without images: what it holds instead, and what could not be looked into. */
export async function noImages(path: string, survey: Survey): Promise<AppError> {
  const content = await held(survey);
  const there = content.length === 0 ? '' : ` It holds ${content.join(', ')}.`;
  const unread = survey.warnings
    .sentences()
    .filter((sentence) => sentence.startsWith('Folders that could not be read'));
  const message = [`No images were found in "${path}".${there}`, ...unread].join(' ');
  return new AppError('DATASET_EMPTY', message, wayOut(survey.unread));
}

/** The error for a file that is no dataset. */
export async function noDataset(path: string): Promise<AppError> {
  const kind = kindOfName(path);
  const error = (message: string, hint: string): AppError => new AppError('DATASET_UNRECOGNISED', message, hint);
  if ((await stat(path)).isFile()) {
    if (kind === 'image') return error(`"${basename(path)}" is a single image.`, 'Choose the folder that holds it.');
    if (typeof kind === 'object' && kind.group === 'archive') {
      return error(`"${basename(path)}" is an archive, which is not looked into.`, 'Unpack it and choose the folder.');
    }
  }
  return error(`"${path}" is not a dataset that Hognose can read.`, `Choose ${anyOf(datasetPlaces)}.`);
}
