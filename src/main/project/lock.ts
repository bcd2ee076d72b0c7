/** One writer a project: a lock that the operating system releases when its process dies, and a note beside it of who holds it. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import * as v from 'valibot';

import { AppError } from '../../shared/errors.js';
import { holdExclusive } from '../database/sqlite.js';

/** Who holds a project. */
const holderSchema = v.object({
  machine: v.pipe(v.string(), v.maxLength(255)),
  process: v.pipe(v.number(), v.integer()),
  /** Milliseconds since 1970. */
  since: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15)),
});
type Holder = v.InferOutput<typeof holderSchema>;

const noteOf = (folder: string): string => join(folder, 'lock.json');

/**
 * Locks a project folder for this process; returns the function that unlocks it.
 * @throws AppError `PROJECT_IN_USE` with the folder and who holds it, or `READ_ONLY`.
 */
export function lockProject(folder: string): () => void {
  const unlock = lock(folder);
  note(folder);
  return () => {
    forget(folder);
    unlock();
  };
}

function lock(folder: string): () => void {
  try {
    return holdExclusive(join(folder, 'lock.sqlite'));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'PROJECT_IN_USE') throw error;
    const holder = holderOf(folder);
    throw new AppError(
      'PROJECT_IN_USE',
      `The project ${folder} is open in another Hognose${holder === null ? '' : ` (${told(holder)})`}.`,
      'Close it there (another window, or a running hognose command), then open it here again.',
      { cause: error },
    );
  }
}

/** The lock holds without the note: where it cannot be written, nobody is told who holds it. */
function note(folder: string): void {
  const holder: Holder = { machine: hostname(), process: process.pid, since: Date.now() };
  try {
    writeFileSync(noteOf(folder), JSON.stringify(holder));
  } catch {
    forget(folder);
  }
}

function forget(folder: string): void {
  try {
    rmSync(noteOf(folder), { force: true });
  } catch {
    // The folder is gone, or may not be written to any more.
  }
}

/** Null where it is not known. */
function holderOf(folder: string): Holder | null {
  try {
    return v.parse(holderSchema, JSON.parse(readFileSync(noteOf(folder), 'utf8')));
  } catch {
    return null;
  }
}

function told({ machine, process: id, since }: Holder): string {
  const time = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(since);
  return `on ${machine}, process ${String(id)}, since ${time}`;
}
