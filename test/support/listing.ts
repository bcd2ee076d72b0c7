/** Lists a dataset as plain rows, for tests. */

import type { Dataset } from '../../src/main/dataset/dataset.js';

/** `file -> label (split)` for every image, in order. */
export async function listRows(dataset: Dataset): Promise<readonly string[]> {
  const rows: string[] = [];
  for await (const { file, label, split } of dataset.images()) {
    rows.push(`${file} -> ${label ?? '-'}${split === null ? '' : ` (${split})`}`);
  }
  return rows;
}
