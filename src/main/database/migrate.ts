/** Brings a database file to the present shape by small ordered steps counted in `user_version`. */

import { AppError } from '../../shared/errors.js';
import type { SqliteFile } from './sqlite.js';

/** SQL of one step; step `n` of the list leads from `user_version` n to n + 1 and is never edited once released. */
export type Migrations = readonly string[];

/** The shape a file is in now. */
export function userVersion(file: SqliteFile): number {
  const version = file.pragma('user_version');
  return typeof version === 'number' ? version : 0;
}

/**
 * Runs the missing steps, each in one transaction with its new version, up to `target` (all by default; tests stop earlier).
 * @throws AppError `PROJECT_NEWER` for a file of a newer Hognose, which is left untouched.
 */
export function migrate(file: SqliteFile, migrations: Migrations, target = migrations.length): void {
  const found = userVersion(file);
  if (found > migrations.length) {
    throw new AppError(
      'PROJECT_NEWER',
      `The file ${file.path} was written by a newer version of Hognose (format ${String(found)}, this version knows ${String(migrations.length)}).`,
      'Install the newer version to open it. The file was not changed.',
    );
  }
  for (let version = found; version < target; version += 1) {
    const step = migrations[version];
    if (step === undefined) return;
    file.transaction(() => {
      file.exec(step);
      file.pragma(`user_version = ${String(version + 1)}`);
    });
  }
}
