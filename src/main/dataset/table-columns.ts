/** Tells which column of a table names the files, which the labels and which the splits, from its first records. */

import { correctedLabelsHead } from './corrected-labels-csv.js';
import { hasImageExtension } from './file-kinds.js';
import { listMark } from './json-records.js';
import { isSplitCell } from './split-names.js';

/** Where the labels stand. */
export type LabelColumns =
  | { readonly kind: 'one'; readonly column: number; readonly separator: RegExp | null }
  /** A column a class, 1 in that of the label. */
  | { readonly kind: 'one-hot'; readonly classes: readonly (readonly [column: number, name: string])[] };

/** Column numbers count from 0. */
export interface Columns {
  readonly header: boolean;
  readonly file: number;
  readonly label: LabelColumns;
  readonly split: number | null;
  /** Cells may begin with an apostrophe against formulas and are otherwise exactly what they say: a table of ours. */
  readonly armed: boolean;
  /** Name of the label column where only its content speaks for it. */
  readonly guessed: string | null;
}

/** The columns, or why the table gives no labels: a phrase after 'because'. */
export type ColumnsFound =
  { readonly ok: true; readonly columns: Columns } | { readonly ok: false; readonly why: string };

/** Tells how a cell names a file of the dataset. */
export type CellJudge = (cell: string) => 'path' | 'stem' | 'end' | null;

type Rows = readonly (readonly string[])[];

const words = (text: string): readonly string[] => text.split(' ');
const fileWords = words(
  'path file filename filepath file_name file_path filenames image imagename imagepath image_name image_path image_file ' +
    'images img img_path img_name image_id imageid image_url id photo picture name url uri',
);
/** The likeliest first: a name before a number for it. */
const labelWords = words(
  'label labels label_name labelname class_name classname class classes category_name category categories target ' +
    'species breed diagnosis dx choice ground_truth groundtruth gt annotation tags tag class_id classid label_id ' +
    'labelid category_id cats cat y klasse classe clase categoria',
);
const splitWords = words('split subset set partition fold');
/** Columns that say something else, however often their values repeat. */
const otherWords =
  /^(?:width|height|w|h|size|area|bytes|x\d?|y\d|[xy](?:min|max)|roi.*|age|sex|gender|score|conf.*|prob.*|url|md5|sha\d*|hash|date|time.*|.*_at|lead_time|annotator|index|unnamed.*)$/;
const pluralWords = /^(?:tags|labels|classes|categories|annotation)$/;
/** Columns that hold the labels even if these are 0 and 1 and other columns hold such numbers too. */
const binaryLabels = /^(?:labels?|class|target|category|y|gt|ground_?truth|choice|diagnosis|.*id)$/;
/** Rows after which a column that counts them is taken for a running number. */
const runningRows = 5;

const wordOf = (cell: string): string =>
  cell
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

const columnOf = (rows: Rows, column: number): readonly string[] => rows.map((row) => (row[column] ?? '').trim());

/** The first of the words, in their order, that heads one of the columns. */
function findWord(header: readonly string[], wanted: readonly string[], columns: readonly number[]): number | null {
  const heads = new Map(columns.toReversed().map((column) => [wordOf(header[column] ?? ''), column]));
  const word = wanted.find((candidate) => heads.has(candidate));
  return word === undefined ? null : (heads.get(word) ?? null);
}

interface FileColumn {
  readonly column: number;
  readonly matched: number;
}

/** The column whose cells name most different files; by their names alone where none is here. */
function findFileColumn(rows: Rows, judge: CellJudge): FileColumn | null {
  const [header = []] = rows;
  const width = Math.max(0, ...rows.slice(0, 50).map((row) => row.length));
  const columns = Array.from({ length: width }, (_, column) => column);
  const worth = { path: 1000, stem: 1, end: 1 } as const;
  const scored = columns.map((column) => {
    const cells = new Set(rows.map((row) => row[column] ?? ''));
    const judged = [...cells].map(judge).filter((by) => by !== null);
    const named = fileWords.includes(wordOf(header[column] ?? '')) ? 0.5 : 0;
    return { column, matched: judged.length, score: judged.reduce((sum, by) => sum + worth[by], named) };
  });
  const [best] = scored.toSorted((a, b) => b.score - a.score);
  if (best !== undefined && best.matched > 0) return best;
  const image = columns.find((column) => columnOf(rows.slice(0, 50), column).some(hasImageExtension));
  const fallback = image ?? findWord(header, fileWords.slice(0, fileWords.indexOf('id')), columns);
  return fallback === null ? null : { column: fallback, matched: 0 };
}

function isHeader(rows: Rows, file: number, judge: CellJudge): boolean {
  const [first = [], ...body] = rows;
  const cell = first[file] ?? '';
  if (judge(cell) === 'path' || hasImageExtension(cell.trim())) return false;
  const known = first.some((head) => [...fileWords, ...labelWords, ...splitWords].includes(wordOf(head)));
  if (known) return true;
  if (judge(cell) !== null) return false;
  // A first row whose file is missing has a label that others have too.
  return !first.some(
    (value, column) => column !== file && value !== '' && columnOf(body, column).includes(value.trim()),
  );
}

const isBinary = (cells: readonly string[]): boolean =>
  cells.some((cell) => cell !== '') && cells.every((cell) => /^(?:[01](?:\.0+)?|true|false)?$/i.test(cell));

