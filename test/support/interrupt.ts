/** Runs a command on a project and interrupts it at a moment that its database tells. */

import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { type Outcome, startHognose } from './hognose.js';

/**
 * A number out of a project's `audit.sqlite`, read beside the running command; 0 while there is none.
 * @param sql selects it as `value`
 */
export function figureOf(project: string, sql: string): number {
  const path = join(project, 'audit.sqlite');
  if (!existsSync(path)) return 0;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare(sql).get()?.value);
  } catch (error) {
    // The tables are made in the first moments of the project's life, and while its log is taken over nobody may read.
    const early = ['no such table', 'no such column', 'database is locked'];
    if (error instanceof Error && early.some((message) => error.message.includes(message))) return 0;
    throw error;
  } finally {
    database.close();
  }
}

/** How many images are predicted. */
export const predictedSql = 'SELECT count(*) AS value FROM images WHERE prediction IS NOT NULL';

export interface Interruption {
  /** The folder that is watched, the project's or one above. */
  readonly folder: string;
  /** Whether the moment has come; asked whenever a file whose name contains {@link touched} is written. */
  readonly when: () => boolean;
  readonly touched?: string;
  /** What is done then, once. */
  readonly act: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `hognose ...` and interrupts it. */
export async function interrupt(args: readonly string[], interruption: Interruption): Promise<Outcome> {
  // Only what the command itself writes: our own reading touches the other files of the database.
  const { folder, when, touched = 'audit.sqlite-wal', act } = interruption;
  const watcher = watch(folder, { recursive: true });
  const { child, outcome } = startHognose(args);
  let done = false;
  watcher.on('change', (_, file) => {
    if (done || !String(file).includes(touched) || !when()) return;
    done = true;
    act((signal) => child.kill(signal));
  });
  const ended = await outcome;
  watcher.close();
  return ended;
}
