/** The images of a project as the dataset lists them: added by scans, read as rows for the gallery and as sources for the engine. */

import { join } from 'node:path';
import {
  type ClassIndex,
  type ImageId,
  imageId,
  type ImageDetail,
  type ImageRow,
  type LabelIndex,
  type Prediction,
} from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { DatasetImage, ImageSource, StampedImage } from '../dataset/dataset.js';
import { float64Of, hashOfBlob, topOfBlob } from '../database/blob.js';
import type { SqliteFile } from '../database/sqlite.js';

interface Row {
  readonly id: number;
  readonly file: string;
  readonly label: number | null;
  readonly split: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly error_message: string | null;
  readonly sha256: Uint8Array | null;
  readonly top: Uint8Array | null;
  readonly label_class: number | null;
}

/** An image as the engine is asked about it. */
export interface ListedSource {
  readonly id: ImageId;
  readonly file: string;
  readonly source: ImageSource;
}

export interface Place {
  readonly file: string;
  readonly path: string | null;
  readonly member: number | null;
}

export const rowsSql = `
  SELECT id, file, label, split, width, height, error_message, sha256, top, label_class
  FROM images WHERE id IN (SELECT value FROM json_each(?))`;
export const duplicatesSql = 'SELECT id, file, label FROM images WHERE sha256 = ? AND id <> ? ORDER BY id LIMIT 100';

const addSql = `
  INSERT INTO images (file, path, member, label, split, scan, seen) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (file) DO UPDATE SET path = excluded.path, member = excluded.member, split = excluded.split,
    scan = excluded.scan, label = excluded.label, seen = excluded.seen`;

/** What the model says, without what it says of the label. */
export type StoredPrediction = Omit<Prediction, 'labelProbability' | 'labelRank'>;

/** What only images.ts knows of a row; the gallery adds scores, verdict, disagreement and whether maps are cached. */
export type StoredRow = Omit<ImageRow, 'prediction' | 'scores' | 'verdict' | 'disagreement' | 'explained'> & {
  readonly prediction: StoredPrediction | null;
  readonly sha256: string | null;
};
export type StoredDetail = StoredRow & Pick<ImageDetail, 'bytes' | 'modelView' | 'duplicates'>;

function predictionOf(row: Row): StoredPrediction | null {
  if (row.top === null) return null;
  const { classes, probabilities } = topOfBlob(row.top);
  return {
    top: Array.from(classes, (index, place) => ({
      classIndex: index as ClassIndex,
      probability: probabilities[place] ?? 0,
    })),
    labelClass: row.label_class as ClassIndex | null,
  };
}

function storedRow(row: Row): StoredRow {
  return {
    id: imageId(row.id),
    file: row.file,
    label: row.label as LabelIndex | null,
    split: row.split,
    width: row.width,
    height: row.height,
    error: row.error_message,
    prediction: predictionOf(row),
    sha256: row.sha256 === null ? null : hashOfBlob(row.sha256),
  };
}

/** Reads and writes the `images` table, apart from what predictions.ts writes. */
export class Images {
  readonly #audit: SqliteFile;
  readonly #datasetPath: string;

  /** @param datasetPath where files lie whose row names no other place */
  constructor(audit: SqliteFile, datasetPath: string) {
    this.#audit = audit;
    this.#datasetPath = datasetPath;
    audit.define('contains_folded', (text, part) => text.toLowerCase().includes(part.toLowerCase()));
  }

