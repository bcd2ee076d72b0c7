/** Opens another copy of a project beside an open one, and takes over what was decided there. */

import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import { AppError } from '../../shared/errors.js';
import type { Progress } from '../../shared/progress.js';
import type { SqliteFile } from '../database/sqlite.js';
import { takeOver, type TakenOver } from '../decisions/take-over.js';
import { withCopiedVerdicts } from './project-files.js';
import { projectExists } from './project-info.js';

/** @throws AppError `NO_PROJECT`, `BAD_USAGE` where it is the project itself. */
function refuse(folder: string, other: string): void {
  if (!projectExists(other) || !existsSync(join(other, 'verdicts.sqlite'))) {
    throw new AppError(
      'NO_PROJECT',
      `There are no verdicts at ${other}.`,
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
export function* mergeVerdicts(into: SqliteFile, folder: string, other: string): Generator<Progress, TakenOver, void> {
  refuse(folder, other);
  return yield* withCopiedVerdicts(other, (from) => takeOver(into, from, other));
}
