/** One writer a project: a lock that the operating system releases when its process dies. */

import { join } from 'node:path';
import { AppError } from '../../shared/errors.js';
import { holdExclusive } from '../database/sqlite.js';

/**
 * Locks a project folder for this process; returns the function that unlocks it.
 * @throws AppError `PROJECT_IN_USE` with the folder, or `READ_ONLY`.
 */
export function lockProject(folder: string): () => void {
  try {
    return holdExclusive(join(folder, 'lock.sqlite'));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'PROJECT_IN_USE') throw error;
    throw new AppError(
      'PROJECT_IN_USE',
      `The project ${folder} is open in another Hognose.`,
      'Close it there (another window, or a running hognose command), then open it here again.',
      { cause: error },
    );
  }
}
