/** Brings a database file to the present shape by small ordered steps counted in `user_version`. */

import { AppError } from '../../shared/errors.js';
import type { Progress } from '../../shared/progress.js';
import type { SqliteFile } from './sqlite.js';

/** One step: SQL, or what is done between two pieces of SQL, told bit by bit. */
export type Migration =
  | string
  | {
      readonly before: string;
      readonly run: (file: SqliteFile) => Generator<Progress, void>;
      readonly after: string;
    };

/** Step `n` of the list leads from `user_version` n to n + 1 and is never edited once released. */
export type Migrations = readonly Migration[];

/** The shape a file is in now. */
export function userVersion(file: SqliteFile): number {
  const version = file.pragma('user_version');
  return typeof version === 'number' ? version : 0;
}

/**
 * Runs the missing steps in one transaction, up to `target` (all by default; tests stop earlier), and tells on the way how far it has come.
 * @throws AppError `PROJECT_NEWER` for a file of a newer Hognose, which is left untouched.
 */
export function* migrating(
  file: SqliteFile,
  migrations: Migrations,
  target = migrations.length,
): Generator<Progress, void> {
  const found = userVersion(file);
  if (found > migrations.length) {
    throw new AppError(
      'PROJECT_NEWER',
      `The file ${file.path} was written by a newer version of Hognose (format ${String(found)}, this version knows ${String(migrations.length)}).`,
      'Install the newer version to open it. The file was not changed.',
    );
  }
  if (found >= target) return;
  yield* file.transactionSteps(function* () {
    for (const step of migrations.slice(found, target)) {
      if (typeof step === 'string') file.exec(step);
      else {
        file.exec(step.before);
        yield* step.run(file);
        file.exec(step.after);
      }
    }
    file.pragma(`user_version = ${String(target)}`);
  });
}

/** {@link migrating} to its end. */
export function migrate(file: SqliteFile, migrations: Migrations, target = migrations.length): void {
  for (const _ of migrating(file, migrations, target)) continue;
}
