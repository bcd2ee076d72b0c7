/** Reads a list of class names that lies beside a dataset: `classes.txt`, `labels.txt` or `classes.json`. */

import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { AppError } from '../../shared/errors.js';
import { readRegularFile } from '../files/regular-file.js';

const fileNames = ['classes.txt', 'labels.txt', 'classes.json'] as const;
const sizeLimit = 16 * 1024 * 1024;

function fromText(text: string): readonly string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
}

/** `["a", "b"]`, `{"0": "a", "1": "b"}` or `{"a": 0, "b": 1}`; null for anything else. */
function fromJson(value: unknown): readonly string[] | null {
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value as Record<string, unknown>);
  const names = new Array<string>(entries.length).fill('');
  for (const [key, content] of entries) {
    const [index, name] = typeof content === 'number' ? [content, key] : [Number(key), content];
    if (typeof name !== 'string' || names[index] !== '') return null;
    names[index] = name;
  }
  return names;
}

function parseNames(path: string, text: string): readonly string[] {
  let names: readonly string[] | null = null;
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
  const complete = names !== null && names.length > 0 && !names.includes('') && new Set(names).size === names.length;
  if (names !== null && complete) return names;
  throw new AppError(
    'LABELS_INVALID',
    `The class list "${basename(path)}" must hold one name a class, none empty and none twice.`,
    'Mend or remove it; without it classes are called 0, 1, 2 and so on.',
  );
}

/**
 * The class names beside a dataset, in class order; null when there is no list.
 * @throws AppError `LABELS_INVALID` when there is one that cannot be used.
 */
export async function readClassNames(folder: string): Promise<readonly string[] | null> {
  for (const name of fileNames) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile() !== true || found.size > sizeLimit) continue;
    const text = new TextDecoder('utf-8').decode(await readRegularFile(path));
    return parseNames(path, text);
  }
  return null;
}