function isRunning(cells: readonly string[]): boolean {
  if (cells.length < runningRows) return false;
  return cells.every((cell, row) => /^\d+$/.test(cell) && (row === 0 || Number(cell) === Number(cells[row - 1]) + 1));
}

const repeats = (cells: readonly string[]): boolean => {
  const filled = cells.filter((cell) => cell !== '');
  const different = new Set(filled).size;
  return different > 1 && different < filled.length;
};

/** How several labels stand in one cell of a column, if they do; names may hold a space, a comma or a bar themselves. */
function findSeparator(head: string, cells: readonly string[]): RegExp | null {
  const plural = pluralWords.test(head);
  const whole = new Set(cells);
  const joined = (separator: RegExp): boolean =>
    cells.some((cell) => {
      const parts = cell.split(separator).filter((part) => part !== '');
      return parts.length > 1 && (plural || parts.every((part) => whole.has(part)));
    });
  if (cells.some((cell) => cell.includes(listMark))) return new RegExp(listMark);
  const separators = [/\s*\|\s*/, /\s*;\s*/, /\s*,\s*/, ...(head === 'tags' ? [/\s+/] : [])];
  return separators.find(joined) ?? null;
}

interface LabelFound {
  readonly label: LabelColumns;
  readonly guessed: string | null;
}

/** The label column among those that are left; a phrase when there is none, or several that could be. */
function findLabel(header: readonly string[] | null, body: Rows, columns: readonly number[]): LabelFound | string {
  const one = (column: number, guessed: string | null): LabelFound => {
    const separator = findSeparator(wordOf(header?.[column] ?? ''), columnOf(body, column));
    return { label: { kind: 'one', column, separator }, guessed };
  };
  const named = header === null ? null : findWord(header, labelWords, columns);
  const binary = header === null ? [] : columns.filter((column) => isBinary(columnOf(body, column)));
  // A class may be called `cat` as well as a column of labels.
  const amongClasses = named === null || (binary.includes(named) && !binaryLabels.test(wordOf(header?.[named] ?? '')));
  if (named !== null && !(amongClasses && binary.length > 1)) return one(named, null);
  if (header !== null && binary.length > 1) {
    const classes = binary.map((column) => [column, (header[column] ?? '').trim()] as const);
    return { label: { kind: 'one-hot', classes }, guessed: null };
  }
  const likely = columns.filter((column) => {
    const cells = columnOf(body, column);
    return !isRunning(cells) && !otherWords.test(wordOf(header?.[column] ?? ''));
  });
  const [only, ...more] = likely;
  if (only === undefined) return 'no column holds labels';
  if (columns.length === 1 || (header === null && more.length === 0)) return one(only, null);
  const text = (column: number): boolean =>
    columnOf(body, column).some((cell) => cell !== '' && Number.isNaN(Number(cell)));
  const repeated = likely.filter((column) => repeats(columnOf(body, column)) && (header === null || text(column)));
  const [first, ...others] = repeated.some(text) ? repeated.filter(text) : repeated;
  const nameOf = (column: number): string => (header?.[column] ?? `column ${String(column + 1)}`).trim();
  if (first === undefined) return header === null ? one(only, nameOf(only)) : 'no column holds labels';
  if (others.length > 0) return `several columns could hold the labels: ${repeated.map(nameOf).join(', ')}`;
  return one(first, nameOf(first));
}

/**
 * Finds the columns.
 * @param keys names of the columns where records bear them (JSON); null where a header may stand in the first record
 */
export function findColumns(
  records: Rows,
  keys: readonly string[] | null,
  judge: CellJudge,
): ColumnsFound & { readonly matched: number } {
  const rows = keys === null ? records : [keys, ...records];
  const none = (why: string): ColumnsFound & { readonly matched: number } => ({ ok: false, why, matched: 0 });
  const file = findFileColumn(rows, judge);
  if (file === null) return none('no column names image files');
  const header = keys !== null || isHeader(rows, file.column, judge);
  const [first = []] = rows;
  const body = header ? rows.slice(1) : rows;
  if (body.length === 0) return none('it has no rows');
  const width = Math.max(...body.slice(0, 50).map((row) => row.length), first.length);
  const others = Array.from({ length: width }, (_, column) => column).filter((column) => column !== file.column);
  if (others.length === 0) return none('it has one column only');
  const headed = header ? findWord(first, splitWords, others) : null;
  const split = headed ?? findSplitByCells(body, header ? first : null, others);
  const rest = others.filter((column) => column !== split);
  const label = findLabel(header ? first : null, body, rest);
  if (typeof label === 'string') return none(label);
  const armed = correctedLabelsHead.every((name, column) => first[column] === name);
  return { ok: true, matched: file.matched, columns: { header, file: file.column, split, armed, ...label } };
}

function findSplitByCells(body: Rows, header: readonly string[] | null, columns: readonly number[]): number | null {
  if (columns.length < 2) return null;
  const found = columns.find((column) => {
    if (header !== null && labelWords.includes(wordOf(header[column] ?? ''))) return false;
    const cells = columnOf(body, column).filter((cell) => cell !== '');
    return cells.length > 0 && cells.every(isSplitCell);
  });
  return found ?? null;
}
