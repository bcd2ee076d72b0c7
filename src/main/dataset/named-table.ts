/** Opens the table of labels that a person named. */

import { resolve } from 'node:path';

import { AppError } from '../../shared/errors.js';
import type { FileIndex } from './file-index.js';
import { kindOfName } from './file-kinds.js';
import { describeHead, inspectTable, type LabelSource } from './tables.js';

/**
 * The labels in `named`, of the files in `index`. @throws AppError `LABELS_INVALID` saying what was found in it, when it gives no labels.
 */
export async function namedTable(named: string, root: string, index: FileIndex): Promise<LabelSource> {
  const path = resolve(named);
  const kind = kindOfName(path);
  if (typeof kind === 'object') {
    const wayOut = kind.group === 'table' ? 'Save it as CSV' : 'Choose a CSV, TSV or JSON Lines file';
    throw new AppError(
      'LABELS_INVALID',
      `"${named}" is no table of labels but: ${kind.noun}.`,
      `${wayOut} with the columns path,label.`,
    );
  }
  const found = await inspectTable(path, root, index);
  if (typeof found !== 'string') return found;
  throw new AppError(
    'LABELS_INVALID',
    `"${named}" cannot be used as a table of labels: ${found}. ${await describeHead(path)}`,
    'Give it a header such as path,label or path,label,split.',
  );
}
