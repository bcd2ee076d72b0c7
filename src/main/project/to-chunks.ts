/** Takes the rows of images and predictions, as earlier versions kept them, over into chunks of columns. */

import { float32Of, hashOfBlob } from '../database/blob.js';
import { chunkIds, chunkOf, Chunks, noModel, placeOf } from '../database/chunks.js';
import type { Progress } from '../../shared/progress.js';
import type { SqliteFile } from '../database/sqlite.js';
import { topClasses } from '../../shared/statistics/top-classes.js';
import type { ColumnArray, Numbers, Run } from '../table/column-array.js';
import { runsOf } from '../table/column-array.js';
import { bestClasses, ImageColumns, packStamp } from '../table/image-columns.js';
import { packNames } from '../table/name-chunk.js';
import { Probabilities, type ProbabilityRow } from '../table/probabilities.js';
import { contentWords } from './content-words.js';
import { splitPlace } from './places.js';

interface Row {
  readonly id: number;
  readonly file: string;
  readonly path: string | null;
  readonly member: number | null;
  readonly label: number | null;
  readonly split: string | null;
  readonly sha256: Uint8Array | null;
  readonly bytes: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly view: Uint8Array | null;
  readonly seen: string | null;
  readonly stamp: string | null;
}

interface PredictionRow {
  readonly id: number;
  readonly model: number;
  readonly sha256: Uint8Array;
  readonly probabilities: Uint8Array;
}

const rowsSql = `
  SELECT id, file, path, member, label, split, sha256, bytes, width, height, view, seen, stamp
  FROM images WHERE id BETWEEN ? AND ? ORDER BY id`;
const predictionsSql = `
  SELECT images.id, predictions.model, predictions.sha256, predictions.probabilities
  FROM images JOIN predictions ON predictions.sha256 = images.sha256
  WHERE images.id BETWEEN ? AND ? ORDER BY predictions.model, images.id`;

/** Numbers texts from 0 on in a table of ids, in the order in which they come. */
class Numbered {
  readonly #add: (id: number, text: string) => void;
  readonly #known = new Map<string, number>();

  constructor(add: (id: number, text: string) => void) {
    this.#add = add;
  }

  idOf(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const id = this.#known.size;
    this.#known.set(text, id);
    this.#add(id, text);
    return id;
  }
}

class ChunkWriter {
  readonly #file: SqliteFile;
  readonly #chunks: Chunks;
  readonly #splits: Numbered;
  readonly #folders: Numbered;
  /** The columns of one chunk. */
  readonly #columns = new ImageColumns();

