/** Copies of the databases of a project that may not be written to, in a folder of their own, so that they can be opened at all. */

import { copyFileSync, constants, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.js';

/** A database and the log of what it has not taken over yet. */
const filesOf = (databases: readonly Database[]): string[] => databases.flatMap((name) => [name, `${name}-wal`]);
const attempts = 3;

export type Database = 'verdicts.sqlite' | 'audit.sqlite';

export interface WorkingCopy {
  readonly folder: string;
  remove(): void;
}

/** Size and time of every file: another where somebody wrote meanwhile. */
function stateOf(folder: string, files: readonly string[]): string {
  return files
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
    .map((found) => (found === undefined ? '' : `${String(found.size)} ${String(found.mtimeMs)}`))
    .join('\n');
}

function copyOnce(from: string, to: string, files: readonly string[]): boolean {
  const before = stateOf(from, files);
  for (const name of files) {
    rmSync(join(to, name), { force: true });
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
  }
  return stateOf(from, files) === before;
}

/**
 * SQLite cannot read a database with a log where it may not write beside it. The copies take the disk space of the databases
 * until they are removed.
 * @throws AppError `PROJECT_IN_USE` when another process writes all the time; otherwise what the disk says.
 */
export function copyDatabases(folder: string, databases: readonly Database[]): WorkingCopy {
  const copy = mkdtempSync(join(tmpdir(), 'hognose-read-only-'));
  const remove = (): void => {
    rmSync(copy, { recursive: true, force: true });
  };
  try {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (copyOnce(folder, copy, filesOf(databases))) return { folder: copy, remove };
    }
    throw new AppError(
      'PROJECT_IN_USE',
      `The project ${folder} is written to by another Hognose.`,
      'Open it again when the other has less to do.',
    );
  } catch (error) {
    remove();
    throw error;
  }
}
