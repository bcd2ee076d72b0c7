/** Opens another copy of a project beside an open one, and takes over what was decided there. */

import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { AppError } from '../../shared/errors.js';
import type { Progress } from '../../shared/progress.js';
import type { SqliteFile } from '../database/sqlite.js';
import { takeOver, type TakenOver, type Whence } from '../decisions/take-over.js';
import { withCopiedVerdicts } from './project-files.js';
import { readProjectInfo } from './project-info.js';

/** Errors that say something against the other's file. */
const ofItsFile: readonly string[] = ['PROJECT_DAMAGED', 'PROJECT_NEWER', 'INTERNAL'];

/** @throws AppError `NO_PROJECT`, `PROJECT_DAMAGED`, `BAD_USAGE` where it is the project itself. */
function refuse(folder: string, other: string): void {
  readProjectInfo(other);
  const path = join(other, 'verdicts.sqlite');
  const found = statSync(path, { throwIfNoEntry: false });
  // Waiting for a pipe would never end.
  if (found?.isFile() !== true || found.size === 0) {
    throw new AppError(
      'NO_PROJECT',
      `There are no verdicts at ${other}${found?.isFile() === true ? ': their file is empty' : ''}.`,
      'Choose the folder of another copy of this project, NAME.hognose.',
    );
  }
  if (existsSync(folder) && realpathSync(other) === realpathSync(folder)) {
    throw new AppError('BAD_USAGE', `${other} is the project itself.`, 'Choose another copy of it.');
  }
}

/**
 * Adds everything that was said in the project at `other` to the open file `into` of the project at `folder`; the other is left as it is, and
 * may be open elsewhere.
 * @throws AppError `NO_PROJECT`, `BAD_USAGE`, `PROJECT_NEWER`, `PROJECT_DAMAGED`, `DISK_FULL`; what was taken over until then stays.
 */
export function* mergeVerdicts(into: SqliteFile, folder: string, whence: Whence): Generator<Progress, TakenOver, void> {
  const { other } = whence;
  refuse(folder, other);
  const opened = { is: false };
  try {
    return yield* withCopiedVerdicts(other, (from) => {
      opened.is = true;
      return takeOver(into, from, whence);
    });
  } catch (error) {
    // What the copy is called that was opened in its place is nobody's business.
    if (opened.is || !(error instanceof AppError) || !ofItsFile.includes(error.code)) throw error;
    const isNewer = error.code === 'PROJECT_NEWER';
    throw new AppError(
      error.code,
      `The verdicts of ${other} ${isNewer ? 'were written by a newer version of Hognose' : 'cannot be read: their file is damaged'}.`,
      isNewer ? 'Install the newer version to take them over.' : 'Get another copy of it.',
      { cause: error },
    );
  }
}
