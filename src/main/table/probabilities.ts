/** The probabilities of all images by one model, `[images, classes]` float32, on disk in blobs of some rows each. */

import { float32Of, toBlob } from '../database/blob.js';
import type { SqliteFile } from '../database/sqlite.js';

export const readRowsSql = 'SELECT "values" FROM probabilities WHERE model = ? AND block = ?';
const writeRowsSql = `
  INSERT INTO probabilities (model, block, "values") VALUES (?, ?, ?)
  ON CONFLICT (model, block) DO UPDATE SET "values" = excluded."values"`;

/** Numbers in a blob: a batch of predictions writes one or two of them anew. */
const blobNumbers = 65_536;
const mostRows = 2048;
const fewestRows = 16;

/** Ids in a block: a power of two. */
export function rowsInBlock(classes: number): number {
  const fitting = 2 ** Math.floor(Math.log2(blobNumbers / Math.max(1, classes)));
  return Math.max(fewestRows, Math.min(mostRows, fitting));
}

/** The probabilities of an image by its id. */
export type ProbabilityRow = readonly [id: number, probabilities: Float32Array];

export class Probabilities {
  readonly #audit: SqliteFile;
  readonly #model: number;
  readonly #classes: number;
  readonly #rows: number;
  /** The block that was read last: ids come in order. */
  #last: { readonly block: number; readonly values: Float32Array } | null = null;

  /** @param classes outputs of the model */
  constructor(audit: SqliteFile, model: number, classes: number) {
    this.#audit = audit;
    this.#model = model;
    this.#classes = classes;
    this.#rows = rowsInBlock(classes);
  }

  /** `[C]`, a view; whether it is of the image's present content, the column `predicted` tells. Undefined where none was kept. */
  row(id: number): Float32Array | undefined {
    const values = this.#read(Math.floor(id / this.#rows));
    const from = (id % this.#rows) * this.#classes;
    return values === null || from >= values.length ? undefined : values.subarray(from, from + this.#classes);
  }

  /** Keeps rows, within the transaction of the caller. */
  keep(rows: readonly ProbabilityRow[]): void {
    const blocks = new Map<number, ProbabilityRow[]>();
    for (const row of rows) {
      const block = Math.floor(row[0] / this.#rows);
      const known = blocks.get(block);
      if (known === undefined) blocks.set(block, [row]);
      else known.push(row);
    }
    for (const [block, some] of blocks) this.#write(block, some);
    this.forget();
  }

  /** Forgets what was read: the disk may hold another than what was about to be kept. */
  forget(): void {
    this.#last = null;
  }

  #write(block: number, rows: readonly ProbabilityRow[]): void {
    const before = this.#read(block) ?? new Float32Array(0);
    const highest = Math.max(...rows.map(([id]) => id % this.#rows)) + 1;
    const values = new Float32Array(Math.max(before.length, highest * this.#classes));
    values.set(before);
    for (const [id, probabilities] of rows) {
      values.set(probabilities.subarray(0, this.#classes), (id % this.#rows) * this.#classes);
    }
    this.#audit.prepare<never>(writeRowsSql).run(this.#model, block, toBlob(values));
  }

  #read(block: number): Float32Array | null {
    if (this.#last?.block === block) return this.#last.values;
    const found = this.#audit.prepare<{ values: Uint8Array }>(readRowsSql).get(this.#model, block);
    // What is damaged counts as not kept.
    if (found === undefined || found.values.byteLength % Float32Array.BYTES_PER_ELEMENT !== 0) return null;
    const values = float32Of(found.values);
    this.#last = { block, values };
    return values;
  }
}
