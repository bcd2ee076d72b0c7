/** Runs a command on a project and interrupts it at a moment that its database tells. */

import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { type Outcome, startHognose } from './hognose.js';

type Figure = 'listed' | 'predicted' | 'in doubt';

/** Reads chunks of columns; empty bytes where there is none. */
class ChunkReader {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  chunks(): readonly number[] {
    const rows = this.#database.prepare("SELECT chunk FROM chunks WHERE name = 'file'").all();
    return rows.map(({ chunk }) => Number(chunk));
  }

  read(name: string, chunk: number): Buffer {
    const row = this.#database.prepare('SELECT "values" FROM chunks WHERE name = ? AND chunk = ?').get(name, chunk);
    return Buffer.from((row?.values as Uint8Array | undefined) ?? []);
  }

  /** Values of a column of `width` bytes an image, by place. */
  values(name: string, chunk: number, width: number): readonly string[] {
    const bytes = this.read(name, chunk);
    return Array.from({ length: bytes.length / width }, (_, place) =>
      bytes.toString('hex', place * width, (place + 1) * width),
    );
  }
}

const isSome = (hex: string): boolean => /[1-9a-f]/.test(hex);

const figures: Readonly<Record<Figure, (reader: ChunkReader, chunk: number) => number>> = {
  listed: (reader, chunk) => {
    const lengths = reader.values('file', chunk, 2).slice(0, 2048);
    return lengths.filter((length) => length !== 'ffff').length;
  },
  predicted: (reader, chunk) => reader.values('predicted', chunk, 8).filter(isSome).length,
  'in doubt': (reader, chunk) => {
    const [seen, stamp] = [reader.values('seen', chunk, 16), reader.values('stamp', chunk, 16)];
    const contents = reader.values('content', chunk, 32);
    return contents.filter((content, place) => isSome(content) && seen[place] !== stamp[place]).length;
  },
};

/** How many images of a project are so, read in its `audit.sqlite` beside the running command; 0 while there is none. */
export function figureOf(project: string, figure: Figure): number {
  const path = join(project, 'audit.sqlite');
  if (!existsSync(path)) return 0;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const reader = new ChunkReader(database);
    return reader.chunks().reduce((sum, chunk) => sum + figures[figure](reader, chunk), 0);
  } catch (error) {
    // The tables are made in the first moments of the project's life, and while its log is taken over nobody may read.
    const early = ['no such table', 'database is locked'];
    if (error instanceof Error && early.some((message) => error.message.includes(message))) return 0;
    throw error;
  } finally {
    database.close();
  }
}

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
