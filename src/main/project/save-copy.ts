/** Writes an open project to another folder: out of the open files, so also when their own folder is gone. */

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, outputError, toAppError } from '../../shared/errors.js';
import type { ProjectFiles } from './project-files.js';
import { type ProjectInfo, writeProjectInfo } from './project-info.js';

/** Refuses a place that is taken, and makes an empty folder beside it; what an attempt that was cut off left there goes. */
function unfinishedFolder(folder: string): string {
  if (existsSync(folder)) {
    throw new AppError('OUTPUT_UNWRITABLE', `There is a ${folder} already.`, 'Choose another place.');
  }
  const unfinished = `${folder}.unfinished`;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished);
    return unfinished;
  } catch (error) {
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
 * Makes the folder with the verdicts and their journal, the facts, and what was computed: whole or not at all. What was computed is left
 * out where it cannot be copied: it can be made again.
 * @throws AppError `OUTPUT_UNWRITABLE` when there is something at the place, `DISK_FULL`, `READ_ONLY`; nothing is left behind then.
 */
export function saveCopy(folder: string, info: ProjectInfo, { verdicts, audit }: ProjectFiles): void {
  const unfinished = unfinishedFolder(folder);
  try {
    const decided = join(unfinished, 'verdicts.sqlite');
    verdicts.copyTo(decided);
    flush(decided);
    const computed = join(unfinished, 'audit.sqlite');
    try {
      audit.copyTo(computed);
    } catch {
      rmSync(computed, { force: true });
    }
    writeProjectInfo(unfinished, info, folder);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw toAppError(error);
  }
}
