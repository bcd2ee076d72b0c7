/** The place that a person pointed at, looked over once for all readers. */

import type { OpenOptions } from './dataset.js';
import { FileIndex } from './file-index.js';
import { type Survey, surveyFolder, surveyOfFile } from './survey.js';
import { Tables } from './tables.js';

export interface Site {
  readonly survey: Survey;
  /** Made when it is first asked for: only tables need it. */
  readonly index: () => Promise<FileIndex>;
  readonly tables: Tables;
  readonly options: OpenOptions;
}

async function siteOf(survey: Survey, options: OpenOptions): Promise<Site> {
  let made: Promise<FileIndex> | null = null;
  const index = (): Promise<FileIndex> => (made ??= FileIndex.of(survey.root, survey.images));
  return { survey, index, tables: await Tables.inspect(survey, index), options };
}

/** Looks over a folder, or the folder around a table. @throws AppError `DATASET_NOT_FOUND`, `DATASET_UNREADABLE`. */
export async function visitFolder(path: string, options: OpenOptions): Promise<Site> {
  return siteOf(await surveyFolder(path, options.signal), options);
}

/** A file that is read alone: nothing beside it is looked at. */
export function visitFile(path: string, options: OpenOptions): Promise<Site> {
  return siteOf(surveyOfFile(path), options);
}
