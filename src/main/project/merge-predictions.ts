/** Gives the predictions that lie under one model to another: both are the same model under two hashes. */

import { chunkIds, Chunks } from '../database/chunks.js';
import type { SqliteFile } from '../database/sqlite.js';
import { type ColumnArray, type Numbers, runsOf } from '../table/column-array.js';
import { ImageColumns } from '../table/image-columns.js';
import { Probabilities, type ProbabilityRow } from '../table/probabilities.js';

/** The prediction columns of a chunk, at every place whether or not there is an image. */
class PredictionChunk {
  readonly columns = new ImageColumns();
  readonly #chunks: Chunks;
  readonly #chunk: number;

  constructor(chunks: Chunks, model: number, chunk: number) {
    this.#chunks = chunks;
    this.#chunk = chunk;
    for (let place = 0; place < chunkIds; place += 1) this.columns.append(chunk * chunkIds + place);
    for (const [name, column] of this.#all()) {
      const packed = chunks.read(name, model, chunk);
      if (packed !== undefined) column.unpack(packed, this.#runs());
    }
  }

  has(place: number): boolean {
    return this.columns.predictions.predicted.row(place).some((word) => word !== 0);
  }

  take(place: number, from: PredictionChunk): void {
    const theirs = new Map(from.#all());
    for (const [name, column] of this.#all()) column.setRow(place, theirs.get(name)?.row(place) ?? []);
  }

  write(model: number): void {
    for (const [name, column] of this.#all()) this.#chunks.write(name, model, this.#chunk, column.pack(this.#runs()));
  }

  #all(): readonly (readonly [string, ColumnArray<Numbers>])[] {
    return Object.entries(this.columns.predictions);
  }

  #runs(): ReturnType<typeof runsOf> {
    return runsOf(this.columns.id, 0, chunkIds);
  }
}

/** `to` keeps its own where both have some; `from` has none afterwards. Within the transaction of the caller. */
export function mergePredictions(audit: SqliteFile, from: number, to: number, classes: number): void {
  const chunks = new Chunks(audit);
  const source = new Probabilities(audit, from, classes);
  const target = new Probabilities(audit, to, classes);
  for (const chunk of chunks.list('predicted', from)) {
    const theirs = new PredictionChunk(chunks, from, chunk);
    const ours = new PredictionChunk(chunks, to, chunk);
    const rows: ProbabilityRow[] = [];
    for (let place = 0; place < chunkIds; place += 1) {
      if (ours.has(place) || !theirs.has(place)) continue;
      const id = chunk * chunkIds + place;
      const probabilities = source.row(id);
      if (probabilities === undefined) continue;
      ours.take(place, theirs);
      rows.push([id, probabilities.slice()]);
    }
    target.keep(rows);
    ours.write(to);
  }
  audit.prepare<never>('DELETE FROM chunks WHERE model = ?').run(from);
  audit.prepare<never>('DELETE FROM probabilities WHERE model = ?').run(from);
}
