/** Writes files so that a reader sees the old content or the new one, never a part. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { outputError } from '../../shared/errors.js';

/** Replaces `file` with `text`; creates its folder when needed. One writer a file at a time. */
export async function writeFileAtomically(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.new`;
  await writeFile(unfinished, text, { flush: true });
  await rename(unfinished, file);
}

/**
 * Lets `write` make an output file beside its place and moves it there when it is whole; on failure an older file stays and
 * nothing is left behind.
 * @throws AppError `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`, or what `write` throws as one.
 */
export async function writeOutput(path: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${path}.part`;
  try {
    await write(unfinished);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw outputError(path, error);
  }
}
