/** Gives a project that nobody has open another name: in its facts, and on disk as `NAME.hognose`. */

import { existsSync, renameSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AppError, outputError } from '../../shared/errors.js';
import { lockProject } from './lock.js';
import { readProjectInfo, writeProjectInfo } from './project-info.js';
import { fileNameOf, titleOf } from './project-name.js';

/** Whether both paths lead to one folder, as names in other cases do on some systems. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)];
  return a.dev === b.dev && a.ino === b.ino;
}

/**
 * Renames; returns the folder where the project lies from now on. Nothing has changed when it throws.
 * @throws AppError `BAD_USAGE` for an impossible name, `OUTPUT_UNWRITABLE` when the place is taken, `NO_PROJECT`, `PROJECT_IN_USE`,
 * `PROJECT_NEWER`, `PROJECT_DAMAGED`, `READ_ONLY`, `DISK_FULL`.
 */
export function renameProject(folder: string, name: string): string {
  const from = resolve(folder);
  const info = readProjectInfo(from);
  const title = titleOf(name);
  const to = join(dirname(from), `${fileNameOf(title)}.hognose`);
  if (to !== from && existsSync(to) && !isSame(from, to)) {
    throw new AppError('OUTPUT_UNWRITABLE', `There is a ${to} already.`, 'Choose another name.');
  }
  // Only to see that nobody has it open: a folder with an open file cannot be renamed everywhere.
  lockProject(from)();
  move(from, to);
  try {
    writeProjectInfo(to, { ...info, name: title });
  } catch (error) {
    move(to, from);
    throw error;
  }
  return to;
}

function move(from: string, to: string): void {
  if (from === to) return;
  try {
    renameSync(from, to);
  } catch (error) {
    throw outputError(to, error);
  }
}
