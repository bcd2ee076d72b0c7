/** Reads the rows of a table of labels: file, label and split of each. */

import { disarmed } from './armed-cell.js';
import { IntList } from './int-list.js';
import { NameList } from './name-list.js';
import type { Columns } from './table-columns.js';
import { readRecords, type TableForm } from './table-file.js';
import { TextList } from './text-list.js';

/** What a row has in place of a label: none, or several, counted from here downwards. */
const noLabel = -1;
const severalFrom = -2;
const noSplit = -1;

/** The rows of a table in columns; labels and splits are kept once each. */
export class LabelRows {
  /** The file of each row as written. */
  readonly files = new TextList();
  readonly #labels = new IntList();
  readonly #splits = new IntList();
  readonly #labelNames = new NameList();
  readonly #splitNames = new NameList();
  readonly #several = new TextList();
  /** What labels mean, by their place; null for those that are none. */
  #meant: readonly (string | null)[] | null = null;

  get size(): number {
    return this.files.size;
  }

  /** Null when the row gives none, or several. */
  label(row: number): string | null {
    const place = this.#labels.at(row);
    if (place < 0) return null;
    return (this.#meant ?? this.#labelNames.names)[place] ?? null;
  }

  /** Where the row gives several labels: all of them. */
  several(row: number): readonly string[] {
    const place = this.#labels.at(row);
    return place > severalFrom ? [] : (JSON.parse(this.#several.at(severalFrom - place)) as readonly string[]);
  }

  split(row: number): string | null {
    const place = this.#splits.at(row);
    return place === noSplit ? null : (this.#splitNames.names[place] ?? null);
  }

  add(file: string, labels: readonly string[], split: string): void {
    this.files.push(file);
    this.#splits.push(split === '' ? noSplit : this.#splitNames.placeOf(split));
    const [label, ...more] = labels;
    if (label === undefined) this.#labels.push(noLabel);
    else if (more.length === 0) this.#labels.push(this.#labelNames.placeOf(label));
    else this.#labels.push(severalFrom - this.#several.push(JSON.stringify(labels)));
  }

  /**
   * Where all labels are whole numbers, what is missing is no label, and if some are written `1.0` or `1e+00` they are the
   * numbers; `007` alone stays as it is.
   */
  takeWholeNumbers(): void {
    const { names } = this.#labelNames;
    const labels = names.filter((label) => !missing.test(label));
    const numbers = new Map(labels.map((label) => [label, wholeNumber(label)]));
    if (labels.length === 0 || [...numbers.values()].includes(null)) return;
    const written = labels.some((label) => /[.,e]/i.test(label));
    this.#meant = names.map((label) => {
      if (missing.test(label)) return null;
      return written ? (numbers.get(label) ?? label) : label;
    });
  }
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
): Promise<LabelRows> {
  const rows = new LabelRows();
  let first = columns.header && form.kind === 'delimited';
  for await (const { cells } of readRecords(path, form, bad)) {
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
    rows.add(file, labels, split);
  }
  if (!columns.armed) rows.takeWholeNumbers();
  return rows;
}
