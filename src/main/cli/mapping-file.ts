/** Reads `--mapping FILE`: which model class each dataset label means, as CSV, TSV or JSON. */

import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { type ClassIndex, classIndex, type MappingRow, type ModelSummary } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { proposeMapping } from '../audit/mapping.js';

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

function fromTable(path: string, text: string): Entry[] {
  const delimiter = text.split('\n', 1)[0]?.includes('\t') === true ? '\t' : ',';
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, delimiter, skip_empty_lines: true, trim: true });
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

function classOf(path: string, [label, wish]: Entry, model: ModelSummary): ClassIndex | null {
  if (wish === null) return null;
  if (/^\d+$/.test(wish) && Number(wish) < model.classes.length) return classIndex(Number(wish));
  const found = proposeMapping([wish], model)[0]?.classIndex ?? null;
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
  model: ModelSummary,
): Promise<readonly Pick<MappingRow, 'label' | 'classIndex'>[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw invalid(path, 'it cannot be read', error);
  }
  const entries = extname(path).toLowerCase() === '.json' ? fromJson(path, text) : fromTable(path, text);
  const labels = new Map(rows.map((row) => [row.labelName, row.label]));
  return entries.map((entry) => {
    const label = labels.get(entry[0]);
    if (label === undefined) throw invalid(path, `the dataset has no label "${entry[0]}"`);
    return { label, classIndex: classOf(path, entry, model) };
  });
}
