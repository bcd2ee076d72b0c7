/** Opens the files of a project under its lock; a missing or damaged `audit.sqlite` is made anew, `verdicts.sqlite` never is. */

import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectAccess } from '../../shared/audit.js';
import { AppError, toAppError } from '../../shared/errors.js';
import { auditMigrations } from './audit-schema.js';
import { lockProject } from './lock.js';
import type { Progress } from '../../shared/progress.js';
import { migrating, userVersion } from '../database/migrate.js';
import { SqliteFile } from '../database/sqlite.js';
import { verdictMigrations } from '../decisions/verdict-schema.js';
import { copyDatabases } from './working-copy.js';

/** Below this size a file is checked from end to end when it is opened; above, damage shows when it is met. */
const checkedBytes = 64 * 2 ** 20;

function checkWhole(file: SqliteFile): void {
  if (statSync(file.path).size > checkedBytes) return;
  const answer = file.pragma('quick_check(1)');
  if (answer === 'ok') return;
  throw new AppError(
    'PROJECT_DAMAGED',
    `The file ${file.path} is damaged: ${String(answer)}`,
    'Restore it from a backup; the file was not changed.',
  );
}

/**
 * Opens the verdicts; commits are durable against power loss.
 * @throws AppError `PROJECT_DAMAGED`, `PROJECT_NEWER`, `READ_ONLY`.
 */
function* openVerdictFile(folder: string): Generator<Progress, SqliteFile, void> {
  const file = new SqliteFile(join(folder, 'verdicts.sqlite'), { synchronous: 'FULL' });
  let opened = false;
  try {
    checkWhole(file);
    yield* migrating(file, verdictMigrations);
    opened = true;
    return file;
  } finally {
    // It failed, or was given up half way.
    if (!opened) file.close();
  }
}

/** The version in which images came to lie in chunks: what they lay in before is most of the file. */
const chunkedVersion = 7;

function* bringUpToDate(file: SqliteFile): Generator<Progress, void, void> {
  const before = userVersion(file);
  yield* migrating(file, auditMigrations);
  if (before === 0 || before >= chunkedVersion) return;
  try {
    file.exec('VACUUM');
  } catch (error) {
    // It only gives disk space back, and needs some for that.
    if (!(error instanceof AppError) || error.code === 'PROJECT_DAMAGED') throw error;
  }
}

interface OpenedAudit {
  readonly file: SqliteFile;
  /** The old cache was damaged and has been thrown away. */
  readonly rebuilt: boolean;
}

/**
 * Opens the cache, or makes a new one in place of a missing or damaged one.
 * @throws AppError `PROJECT_NEWER`, `READ_ONLY`, `DISK_FULL`.
 */
function* openAuditFile(folder: string): Generator<Progress, OpenedAudit, void> {
  const path = join(folder, 'audit.sqlite');
  // Left where damage was met while working, before the project was opened again.
  const marker = join(folder, 'audit.damaged');
  const open = function* (): Generator<Progress, SqliteFile, void> {
    const onDamaged = (): void => {
      writeFileSync(marker, '');
    };
    const file = new SqliteFile(path, { synchronous: 'NORMAL', onDamaged });
    let whole = false;
    try {
      checkWhole(file);
      yield* bringUpToDate(file);
      whole = true;
      return file;
    } finally {
      if (!whole) file.close();
    }
  };
  if (!existsSync(marker)) {
    try {
      return { file: yield* open(), rebuilt: false };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'PROJECT_DAMAGED') throw error;
    }
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  rmSync(marker, { force: true });
  return { file: yield* open(), rebuilt: true };
}

/** The open files of a project, held by its lock. */
export interface ProjectFiles {
  readonly audit: SqliteFile;
  readonly verdicts: SqliteFile;
  /** The old cache was damaged and has been thrown away. */
  readonly rebuilt: boolean;
  /** Whether what is written to them can be found again: that of a read-only project goes to copies that end with it. */
  access(): ProjectAccess;
  /** Closes both and unlocks the folder. */
  close(): void;
}

/** SQLite opens what may not be written to all the same, and says so at the first write only. @throws AppError `READ_ONLY`. */
function refuseReadOnly(folder: string): void {
  const files = ['verdicts.sqlite', 'audit.sqlite']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path));
  try {
    for (const path of [folder, ...files]) accessSync(path, constants.W_OK);
  } catch (error) {
    throw toAppError(error);
  }
}

/**
 * Locks a folder, opens its files and hands them to `use`; tells on the way how far they are brought into the shape of this version.
 * When that throws or is given up, everything is closed again.
 * @throws AppError `PROJECT_IN_USE`, `PROJECT_DAMAGED`, `PROJECT_NEWER`, `READ_ONLY`, `DISK_FULL`.
 */
export function withFiles<Result>(
  folder: string,
  use: (files: ProjectFiles) => Result,
): Generator<Progress, Result, void> {
  const hold = (): (() => void) => {
    refuseReadOnly(folder);
    return lockProject(folder);
  };
  return openBoth(folder, hold, use);
}

/**
 * The same for looking only, without a lock: out of copies, so that the folder need not be writable and another Hognose may have
 * it open.
 */
export function* withCopiedFiles<Result>(
  folder: string,
  use: (files: ProjectFiles) => Result,
): Generator<Progress, Result, void> {
  const copy = copyDatabases(folder, ['verdicts.sqlite', 'audit.sqlite']);
  const readOnly = (files: ProjectFiles): Result => use({ ...files, access: () => 'read-only' });
  const hold = (): (() => void) => () => {
    copy.remove();
  };
  return yield* openBoth(copy.folder, hold, readOnly);
}

/** Hands the verdicts of a project to `use`, likewise out of a copy, which is removed at the end. @throws AppError as {@link withFiles}. */
export function* withCopiedVerdicts<Result>(
  folder: string,
  use: (verdicts: SqliteFile) => Generator<Progress, Result, void>,
): Generator<Progress, Result, void> {
  const copy = copyDatabases(folder, ['verdicts.sqlite']);
  try {
    const verdicts = yield* openVerdictFile(copy.folder);
    try {
      return yield* use(verdicts);
    } finally {
      verdicts.close();
    }
  } finally {
    copy.remove();
  }
}

/** @param hold takes hold of the folder; returns the function that lets it go */
function* openBoth<Result>(
  folder: string,
  hold: () => () => void,
  use: (files: ProjectFiles) => Result,
): Generator<Progress, Result, void> {
  const closers: (() => void)[] = [];
  const close = (): void => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) closer();
  };
  let opened = false;
  try {
    closers.push(hold());
    const verdicts = yield* openVerdictFile(folder);
    closers.push(() => {
      verdicts.close();
    });
    const audit = yield* openAuditFile(folder);
    closers.push(() => {
      audit.file.close();
    });
    const inPlace = (): boolean => verdicts.isInPlace() && audit.file.isInPlace();
    inPlace();
    const access = (): ProjectAccess => (inPlace() ? 'writable' : 'gone');
    const result = use({ audit: audit.file, verdicts, rebuilt: audit.rebuilt, access, close });
    opened = true;
    return result;
  } finally {
    // It failed, or was given up half way.
    if (!opened) close();
  }
}
