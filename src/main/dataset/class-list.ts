/** Reads a list of class names that lies beside a dataset: `classes.txt`, `labels.txt` or `classes.json`. */

import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { AppError } from '../../shared/errors.js';
import { readRegularFile } from '../files/regular-file.js';
import type { Survey } from './survey.js';
import type { Warnings } from './warnings.js';

const stems = ['classes', 'labels', 'class_names', 'label_names', 'categories', 'names'];
const fileNames = [
  ...stems.map((stem) => `${stem}.txt`),
  ...[
    'classes',
    'class_names',
    'label_names',
    'categories',
    'class_to_idx',
    'idx_to_class',
    'id2label',
    'label2id',
  ].map((stem) => `${stem}.json`),
];

/** Whether a file of this name is one of class names wherever it lies. */
export const isClassListName = (name: string): boolean => fileNames.includes(name.toLowerCase());
const sizeLimit = 16 * 1024 * 1024;

/** Names by number. */
export type ClassList = ReadonlyMap<number, string>;

/** One name a line, counted from 0, or lines such as `1 black_footed_albatross` or `cat 0` that bear their number. */
function fromText(text: string): ClassList {
  const lines = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
  const numbered = lines.map((line) => /^(\d+)[\s,:;]+(\S.*)$/.exec(line));
  const numbers = new Set(numbered.map((match) => match?.[1]));
  if (!numbers.has(undefined) && numbers.size === lines.length) {
    return new Map(numbered.map((match) => [Number(match?.[1]), match?.[2] ?? '']));
  }
  // The other way round: `cat 0`, counted from 0 or 1 without a gap.
  const counted = lines.map((line) => /^(\S.*?)[\s,:;]+(\d+)$/.exec(line));
  const named = new Map(counted.map((match) => [Number(match?.[2]), match?.[1] ?? '']));
  const from = named.has(0) ? 0 : 1;
  const gapless = lines.every((_, at) => named.has(at + from));
  if (!counted.includes(null) && named.size === lines.length && gapless) return named;
  return new Map(lines.entries());
}

/** `["a", "b"]`, `{"0": "a", "1": "b"}` or `{"a": 0, "b": 1}`; null for anything else. */
function fromJson(value: unknown): ClassList | null {
  if (typeof value !== 'object' || value === null) return null;
  const names = new Map<number, string>();
  for (const [key, content] of Object.entries(value as Record<string, unknown>)) {
    const [index, name] = typeof content === 'number' ? [content, key] : [Number(key), content];
    if (typeof name !== 'string' || !Number.isInteger(index) || names.has(index)) return null;
    names.set(index, name);
  }
  return names;
}

function parseNames(path: string, text: string): ClassList {
  let names: ClassList | null = null;
  try {
    names = path.endsWith('.json') ? fromJson(JSON.parse(text)) : fromText(text);
  } catch (error) {
    throw new AppError(
      'LABELS_INVALID',
      `The class list "${basename(path)}" is no valid JSON.`,
      'Mend or remove it; without it classes are called 0, 1, 2 and so on.',
      { cause: error },
    );
  }
  const values = new Set(names?.values());
  if (names !== null && names.size > 0 && !values.has('') && values.size === names.size) return names;
  throw new AppError(
    'LABELS_INVALID',
    `The class list "${basename(path)}" must hold one name a class, none empty and none twice.`,
    'Mend or remove it; without it classes are called 0, 1, 2 and so on.',
  );
}

async function findList(folder: string): Promise<string | null> {
  for (const name of fileNames) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true && found.size <= sizeLimit) return path;
  }
  return null;
}

/** A list of class names. @throws AppError `LABELS_INVALID` when it cannot be used. */
async function readList(path: string): Promise<ClassList> {
  return parseNames(path, new TextDecoder('utf-8').decode(await readRegularFile(path)));
}

/**
 * The class names beside a dataset, by number; null when there is no list.
 * @throws AppError `LABELS_INVALID` when there is one that cannot be used.
 */
export async function readClassList(folder: string): Promise<ClassList | null> {
  const path = await findList(folder);
  return path === null ? null : readList(path);
}

/** Why a list does not name these numbers; null when it does. */
function misfit(list: ClassList, numbers: readonly number[]): string | null {
  const missing = numbers.find((number) => !list.has(number));
  if (missing === undefined) return null;
  return list.has(0) && missing === list.size && !numbers.includes(0)
    ? 'the labels are counted from 1 and the list from 0'
    : `it has no name for ${String(missing)}`;
}

/**
 * What labels are called, in the order of the labels: where all of them are numbers and a class list lies beside the
 * table, in the root or above it, the names of that list; otherwise their own. Both is told.
 * @param folders relative to the root: where a list is looked for first
 */
export async function nameNumbers(
  labels: readonly string[],
  { survey }: { readonly survey: Survey },
  folders: readonly string[],
  warnings: Warnings,
): Promise<ReadonlyMap<string, string>> {
  const own = new Map(labels.map((label) => [label, label]));
  if (labels.length === 0 || !labels.every((label) => /^\d+$/.test(label))) return own;
  const places = new Set([...folders.map((folder) => join(survey.root, folder)), survey.root, dirname(survey.root)]);
  for (const place of places) {
    const path = await findList(place);
    if (path === null) continue;
    const wayOut = 'The labels keep their numbers: look over which class each means.';
    try {
      const list = await readList(path);
      const why = misfit(list, labels.map(Number));
      if (why === null) {
        warnings.note('The labels are numbers, and a class list gave them names', basename(path));
        return new Map(labels.map((label) => [label, list.get(Number(label)) ?? label]));
      }
      warnings.note(`A class list was not used, because ${why}`, basename(path), wayOut);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      warnings.note('A class list was not used, because it is not one name a class', basename(path), wayOut);
    }
  }
  return own;
}
