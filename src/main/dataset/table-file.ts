/** Reads a table as records of cells, whatever it is written in: CSV, TSV, spaces, JSON Lines or a JSON list. */

import { basename, extname } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

import { CsvError, parse } from 'csv-parse';

import { AppError } from '../../shared/errors.js';
import { readChunks, withFile } from '../files/regular-file.js';
import { cellsOf, jsonRecords, parseJsonLine, recordKeys } from './json-records.js';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

type Delimiter = ',' | ';' | '\t' | '|' | ' ';

/** How rows of cells are written. */
interface DelimitedForm {
  readonly kind: 'delimited';
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  /** Lines before the first row: `sep=;` as Excel writes it, and remarks. */
  readonly preamble: number;
}

/** How a table is written; `keys` are the columns of records that name their own. */
export type TableForm =
  | DelimitedForm
  | { readonly kind: 'json-lines'; readonly keys: readonly string[] }
  | { readonly kind: 'json'; readonly keys: readonly string[] };

/** One record; `line` counts from 1. */
export interface TableRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

/** The beginning of a table. */
export interface TableHead {
  readonly form: TableForm;
  /** The first records, a header among them if there is one. */
  readonly records: readonly (readonly string[])[];
}

const headBytes = 1024 * 1024;
const headRecords = 2000;
/** A longer row is a quote that was never closed. */
const rowLimit = 1024 * 1024;
const jsonLimit = 64 * 1024 * 1024;

