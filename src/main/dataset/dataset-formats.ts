/** The dataset formats that Hognose reads: a new one is a file in `formats/` and a place in this list. */

import { AppError } from '../../shared/errors.js';
import type { DatasetFormat } from './dataset-format.js';
import { folderPerClass } from './formats/folder-per-class.js';
import { idx } from './formats/idx.js';
import { imagenetNames } from './formats/imagenet-names.js';
import { labelTable } from './formats/label-table.js';

/** In the order in which people read of them; of two that fit a place as surely, the earlier one is taken. */
export const datasetFormats: readonly DatasetFormat[] = [folderPerClass, labelTable, imagenetNames, idx];

/** @throws AppError `BAD_USAGE` where there is no such format. */
export function datasetFormat(id: string): DatasetFormat {
  const found = datasetFormats.find((format) => format.id === id);
  if (found === undefined) throw new AppError('BAD_USAGE', `Hognose knows no dataset format "${id}".`);
  return found;
}

/** What may be pointed at, as phrases: a folder, or a file of some formats. */
export const datasetPlaces: readonly string[] = [
  'a folder of images',
  ...datasetFormats.flatMap(({ takes }) => takes.file ?? []),
];
