/** A task that is done by `hognose task run`, whose process is killed again and again; what came of it. */

import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { join } from 'node:path';

import type { Random } from '../../src/shared/seeded-random.js';
import { hognose, startHognose } from './hognose.js';

/** Every map of a project with all that is computed of it, by content, method and class. */
export function keptMaps(project: string): readonly Record<string, unknown>[] {
  const database = new Database(join(project, 'audit.sqlite'));
  try {
    return database
      .prepare(
        `SELECT hex(sha256) AS content, method, parameters, class, width, height, hex(steps) AS steps, low, step, forward, backward,
           probability, hex(dropped) AS dropped, contrast, sampling_error, correlation, hex(init_indices) AS init_indices, scored,
           hex(evidence) AS evidence, hex(deviations) AS deviations
         FROM maps ORDER BY content, method, parameters, class`,
      )
      .all() as Record<string, unknown>[];
  } finally {
    database.close();
  }
}

interface Rows {
  readonly maps: number;
  /** The number of the newest row: larger than {@link maps} where any was made again. */
  readonly newest: number;
  readonly states: readonly string[];
}

function rowsOf(project: string): Rows {
  const database = new Database(join(project, 'audit.sqlite'));
  try {
    const { maps, newest } = database.prepare('SELECT count(*) AS maps, max(id) AS newest FROM maps').get() as Rows;
    const states = database.prepare('SELECT state FROM tasks').pluck().all() as string[];
    return { maps, newest, states };
  } finally {
    database.close();
  }
}

export interface Killed extends Rows {
  /** How often it was killed while it ran. */
  readonly kills: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the task, kills it `kills` times after a random part of `most` milliseconds, and lets it end then. */
export async function killedTask(
  task: string,
  project: string,
  { kills, most, random }: { readonly kills: number; readonly most: number; readonly random: Random },
): Promise<Killed> {
  let killed = 0;
  while (killed < kills) {
    const { child, outcome } = startHognose(['task', 'run', task, '--project', project]);
    await pause(150 + random() * most);
    child.kill('SIGKILL');
    const { signal } = await outcome;
    // It had ended before.
    if (signal !== 'SIGKILL') break;
    killed += 1;
  }
  const { stdout, stderr } = await hognose(['task', 'run', task, '--project', project]);
  return { kills: killed, stdout, stderr, ...rowsOf(project) };
}
