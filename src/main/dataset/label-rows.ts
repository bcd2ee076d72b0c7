/** Reads the rows of a table of labels: file, label and split of each. */

import { disarmed } from './armed-cell.js';
import type { Columns } from './table-columns.js';
import { readRecords, type TableForm } from './table-file.js';

/** One row of the table; `line` counts from 1. */
export interface LabelRow {
  readonly file: string;
  /** Null when the row gives none, or several. */
  readonly label: string | null;
  /** Where the row gives several labels: all of them. */
  readonly several: readonly string[];
  readonly split: string | null;
  readonly line: number;
}

function labelsIn(cells: readonly string[], { label, armed }: Columns): readonly string[] {
  if (label.kind === 'one-hot') {
    return label.classes
      .filter(([column]) => /^(?:1(?:\.0+)?|true)$/i.test((cells[column] ?? '').trim()))
      .map(([, name]) => name);
  }
  const cell = cells[label.column] ?? '';
  if (armed) return cell === '' ? [] : [disarmed(cell)];
  const parts = label.separator === null ? [cell] : cell.split(label.separator);
  return parts.map((part) => disarmed(part.trim())).filter((part) => part !== '');
}

/** How a missing number is written. */
const missing = /^(?:nan|null|none|n\/?a)$/i;

/** The whole number that `1.0`, `1,0` or `1.000e+00` is; null for any other text. */
function wholeNumber(text: string): string | null {
  if (!/^-?\d+(?:\.\d*|,0)?(?:e[+-]?\d+)?$/i.test(text)) return null;
  const value = Number(text.replace(',', '.'));
  return Number.isSafeInteger(value) ? String(value) : null;
}

/**
 * Where all labels are whole numbers, what is missing is no label, and if some are written `1.0` or `1e+00` they are the
 * numbers; `007` alone stays as it is.
 */
function wholeNumbers(rows: readonly LabelRow[]): readonly LabelRow[] {
  const labels = new Set(rows.flatMap(({ label }) => (label === null || missing.test(label) ? [] : [label])));
  const numbers = new Map([...labels].map((label) => [label, wholeNumber(label)]));
  if (labels.size === 0 || [...numbers.values()].includes(null)) return rows;
  const written = [...labels].some((label) => /[.,e]/i.test(label));
  return rows.map((row) => {
    if (row.label === null) return row;
    if (missing.test(row.label)) return { ...row, label: null };
    return written ? { ...row, label: numbers.get(row.label) ?? row.label } : row;
  });
}

/**
 * The rows of a table. Labels and splits are trimmed of the space around them, and null when empty; the file is as
 * written, since a name may begin or end with a space. In a table that Hognose wrote all cells are taken as they are.
 * @param bad hears of lines that cannot be read and are passed over
 * @throws AppError `LABELS_INVALID` with the line when a row cannot be parsed.
 */
export async function readLabelRows(
  path: string,
  form: TableForm,
  columns: Columns,
  bad: (line: number) => void,
): Promise<readonly LabelRow[]> {
  const rows: LabelRow[] = [];
  let first = columns.header && form.kind === 'delimited';
  for await (const { cells, line } of readRecords(path, form, bad)) {
    if (first) {
      first = false;
      continue;
    }
    const written = cells[columns.file] ?? '';
    if (written.trim() === '' && !columns.armed) continue;
    const file = columns.armed ? disarmed(written) : written;
    const labels = labelsIn(cells, columns);
    const cell = columns.split === null ? '' : (cells[columns.split] ?? '');
    const split = columns.armed ? disarmed(cell) : cell.trim();
    const [label = null, ...more] = labels;
    rows.push({
      file,
      label: more.length === 0 ? label : null,
      several: more.length === 0 ? [] : labels,
      split: split === '' ? null : split,
      line,
    });
  }
  return columns.armed ? rows : wholeNumbers(rows);
}
