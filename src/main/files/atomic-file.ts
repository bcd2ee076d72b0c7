/** Writes files so that a reader sees the old content or the new one, never a part. */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, outputError } from '../../shared/errors.js';

/** Where a file grows until it is whole: beside its place, and apart from what another process may write there. */
function unfinishedFor(path: string): string {
  return `${path}.${process.pid}.part`;
}

/**
 * Lets `write` make a file beside its place and moves it there when it is whole; on failure an older file stays and nothing is
 * left behind. One writer a file at a time. Rejects with what failed.
 */
export async function replaceFile(path: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = unfinishedFor(path);
  try {
    await write(unfinished);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/**
 * The same for a file that a person asked for.
 * @throws AppError `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`, or what `write` throws as one.
 */
export async function writeOutput(path: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const there = await stat(path).catch(() => null);
  // A device or pipe would be replaced by a file of its name.
  if (there !== null && !there.isFile() && !there.isDirectory()) {
    throw new AppError('OUTPUT_UNWRITABLE', `${path} is no file that can be replaced.`, 'Name a file.');
  }
  await replaceFile(path, write).catch((error: unknown) => {
    throw outputError(path, error);
  });
}

/** Replaces `file` with `text`, on the disk when this resolves; creates its folder when needed. */
export async function writeFileAtomically(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, (unfinished) => writeFile(unfinished, text, { flush: true }));
}

/** Replaces `file` with `text`, on the disk when this returns. Throws what failed. */
export function writeFileAtomicallySync(file: string, text: string): void {
  const unfinished = unfinishedFor(file);
  try {
    const descriptor = openSync(unfinished, 'w');
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