function findEncoding(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  try {
    // As a stream, because the head may end in the middle of a character.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** Every line has two words, one of them a file. */
const spaced =
  /^(?:(?:\S+\.\w{2,5} +\S+ *(?:\r?\n|$))+|(?:\S+ +\S+\.(?:jpe?g|png|webp|gif|tiff?|bmp|p[pgbn]m|avif) *(?:\r?\n|$))+)/i;

const separatorLine = /^\uFEFF?sep=.\r?\n/i;

/** Lines before the first row; a remark begins with `#` and is divided by nothing, as a row with such a file name would be. */
function preambleOf(text: string): number {
  const first = separatorLine.test(text) ? 1 : 0;
  const lines = text.split('\n').slice(first);
  const rows = lines.findIndex((line) => !/^\uFEFF?#[^,;\t|]*$/.test(line));
  return first + Math.max(0, rows);
}

/** A bar counts only where nothing else divides, spaces only where every line is as `n01440764/7.JPEG 65`. */
function findDelimiter(text: string): Delimiter {
  const line = /^[^\r\n]*/.exec(text.replaceAll(/"[^"]*"/g, ''))?.[0] ?? '';
  const count = (delimiter: string): number => line.split(delimiter).length;
  const best = (['\t', ';', ','] as const).toSorted((a, b) => count(b) - count(a))[0];
  if (best !== undefined && count(best) > 1) return best;
  if (count('|') > 1) return '|';
  return spaced.test(text.slice(0, 4096)) ? ' ' : ',';
}

async function readHead(path: string): Promise<{ readonly bytes: Uint8Array; readonly whole: boolean }> {
  return withFile(path, async (file) => {
    const head = Buffer.alloc(headBytes);
    const length = await file.read(head, 0);
    return { bytes: head.subarray(0, length), whole: length < headBytes };
  });
}

async function* decode(path: string, encoding: Encoding): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of readChunks(path)) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function parser(
  text: AsyncIterable<string> | Iterable<string>,
  { delimiter, preamble }: Pick<DelimitedForm, 'delimiter' | 'preamble'>,
): AsyncIterable<ParsedRow> {
  const rows = parse({
    from_line: preamble + 1,
    delimiter,
    bom: true,
    info: true,
    // So that a quote after `, ` opens a quoted cell.
    ltrim: delimiter !== '\t' && delimiter !== ' ',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: rowLimit,
  });
  const source = Readable.from(text);
  source.on('error', (error) => rows.destroy(error));
  return source.pipe(rows) as AsyncIterable<ParsedRow>;
}

/** The error for a table that cannot be read, with the reason and, where it is known, the line. */
function badTable(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const invalid = (what: string, hint: string): AppError =>
    new AppError('LABELS_INVALID', `The label table "${basename(path)}" ${what}.`, hint, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') return invalid('may not be read', 'Change the permissions of the file.');
  if (code === 'ENOENT') return invalid('is not there', 'Check its path.');
  if (code === 'EISDIR') return invalid('is a folder', 'Choose a CSV, TSV or JSON Lines file.');
  const reason = error instanceof Error ? error.message : String(error);
  const line = error instanceof CsvError && typeof error.lines === 'number' ? ` near line ${String(error.lines)}` : '';
  return new AppError(
    'LABELS_INVALID',
    `The label table "${basename(path)}" cannot be read${line}: ${reason}`,
    'Save it as CSV or TSV with the columns path, label and, if you like, split.',
    { cause: error },
  );
}

function refused(path: string, what: string, hint: string): AppError {
  return new AppError('LABELS_INVALID', `The label table "${basename(path)}" ${what}.`, hint);
}

/** What a file that is no text is, by its first bytes; null for what may be a table. */
function noText(path: string, head: Uint8Array): AppError | null {
  const start = Buffer.from(head.subarray(0, 64)).toString('latin1');
  const asCsv = 'Save it as CSV with the columns path,label.';
  if (start.startsWith('version https://git-lfs.github.com')) {
    return refused(
      path,
      'is only a pointer of Git LFS, not the table itself',
      'Run "git lfs pull" where it came from.',
    );
  }
  if (start.startsWith('PAR1')) return refused(path, 'is a Parquet file, which is not read here', asCsv);
  if (start.startsWith('PK\x03\x04')) return refused(path, 'is an archive or an Excel workbook', asCsv);
  if (start.startsWith('\x1f\x8b')) return refused(path, 'is compressed', 'Unpack it first.');
  const utf16 = start.startsWith('\xff\xfe') || start.startsWith('\xfe\xff');
  return !utf16 && start.includes('\0') ? refused(path, 'is not a text', asCsv) : null;
}

async function delimitedHead(bytes: Uint8Array): Promise<TableHead> {
  const encoding = findEncoding(bytes);
  const text = new TextDecoder(encoding).decode(bytes);
  const preamble = preambleOf(text);
  const delimiter = findDelimiter(text.split('\n').slice(preamble).join('\n'));
  const records: (readonly string[])[] = [];
  try {
    for await (const { record } of parser([text], { delimiter, preamble })) {
      records.push(record);
      if (records.length === headRecords) break;
    }
  } catch {
    // Rows before the fault are enough to know the columns; reading the table names the fault.
  }
  return { form: { kind: 'delimited', encoding, delimiter, preamble }, records };
}

function linesHead(bytes: Uint8Array, whole: boolean): TableHead {
  const lines = new TextDecoder().decode(bytes).split('\n');
  // The last line may be cut off.
  const parsed = (whole ? lines : lines.slice(0, -1)).slice(0, headRecords).map(parseJsonLine);
  const records = parsed.filter((record) => record !== null);
  const keys = recordKeys(records);
  return { form: { kind: 'json-lines', keys }, records: records.map((record) => cellsOf(record, keys)) };
}

async function readJson(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const bytes = await withFile(path, (file) => {
    if (file.size > jsonLimit) throw refused(path, 'is larger than 64 MiB', 'Save it as CSV or JSON Lines.');
    return file.whole();
  });
  const records = jsonRecords(new TextDecoder().decode(bytes));
  if (records !== null) return records;
  const hint = 'A list such as [{"file_name": "a.jpg", "label": "cat"}], JSON Lines or CSV can be read.';
  throw refused(path, 'is JSON, but not a list of rows', hint);
}

const isLines = (path: string): boolean => ['.jsonl', '.ndjson'].includes(extname(path).toLowerCase());

/**
 * Looks at the first records of a table and how it is written.
 * @throws AppError `LABELS_INVALID` when the file cannot be read or is no text.
 */
export async function readTableHead(path: string): Promise<TableHead> {
  try {
    const { bytes, whole } = await readHead(path);
    const wrong = noText(path, bytes);
    if (wrong !== null) throw wrong;
    if (isLines(path)) return linesHead(bytes, whole);
    if (extname(path).toLowerCase() !== '.json') return await delimitedHead(bytes);
    const records = await readJson(path);
    const some = records.slice(0, headRecords);
    const keys = recordKeys(some);
    return { form: { kind: 'json', keys }, records: some.map((record) => cellsOf(record, keys)) };
  } catch (error) {
    throw badTable(path, error);
  }
}

/**
 * Streams the records of a table; `bad` hears of lines that cannot be read and are passed over (JSON Lines).
 * @throws AppError `LABELS_INVALID` with the line when a row of a CSV cannot be parsed.
 */
export async function* readRecords(
  path: string,
  form: TableForm,
  bad: (line: number) => void,
): AsyncGenerator<TableRecord, void, undefined> {
  try {
    if (form.kind === 'delimited') {
      for await (const { record, info } of parser(decode(path, form.encoding), form)) {
        yield { cells: record, line: info.lines };
      }
    } else if (form.kind === 'json') {
      for (const [index, record] of (await readJson(path)).entries()) {
        yield { cells: cellsOf(record, form.keys), line: index + 1 };
      }
    } else {
      let line = 0;
      for await (const text of createInterface({ input: Readable.from(readChunks(path)) })) {
        line += 1;
        if (text.trim() === '') continue;
        const record = parseJsonLine(text);
        if (record === null) bad(line);
        else yield { cells: cellsOf(record, form.keys), line };
      }
    }
  } catch (error) {
    throw badTable(path, error);
  }
}
