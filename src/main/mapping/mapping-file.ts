/** Reads and writes a mapping as a file: which model class each dataset label means, as CSV, TSV or JSON. */

import { writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type ClassIndex, classIndex, type MappingRow } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { writeOutput } from '../files/atomic-file.js';
import { disarmed } from '../dataset/armed-cell.js';
import { readRegularText } from '../files/regular-file.js';
import { csvRow } from '../files/csv-row.js';
import { classFinder, type ModelClasses } from './mapping.js';

/** One entry as written: a label and the class's index, name or synset; null for 'no class'. */
type Entry = readonly [label: string, wish: string | null];

function invalid(path: string, why: string, cause?: unknown): AppError {
  return new AppError(
    'MAPPING_INVALID',
    `The mapping "${basename(path)}" cannot be used: ${why}.`,
    'Write a CSV with the columns label,class, or a JSON object {"label": "class"}; a class is an index, a name or a synset.',
    { cause },
  );
}

function fromJson(path: string, text: string): Entry[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw invalid(path, 'it is not JSON', error);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw invalid(path, 'it is no JSON object');
  return Object.entries(content).map(([label, wish]: [string, unknown]) => {
    if (wish === null || typeof wish === 'string') return [label, wish];
    if (typeof wish === 'number') return [label, String(wish)];
    throw invalid(path, `the class of "${label}" is neither a number nor a text`);
  });
}

/** Tabs, or the semicolons that spreadsheets write where the comma separates decimals. */
function delimiterOf(text: string): string {
  const [first = ''] = text.split('\n', 1);
  if (first.includes('\t')) return '\t';
  return first.includes(';') && !first.includes(',') ? ';' : ',';
}

function fromTable(path: string, text: string): Entry[] {
  let rows: string[][];
  try {
    rows = parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      skip_empty_lines: true,
      trim: true,
      relax_column_count: true,
    });
  } catch (error) {
    throw invalid(path, error instanceof Error ? error.message : String(error), error);
  }
  const [first] = rows;
  const header = first?.[0]?.toLowerCase() === 'label' && /^class/i.test(first[1] ?? '');
  return rows.slice(header ? 1 : 0).map(([label, wish]) => {
    if (label === undefined || wish === undefined) throw invalid(path, `the row of "${label ?? ''}" has no class`);
    return [label, wish === '' ? null : wish];
  });
}

/** Tells which class a text in a mapping file means; null when there is none or several. */
type Meaning = (wish: string) => ClassIndex | null;

function meaningOf(model: ModelClasses): Meaning {
  const find = classFinder(model);
  return (wish) => (/^\d+$/.test(wish) && Number(wish) < model.classes.length ? classIndex(Number(wish)) : find(wish));
}

function classOf(path: string, [label, wish]: Entry, meaning: Meaning): ClassIndex | null {
  if (wish === null) return null;
  const found = meaning(wish) ?? meaning(disarmed(wish));
  if (found === null)
    throw invalid(path, `the model has no class "${wish}" (for the label "${label}"), or several of that name`);
  return found;
}

/**
 * The choices of a mapping file for labels of the dataset.
 * @throws AppError `MAPPING_INVALID` for what cannot be read, unknown labels and unknown classes.
 */
export async function readMappingFile(
  path: string,
  rows: readonly MappingRow[],
  model: ModelClasses,
): Promise<readonly Pick<MappingRow, 'label' | 'classIndex'>[]> {
  let text: string;
  try {
    text = await readRegularText(path);
  } catch (error) {
    throw invalid(path, 'it cannot be read', error);
  }
  const entries = extname(path).toLowerCase() === '.json' ? fromJson(path, text) : fromTable(path, text);
  const meaning = meaningOf(model);
  const labels = new Map(
    rows.flatMap(
      ({ labelName, label }) =>
        [
          [labelName.normalize('NFC'), label],
          [labelName, label],
        ] as const,
    ),
  );
  return entries.map((entry) => {
    const spellings = [entry[0], disarmed(entry[0]), entry[0].normalize('NFC')];
    const label = spellings.map((name) => labels.get(name)).find((found) => found !== undefined);
    if (label === undefined) throw invalid(path, `the dataset has no label "${entry[0]}"`);
    return { label, classIndex: classOf(path, entry, meaning) };
  });
}

const comments: Readonly<Record<MappingRow['by'], string>> = {
  name: 'by name',
  synset: 'by synset',
  position: 'by position',
  person: 'by a person',
  none: 'open: no class fits, or several do',
};

/** A row's class as it is written: by name where that is read back as the same class, otherwise by index. */
function written({ classIndex: index }: MappingRow, model: ModelClasses, meaning: Meaning): string | number | null {
  if (index === null) return null;
  const name = model.classes[index] ?? '';
  return meaning(name) === index && name.trim() === name ? name : index;
}

function commentOf({ classIndex: index, suggestion, by }: MappingRow, model: ModelClasses): string {
  if (index !== null || suggestion === undefined) return index === null && by === 'person' ? 'no class' : comments[by];
  return `open: is this "${model.classes[suggestion] ?? ''}"?`;
}

function asText(path: string, rows: readonly MappingRow[], model: ModelClasses): string {
  const meaning = meaningOf(model);
  if (extname(path).toLowerCase() === '.json') {
    const entries = rows.map((row) => [row.labelName, written(row, model, meaning)] as const);
    return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
  }
  const cells = rows.map((row) => [row.labelName, written(row, model, meaning), commentOf(row, model)]);
  return [['label', 'class', 'comment'], ...cells].map(csvRow).join('');
}

/**
 * Writes a mapping that {@link readMappingFile} reads back unchanged: CSV with a comment a row, or JSON by the file's
 * name. Labels without a class have an empty one; a suggestion stands in the comment.
 * @throws AppError `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`.
 */
export async function writeMappingFile(path: string, rows: readonly MappingRow[], model: ModelClasses): Promise<void> {
  await writeOutput(path, (newAudit) => writeFile(newAudit, asText(path, rows, model)));
}