  constructor(file: SqliteFile) {
    this.#file = file;
    this.#chunks = new Chunks(file);
    this.#splits = new Numbered((id, name) => {
      file.prepare<never>('INSERT INTO splits (id, name) VALUES (?, ?)').run(id, name);
    });
    this.#folders = new Numbered((id, text) => {
      const [path, whole] = JSON.parse(text) as readonly [string, number];
      file.prepare<never>('INSERT INTO places (id, path, whole) VALUES (?, ?, ?)').run(id, path, whole);
    });
  }

  /** Returns how many images the chunk has. */
  write(chunk: number): number {
    const ids = [chunk * chunkIds, (chunk + 1) * chunkIds - 1] as const;
    const rows = this.#file.prepare<Row>(rowsSql).all(...ids);
    if (rows.length === 0) return 0;
    const columns = this.#columns;
    columns.clear();
    const names = rows.map(({ file }) => Buffer.from(file));
    const views = new Float64Array(chunkIds * 4).fill(NaN);
    for (const row of rows) {
      this.#take(columns.append(row.id), row);
      if (row.view?.byteLength === 32) new Uint8Array(views.buffer).set(row.view, placeOf(row.id) * 32);
    }
    const runs = runsOf(columns.id, 0, columns.size);
    const stored = { bytes: Buffer.concat(names), lengths: Uint32Array.from(names, ({ byteLength }) => byteLength) };
    const places = rows.map(({ id }) => placeOf(id));
    this.#chunks.write('file', noModel, chunk, packNames(places, stored));
    if (rows.some(({ view }) => view !== null)) {
      this.#chunks.write('view', noModel, chunk, new Uint8Array(views.buffer));
    }
    this.#writeColumns(columns.facts, noModel, chunk, runs);
    this.#writePredictions(chunk, runs, this.#file.prepare<PredictionRow>(predictionsSql).all(...ids));
    return rows.length;
  }

  #take(slot: number, row: Row): void {
    const { label, split, place, member, width, height, bytes, seen, stamp, content } = this.#columns.facts;
    label.set(slot, row.label);
    split.set(slot, row.split === null ? null : this.#splits.idOf(row.split));
    if (row.path !== null) {
      const { path, whole } = splitPlace(row.path, row.file);
      place.set(slot, this.#folders.idOf(JSON.stringify([path, whole ? 1 : 0])));
    }
    member.set(slot, row.member);
    width.set(slot, row.width);
    height.set(slot, row.height);
    bytes.set(slot, row.bytes);
    seen.setRow(slot, packStamp(row.seen));
    stamp.setRow(slot, packStamp(row.stamp));
    if (row.sha256 !== null) content.setRow(slot, contentWords(hashOfBlob(row.sha256)));
  }

  #writePredictions(chunk: number, runs: readonly Run[], rows: readonly PredictionRow[]): void {
    const columns = this.#columns;
    for (const model of new Set(rows.map((row) => row.model))) {
      for (const column of Object.values(columns.predictions)) column.clear();
      const kept: ProbabilityRow[] = [];
      for (const row of rows) {
        const slot = row.model === model ? columns.slotOf(row.id) : undefined;
        if (slot === undefined) continue;
        const probabilities = float32Of(row.probabilities);
        kept.push([row.id, probabilities]);
        const best = topClasses(probabilities, bestClasses);
        columns.predictions.predicted.setRow(slot, contentWords(hashOfBlob(row.sha256)).subarray(0, 2));
        columns.predictions['top-classes'].setRow(slot, best);
        columns.predictions['top-probabilities'].setRow(
          slot,
          best.map((index) => probabilities[index] ?? NaN),
        );
      }
      const classes = kept[0]?.[1].length ?? 0;
      new Probabilities(this.#file, model, classes).keep(kept);
      this.#writeColumns(columns.predictions, model, chunk, runs);
    }
  }

  #writeColumns(columns: object, model: number, chunk: number, runs: readonly Run[]): void {
    for (const [name, column] of Object.entries(columns) as [string, ColumnArray<Numbers>][]) {
      this.#chunks.write(name, model, chunk, column.pack(runs));
    }
  }
}

/** Goes through all images, chunk by chunk. */
export function* toChunks(file: SqliteFile): Generator<Progress, void> {
  const counted = file
    .prepare<{ count: number; highest: number | null }>('SELECT count(*) AS count, max(id) AS highest FROM images')
    .get();
  const total = counted?.count ?? 0;
  // Ids that were given out are never given out again, also where their images are gone.
  const given = file.prepare<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'images'").get();
  const next = Math.max(counted?.highest ?? 0, given?.seq ?? 0) + 1;
  file.prepare<never>("INSERT OR REPLACE INTO meta (key, value) VALUES ('next-image', ?)").run(String(next));
  file.exec(`
    INSERT INTO problems (image, code, message, hint)
    SELECT id, error_code, coalesce(error_message, ''), coalesce(error_hint, '') FROM images WHERE error_code IS NOT NULL`);
  const writer = new ChunkWriter(file);
  let done = 0;
  for (let chunk = 0; chunk <= chunkOf(next - 1); chunk += 1) {
    const images = writer.write(chunk);
    if (images === 0) continue;
    done += images;
    yield { done, total };
  }
}