  /**
   * Adds images, or brings known ones (by `file`) up to date, in one transaction; `labelOf` gives the index of a label
   * name. Returns the ids of known images whose label changed.
   */
  add(
    images: readonly (DatasetImage | StampedImage)[],
    scan: number,
    labelOf: (image: DatasetImage) => number | null,
  ): number[] {
    const known = this.#audit.prepare<{ id: number; label: number | null }>(
      'SELECT id, label FROM images WHERE file = ?',
    );
    const add = this.#audit.prepare<never>(addSql);
    const relabelled: number[] = [];
    this.#audit.transaction(() => {
      for (const image of images) {
        const label = labelOf(image);
        const before = known.get(image.file);
        if (before !== undefined && before.label !== label) relabelled.push(before.id);
        const usual = image.source.path === join(this.#datasetPath, image.file);
        add.run(
          image.file,
          usual ? null : image.source.path,
          image.source.member ?? null,
          label,
          image.split,
          scan,
          'stamp' in image ? image.stamp : null,
        );
      }
    });
    return relabelled;
  }

  /** Removes the images that the scan did not see, but for those whose file begins with one of `kept`; returns how many. */
  prune(scan: number, kept: readonly string[] = []): number {
    const sql = `
      DELETE FROM images WHERE scan <> ?
        AND NOT EXISTS (SELECT 1 FROM json_each(?) WHERE substr(images.file, 1, length(value)) = value)`;
    return this.#audit.prepare<never>(sql).run(scan, JSON.stringify(kept)).changes;
  }

  /** Rows in the order of `ids`; unknown ids are left out. */
  rows(ids: readonly number[]): StoredRow[] {
    const found = new Map<number, StoredRow>();
    for (const row of this.#audit.prepare<Row>(rowsSql).all(JSON.stringify(ids))) found.set(row.id, storedRow(row));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  /** @throws AppError `IMAGE_NOT_FOUND`. */
  row(id: number): StoredRow {
    const [row] = this.rows([id]);
    if (row === undefined) throw notFound(id);
    return row;
  }

  /** @throws AppError `IMAGE_NOT_FOUND`. */
  detail(id: number): StoredDetail {
    const row = this.row(id);
    const more = this.#audit
      .prepare<{ bytes: number | null; view: Uint8Array | null }>('SELECT bytes, view FROM images WHERE id = ?')
      .get(id);
    const [left, top, width, height] = float64Of(more?.view ?? new Uint8Array());
    const whole = left !== undefined && top !== undefined && width !== undefined && height !== undefined;
    return {
      ...row,
      bytes: more?.bytes ?? null,
      modelView: whole ? { left, top, width, height } : null,
      duplicates: this.#duplicates(row),
    };
  }

  /** Where the bytes of an image lie. @throws AppError `IMAGE_NOT_FOUND`. */
  source(id: number): ImageSource {
    const place = this.#audit.prepare<Place>('SELECT file, path, member FROM images WHERE id = ?').get(id);
    if (place === undefined) throw notFound(id);
    return this.sourceOf(place);
  }

  sourceOf(place: Place): ImageSource {
    const path = place.path ?? join(this.#datasetPath, place.file);
    return place.member === null ? { path } : { path, member: place.member };
  }

  /** The images that `sql` (columns id, file, path, member) finds, with where their bytes lie. */
  listed(sql: string, ...values: readonly number[]): ListedSource[] {
    return this.#audit
      .prepare<Place & { readonly id: number }>(sql)
      .all(...values)
      .map((row) => ({ id: imageId(row.id), file: row.file, source: this.sourceOf(row) }));
  }

  /** How many of these `file`s the project knows. */
  knownAmong(files: readonly string[]): number {
    const sql = 'SELECT count(*) AS count FROM images WHERE file IN (SELECT value FROM json_each(?))';
    let known = 0;
    for (let from = 0; from < files.length; from += 10_000) {
      const portion = JSON.stringify(files.slice(from, from + 10_000));
      known += this.#audit.prepare<{ count: number }>(sql).get(portion)?.count ?? 0;
    }
    return known;
  }

  /** The id of a file; undefined when the dataset has no such file (any more). */
  idOf(file: string): ImageId | undefined {
    const row = this.#audit.prepare<{ id: number }>('SELECT id FROM images WHERE file = ?').get(file);
    return row === undefined ? undefined : imageId(row.id);
  }

  /** Ids of all images in the order of their names: members of a container by number, other files by code point. */
  idsByName(): Uint32Array {
    const members = this.#audit.prepare<{ id: number }>('SELECT id FROM images WHERE member IS NOT NULL LIMIT 1').get();
    const order = members === undefined ? 'file' : 'path, member, file';
    const rows = this.#audit.prepareArrays<readonly [number]>(`SELECT id FROM images ORDER BY ${order}`).all();
    return Uint32Array.from(rows, ([id]) => id);
  }

  /** Ids of the images whose file name contains `text`, ignoring case. */
  idsContaining(text: string): readonly number[] {
    // LIKE folds ASCII only; other scripts take the slower way.
    const ascii = /^[\p{ASCII}]*$/u.test(text);
    const sql = ascii
      ? "SELECT id FROM images WHERE file LIKE ? ESCAPE '\\'"
      : 'SELECT id FROM images WHERE contains_folded(file, ?)';
    const wanted = ascii ? `%${text.replace(/[\\%_]/g, '\\$&')}%` : text;
    return this.#audit
      .prepareArrays<readonly [number]>(sql)
      .all(wanted)
      .map(([id]) => id);
  }

  #duplicates(row: StoredRow): StoredDetail['duplicates'] {
    if (row.sha256 === null) return [];
    return this.#audit
      .prepare<{ id: number; file: string; label: number | null }>(duplicatesSql)
      .all(Buffer.from(row.sha256, 'hex'), row.id)
      .map((other) => ({ id: imageId(other.id), file: other.file, label: other.label as LabelIndex | null }));
  }
}

/** For an id that is not (or no longer) in the project. */
function notFound(id: number): AppError {
  return new AppError('IMAGE_NOT_FOUND', `There is no image ${String(id)} in this project.`, 'Reload the gallery.');
}
