/** Values of images as they lie on disk: a blob for every column and every 2,048 ids. */

import type { SqliteFile } from './sqlite.js';

/** Ids in a chunk: chunk 0 has the images 0 to 2,047. */
export const chunkIds = 2048;
export const chunkOf = (id: number): number => Math.floor(id / chunkIds);
/** Where an image lies in its chunk. */
export const placeOf = (id: number): number => id % chunkIds;

/** Stands for the model of columns that are of no model. */
export const noModel = 0;

export const readChunkSql = 'SELECT "values" FROM chunks WHERE name = ? AND model = ? AND chunk = ?';
const writeChunkSql = `
  INSERT INTO chunks (name, model, chunk, "values") VALUES (?, ?, ?, ?)
  ON CONFLICT (name, model, chunk) DO UPDATE SET "values" = excluded."values"`;

export class Chunks {
  readonly #audit: SqliteFile;

  constructor(audit: SqliteFile) {
    this.#audit = audit;
  }

  read(column: string, model: number, chunk: number): Uint8Array | undefined {
    return this.#audit.prepare<{ values: Uint8Array }>(readChunkSql).get(column, model, chunk)?.values;
  }

  write(column: string, model: number, chunk: number, values: Uint8Array): void {
    this.#audit.prepare<never>(writeChunkSql).run(column, model, chunk, values);
  }

  /** Bytes of all chunks of a column. */
  bytesOf(column: string, model: number): number {
    const sql = 'SELECT sum(length("values")) AS bytes FROM chunks WHERE name = ? AND model = ?';
    return this.#audit.prepare<{ bytes: number | null }>(sql).get(column, model)?.bytes ?? 0;
  }

  /** The chunks of a column that there are, ascending. */
  list(column: string, model: number): readonly number[] {
    return this.#audit
      .prepareArrays<readonly [number]>('SELECT chunk FROM chunks WHERE name = ? AND model = ? ORDER BY chunk')
      .all(column, model)
      .map(([chunk]) => chunk);
  }

  /** Takes away what lies in a chunk, of all columns and models: its images are gone. */
  remove(chunk: number): void {
    this.#audit.prepare<never>('DELETE FROM chunks WHERE chunk = ?').run(chunk);
  }
}
