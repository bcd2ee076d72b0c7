/** Reads a table of labels, `path,label[,split]` as CSV or TSV, row by row: encoding, delimiter, header and columns. */

import { basename } from 'node:path';
import { Readable } from 'node:stream';

import { CsvError, parse } from 'csv-parse';

import { AppError } from '../../shared/errors.js';
import { readChunks, withFile } from '../files/regular-file.js';
import { hasImageExtension } from './image-files.js';

/** One row of the table; `line` counts from 1. */
export interface LabelRow {
  readonly file: string;
  readonly label: string | null;
  readonly split: string | null;
  readonly line: number;
}

/** How a table is written. */
export interface TableLayout {
  readonly encoding: 'utf-8' | 'utf-16le' | 'windows-1252';
  readonly delimiter: ',' | ';' | '\t';
  readonly header: boolean;
  /** Column numbers from 0. */
  readonly file: number;
  readonly label: number;
  readonly split: number | null;
}

const headBytes = 64 * 1024;
const headRows = 5;
/** A longer row is a quote that was never closed. */
const rowLimit = 1024 * 1024;

const fileWords: ReadonlySet<string> = new Set([
  'path',
  'file',
  'filename',
  'filepath',
  'file_name',
  'file_path',
  'image',
  'imagename',
  'imagepath',
  'image_name',
  'image_path',
  'image_file',
  'img',
  'img_path',
]);
const labelWords: ReadonlySet<string> = new Set([
  'label',
  'labels',
  'class',
  'classname',
  'class_name',
  'classes',
  'target',
  'category',
  'species',
  'breed',
]);
const splitWords: ReadonlySet<string> = new Set(['split', 'subset', 'set', 'partition', 'fold']);

const wordOf = (cell: string): string =>
  cell
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');

function findColumn(header: readonly string[], words: ReadonlySet<string>): number | null {
  const index = header.findIndex((cell) => words.has(wordOf(cell)));
  return index < 0 ? null : index;
}

const findImageColumn = (row: readonly string[]): number => row.findIndex((cell) => hasImageExtension(cell.trim()));

/** Finds the columns in the first rows; null when this is no table of labels. */
function findColumns(
  rows: readonly (readonly string[])[],
): Pick<TableLayout, 'header' | 'file' | 'label' | 'split'> | null {
  const [first, second] = rows;
  if (first === undefined) return null;
  const plain = findImageColumn(first);
  if (plain >= 0) {
    const others = first.map((_, index) => index).filter((index) => index !== plain);
    const [label, split] = others;
    return label === undefined ? null : { header: false, file: plain, label, split: split ?? null };
  }
  const inSecond = second === undefined ? -1 : findImageColumn(second);
  const file = findColumn(first, fileWords) ?? (inSecond < 0 ? null : inSecond);
  if (file === null) return null;
  const label = findColumn(first, labelWords) ?? (first.length === 2 ? 1 - file : null);
  if (label === null || label === file) return null;
  return { header: true, file, label, split: findColumn(first, splitWords) };
}

function findEncoding(head: Uint8Array): TableLayout['encoding'] {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  try {
    // As a stream, because the head may end in the middle of a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

function findDelimiter(text: string): TableLayout['delimiter'] {
  const line = /^[^\r\n]*/.exec(text.replaceAll(/"[^"]*"/g, ''))?.[0] ?? '';
  const count = (delimiter: string): number => line.split(delimiter).length;
  const best = (['\t', ';', ','] as const).toSorted((a, b) => count(b) - count(a))[0];
  return best === undefined || count(best) === 1 ? ',' : best;
}

async function readHead(path: string): Promise<Uint8Array> {
  return withFile(path, async (file) => {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, await file.read(head, 0));
  });
}

async function* decode(path: string, encoding: TableLayout['encoding']): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of readChunks(path)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function parser(text: AsyncIterable<string> | Iterable<string>, delimiter: string): AsyncIterable<ParsedRow> {
  const rows = parse({
    delimiter,
    bom: true,
    info: true,
    // So that a quote after `, ` opens a quoted cell.
    ltrim: delimiter !== '\t',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: rowLimit,
  });
  const source = Readable.from(text);
  source.on('error', (error) => rows.destroy(error));
  return source.pipe(rows) as AsyncIterable<ParsedRow>;
}

function badTable(path: string, error: unknown): AppError {
  const reason = error instanceof Error ? error.message : String(error);
  const line = error instanceof CsvError && typeof error.lines === 'number' ? ` near line ${String(error.lines)}` : '';
  return new AppError(
    'LABELS_INVALID',
    `The label table "${basename(path)}" cannot be read${line}: ${reason}`,
    'Save it as CSV or TSV with the columns path, label and, if you like, split.',
    { cause: error },
  );
}

/**
 * Looks at the first rows of a file and tells how it is written; null when it is no table of labels.
 * @throws AppError `LABELS_INVALID` when the file cannot be read.
 */
export async function findTableLayout(path: string): Promise<TableLayout | null> {
  let head: Uint8Array;
  try {
    head = await readHead(path);
  } catch (error) {
    throw badTable(path, error);
  }
  const encoding = findEncoding(head);
  const text = new TextDecoder(encoding).decode(head);
  const delimiter = findDelimiter(text);
  const rows: (readonly string[])[] = [];
  try {
    for await (const { record } of parser([text], delimiter)) {
      rows.push(record);
      if (rows.length === headRows) break;
    }
  } catch {
    // Rows before the fault are enough to know the layout; reading the table names the fault.
  }
  const columns = findColumns(rows);
  return columns === null ? null : { encoding, delimiter, ...columns };
}

/**
 * Streams the rows of a table. Labels and splits are trimmed of the space around them, and null when empty; the file is as
 * written, since a name may begin or end with a space.
 * @throws AppError `LABELS_INVALID` with the line when a row cannot be parsed.
 */
export async function* readLabelRows(path: string, layout: TableLayout): AsyncGenerator<LabelRow, void, undefined> {
  let first = layout.header;
  try {
    for await (const { record, info } of parser(decode(path, layout.encoding), layout.delimiter)) {
      if (first) {
        first = false;
        continue;
      }
      const cell = (column: number | null): string | null => {
        const text = column === null ? '' : (record[column] ?? '').trim();
        return text === '' ? null : text;
      };
      const file = record[layout.file] ?? '';
      if (file.trim() === '') continue;
      yield { file, label: cell(layout.label), split: cell(layout.split), line: info.lines };
    }
  } catch (error) {
    throw badTable(path, error);
  }
}
