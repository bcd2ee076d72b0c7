/**
 * Where the bytes of images lie that do not lie at the dataset's path and their file: numbered, since most have theirs in common, and kept relative to
 * the dataset where they lie in it, so that they are found where that is moved.
 */

import { isAbsolute, join, relative, sep } from 'node:path';
import type { SqliteFile } from '../database/sqlite.js';

/** A file, or the folder that the names of files are relative to. */
export interface Place {
  /** Absolute, or relative to the dataset. */
  readonly path: string;
  readonly whole: boolean;
}

/** What tells the path of a file from those of others in the same folder is its name, where it ends with that. */
export function splitPlace(path: string, file: string): Place {
  const end = sep + file.split('/').join(sep);
  return path.endsWith(end) ? { path: path.slice(0, -end.length), whole: false } : { path, whole: true };
}

/** What is kept of a path: inside of the dataset relative to it, by slashes on every system. */
function keptPath(path: string, datasetPath: string): string {
  const inside = relative(datasetPath, path);
  if (inside === '') return '.';
  if (isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) return path;
  return inside.split(sep).join('/');
}

function pathNow(kept: string, datasetPath: string): string {
  return isAbsolute(kept) ? kept : join(datasetPath, kept);
}

export class Places {
  /** Where the dataset lies. */
  datasetPath: string;
  readonly #audit: SqliteFile;
  readonly #byId = new Map<number, Place>();
  readonly #ids = new Map<string, number>();
  #read = false;

  constructor(audit: SqliteFile, datasetPath: string) {
    this.#audit = audit;
    this.datasetPath = datasetPath;
  }

  /** Number of where a file lies; made where it is new, within the transaction of the caller. */
  idOf(path: string, file: string): number {
    this.#readAll();
    const split = splitPlace(path, file);
    const place = { ...split, path: keptPath(split.path, this.datasetPath) };
    const key = keyOf(place);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#audit
      .prepare<never>('INSERT INTO places (id, path, whole) VALUES (?, ?, ?)')
      .run(id, place.path, place.whole ? 1 : 0);
    this.#take(id, place);
    return id;
  }

  /** Absolute path of a file at a place of this number. */
  pathOf(id: number, file: string): string {
    this.#readAll();
    const place = this.#byId.get(id);
    if (place === undefined) return file;
    const path = pathNow(place.path, this.datasetPath);
    return place.whole ? path : join(path, file);
  }

  /** Forgets what was read: a transaction was undone. */
  forget(): void {
    this.#byId.clear();
    this.#ids.clear();
    this.#read = false;
  }

  #readAll(): void {
    if (this.#read) return;
    this.#read = true;
    const rows = this.#audit.prepare<{ id: number; path: string; whole: number }>('SELECT id, path, whole FROM places');
    for (const { id, path, whole } of rows.all()) this.#take(id, { path, whole: whole === 1 });
  }

  #take(id: number, place: Place): void {
    this.#byId.set(id, place);
    this.#ids.set(keyOf(place), id);
  }
}

function keyOf({ path, whole }: Place): string {
  return `${whole ? '1' : '0'}${path}`;
}
