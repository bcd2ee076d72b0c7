/** A report folder appears whole or not at all: it is made beside its place and moved there when it is complete. */

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError, toAppError } from '../../shared/errors.js';

/** Marks a folder as a report of ours, which a new one may replace. */
const marker = '.hognose-report';

/** @throws AppError `OUTPUT_UNWRITABLE` when something else lies at `folder`. */
async function refuseForeign(folder: string): Promise<void> {
  if (!existsSync(folder) || existsSync(join(folder, marker))) return;
  const taken = (): AppError =>
    new AppError(
      'OUTPUT_UNWRITABLE',
      `The place ${folder} is taken by something that is not a Hognose report.`,
      'Choose a new or empty folder.',
    );
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'ENOTDIR' ? taken() : toAppError(error);
  }
  if (entries.length > 0) throw taken();
}

/**
 * Lets `fill` write into a new folder and puts it at `folder`, in place of an older report; when `fill` throws, the older
 * report stays as it was and nothing is left behind.
 * @throws AppError `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`, or what `fill` throws.
 */
export async function replaceFolder<Result>(folder: string, fill: (draft: string) => Promise<Result>): Promise<Result> {
  const place = resolve(folder);
  await refuseForeign(place);
  let draft: string | undefined;
  try {
    await mkdir(dirname(place), { recursive: true });
    draft = join(dirname(place), `.${basename(place)}-${randomUUID().slice(0, 8)}`);
    await mkdir(draft);
    const result = await fill(draft);
    await writeFile(join(draft, marker), 'A report made by Hognose; a newer one may replace this folder.\n');
    const old = `${draft}-old`;
    if (existsSync(place)) await rename(place, old);
    await rename(draft, place);
    await rm(old, { recursive: true, force: true });
    return result;
  } catch (error) {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true });
    throw toAppError(error);
  }
}
