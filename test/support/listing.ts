/** Lists a dataset as plain rows, for tests. */

import type { Dataset, OpenOptions } from '../../src/main/dataset/dataset.js';
import { recogniseDataset } from '../../src/main/dataset/registry.js';

/** `file -> label (split)` for every image, in order. */
export async function listRows(dataset: Dataset): Promise<readonly string[]> {
  const rows: string[] = [];
  for await (const { file, label, split } of dataset.images()) {
    rows.push(`${file} -> ${label ?? '-'}${split === null ? '' : ` (${split})`}`);
  }
  return rows;
}

/** How surely a place is of a layout, from 0. */
export async function certaintyOf(format: string, path: string, options: OpenOptions = {}): Promise<number> {
  const candidates = await recogniseDataset(path, options);
  return candidates.find((candidate) => candidate.format === format)?.certainty ?? 0;
}
