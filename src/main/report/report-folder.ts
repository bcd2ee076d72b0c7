/** A report folder appears whole or not at all: it is made beside its place and moved there when it is complete. */

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError, toAppError } from '../../shared/errors.js';
import { readRegularText } from '../files/regular-file.js';

/** Marks a folder as a report of ours, which a new one may replace. */
const marker = '.hognose-report';

/** Marks a folder that a report is being written into; holds the number of the process that does. */
const unfinishedMarker = '.hognose-report-draft';

/** An unfinished folder of a process that this machine does not know is left alone for a day: another machine may be writing it. */
const unfinishedLife = 24 * 3600 * 1000;

/** How the unfinished and the put-aside older reports of one place are called. */
function unfinishedName(place: string): RegExp {
  const escaped = basename(place).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^\\.${escaped}-[0-9a-f]{8}(-old)?$`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else runs, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether nobody writes an unfinished folder any more. */
async function isAbandoned(unfinished: string): Promise<boolean> {
  const text = await readRegularText(join(unfinished, unfinishedMarker)).catch(() => null);
  if (text === null) return false;
  const [pid, host] = text.trim().split(' ');
  if (host === hostname() && Number(pid) > 0) return Number(pid) !== process.pid && !isRunning(Number(pid));
  const { mtimeMs } = await stat(unfinished);
  return Date.now() - mtimeMs > unfinishedLife;
}

/**
 * Removes what reports that were killed left beside their place: unfinished reports of processes that are gone, and older reports that
 * had been put aside where the new one is there. Nothing else is touched, and what cannot be removed stays.
 */
async function removeAbandoned(place: string): Promise<void> {
  const parent = dirname(place);
  const ours = unfinishedName(place);
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (!entry.isDirectory() || !ours.test(entry.name)) continue;
    const left = join(parent, entry.name);
    const old = entry.name.endsWith('-old');
    const gone = old ? existsSync(join(left, marker)) && existsSync(join(place, marker)) : await isAbandoned(left);
    // It is in nobody's way: what fails now is tried again with the next report.
    if (gone) await rm(left, { recursive: true, force: true }).catch(() => undefined);
  }
}

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
export async function replaceFolder<Result>(
  folder: string,
  fill: (unfinished: string) => Promise<Result>,
): Promise<Result> {
  const place = resolve(folder);
  await refuseForeign(place);
  let unfinished: string | undefined;
  try {
    await mkdir(dirname(place), { recursive: true });
    unfinished = join(dirname(place), `.${basename(place)}-${randomUUID().slice(0, 8)}`);
    await removeAbandoned(place).catch(() => undefined);
    await mkdir(unfinished);
    await writeFile(join(unfinished, unfinishedMarker), `${String(process.pid)} ${hostname()}\n`);
    const result = await fill(unfinished);
    await writeFile(join(unfinished, marker), 'A report made by Hognose; a newer one may replace this folder.\n');
    const old = `${unfinished}-old`;
    if (existsSync(place)) await rename(place, old);
    await rename(unfinished, place);
    // Only now: what is killed on the way here still says who was writing it.
    await rm(join(place, unfinishedMarker), { force: true });
    await rm(old, { recursive: true, force: true });
    return result;
  } catch (error) {
    if (unfinished !== undefined) await rm(unfinished, { recursive: true, force: true });
    throw toAppError(error);
  }
}
