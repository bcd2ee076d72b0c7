/** Opens the dataset of a project as a part of work in steps. */

import type { Progress } from '../../shared/progress.js';
import type { Dataset } from '../dataset/dataset.js';
import { openDataset } from '../dataset/registry.js';
import type { ProjectInfo } from '../project/project-info.js';
import { untilDone } from './until-done.js';

/** Where a dataset lies, and how it is read. */
export type DatasetPlace = Pick<ProjectInfo, 'datasetPath' | 'format' | 'labelsFile'>;

/** @param total what the work may come to, as far as it is known before @throws AppError as {@link openDataset}. */
export function openedDataset(
  { datasetPath, format, labelsFile }: DatasetPlace,
  total: number,
): AsyncGenerator<Progress, Dataset, void> {
  return untilDone({ done: 0, total }, (signal) =>
    openDataset(datasetPath, { format, labelsFile: labelsFile ?? undefined, signal }),
  );
}
