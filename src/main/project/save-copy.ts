/** Writes an open project to another folder: out of the open files, so also when their own folder is gone. */

import { closeSync, fsyncSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, outputError, toAppError } from '../../shared/errors.js';
import type { ProjectFiles } from './project-files.js';
import { type ProjectInfo, writeProjectInfo } from './project-info.js';

/** Makes a folder that was not there. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new AppError('OUTPUT_UNWRITABLE', `There is a ${folder} already.`, 'Choose another place.', {
        cause: error,
      });
    }
    throw outputError(folder, error);
  }
}

function flush(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Makes the folder and puts into it the verdicts with their journal, the facts, and what was computed. What was computed is left
 * out where it cannot be copied: it can be made again.
 * @throws AppError `OUTPUT_UNWRITABLE` when there is something at the place, `DISK_FULL`, `READ_ONLY`; nothing is left behind then.
 */
export function saveCopy(folder: string, info: ProjectInfo, { verdicts, audit }: ProjectFiles): void {
  makeFolder(folder);
  try {
    const decided = join(folder, 'verdicts.sqlite');
    verdicts.copyTo(decided);
    flush(decided);
    const computed = join(folder, 'audit.sqlite');
    try {
      audit.copyTo(computed);
    } catch {
      rmSync(computed, { force: true });
    }
    // Written last: a folder without it is no project.
    writeProjectInfo(folder, info);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw toAppError(error);
  }
}
