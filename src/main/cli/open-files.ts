/** Reads the dataset and opens the model that a command names, for work that leaves no audit behind. */

import { resolve } from 'node:path';
import type { MappingRow } from '../../shared/audit.js';
import type { ModelSummary } from '../../shared/model.js';
import { countImages, type DatasetCounts } from '../data/describe-dataset.js';
import { inSlices } from '../data/slices.js';
import type { Dataset } from '../dataset/dataset.js';
import { openDataset } from '../dataset/registry.js';
import type { Engine, ModelLocation } from '../engine/engine.js';
import { proposeMapping } from '../mapping/mapping.js';
import { modelChoiceOf, type ModelOptions } from './model-options.js';

export interface FileOptions extends ModelOptions {
  readonly model: string;
  /** A table of labels that lies elsewhere. */
  readonly labels?: string;
}

export interface OpenedFiles {
  readonly dataset: Dataset;
  readonly counts: DatasetCounts;
  /** How the engine opens the model. */
  readonly location: ModelLocation;
  readonly model: ModelSummary;
  /** The class that each label seems to mean. */
  readonly proposed: readonly MappingRow[];
}

/** @throws AppError `DATASET_*`, `LABELS_INVALID`, `MODEL_*`, `BAD_USAGE` for a choice that does not fit the model. */
export async function openFiles(
  path: string,
  options: FileOptions,
  engine: Engine,
  signal: AbortSignal,
): Promise<OpenedFiles> {
  const labelsFile = options.labels === undefined ? undefined : resolve(options.labels);
  const dataset = await openDataset(resolve(path), { labelsFile, signal });
  const counts = await inSlices(countImages(dataset), { signal });
  const location = { path: resolve(options.model), choice: modelChoiceOf(options) };
  const model = await engine.openModel({ model: location }, { signal });
  return { dataset, counts, location, model, proposed: proposeMapping(dataset.labels, model) };
}
