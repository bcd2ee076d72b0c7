/** Predictions of a project: what is still to do, results as they arrive, and which class the label of each image means. */

import type { ImageId } from '../../shared/audit.js';
import type { PredictOutcome } from '../engine/engine.js';
import { float32Of, hashToBlob, toBlob, topToBlob } from '../database/blob.js';
import { type ContentChange, type Contents, isMissing } from './contents.js';
import type { Images, ListedSource } from './images.js';
import { topClasses } from '../../shared/statistics/top-classes.js';
import type { LabelledImage } from '../../shared/statistics/score.js';
import type { SqliteFile } from '../database/sqlite.js';

export interface RecordedPrediction {
  readonly id: ImageId;
  readonly outcome: PredictOutcome;
}

/** The model class of a label; null when there is none. */
export type LabelToClass = (label: number | null) => number | null;

export const pendingSql = `
  SELECT id, file, path, member FROM images
  WHERE prediction IS NULL AND error_code IS NULL AND id > ? ORDER BY id LIMIT ?`;

const recordSql = `
  UPDATE images SET prediction = ?, top1 = ?, top_probability = ?, top = ?, label_class = ?,
    error_code = NULL, error_message = NULL, error_hint = NULL WHERE id = ?`;
const labelClassSql = 'UPDATE images SET label_class = ? WHERE label IS ? AND prediction IS NOT NULL';
const labelled = `
  SELECT images.id, images.label_class, predictions.probabilities
  FROM images JOIN predictions ON predictions.id = images.prediction
  WHERE images.label_class IS NOT NULL`;
export const labelledBetweenSql = `${labelled} AND images.id BETWEEN ? AND ? ORDER BY images.id`;
const labelledAmongSql = `${labelled} AND images.id IN (SELECT value FROM json_each(?)) ORDER BY images.id`;
/** Pending images whose content has a prediction of a model. */
const knownSql = `
  SELECT images.id, images.label, predictions.id AS prediction, predictions.probabilities
  FROM images JOIN predictions ON predictions.sha256 = images.sha256 AND predictions.model = ?
  WHERE images.prediction IS NULL`;
const bestClasses = 5;

interface KnownRow {
  readonly id: number;
  readonly label: number | null;
  readonly prediction: number;
  readonly probabilities: Uint8Array;
}

interface LabelledRow {
  readonly id: number;
  readonly label_class: number;
  readonly probabilities: Uint8Array;
}

const labelledImage = (row: LabelledRow): LabelledImage => ({
  id: row.id,
  labelClass: row.label_class,
  probabilities: float32Of(row.probabilities),
});

/** Reads and writes predictions of the project's model. */
export class Predictions {
  readonly #audit: SqliteFile;
  readonly #images: Images;
  readonly #contents: Contents;
  readonly #model: number;

  constructor(audit: SqliteFile, images: Images, contents: Contents, model: number) {
    this.#audit = audit;
    this.#images = images;
    this.#contents = contents;
    this.#model = model;
  }

  /** At most `limit` images after `afterId`, by id, that have neither a prediction of this model nor an error. */
  pending(afterId: number, limit: number): ListedSource[] {
    return this.#images.listed(pendingSql, afterId, limit);
  }

  /** Keeps a batch of outcomes in one transaction; an image whose file is not there stays pending. Returns what changed its content. */
  record(batch: readonly RecordedPrediction[], labelToClass: LabelToClass): readonly ContentChange[] {
    const label = this.#audit.prepare<{ label: number | null }>('SELECT label FROM images WHERE id = ?');
    const changes: ContentChange[] = [];
    this.#audit.transaction(() => {
      for (const { id, outcome } of batch) {
        if (!outcome.ok) {
          if (!isMissing(outcome.error)) this.#contents.keepError(id, outcome.error);
          continue;
        }
        const row = label.get(id);
        // Removed by a scan while it was computed: nothing to keep.
        if (row === undefined) continue;
        const change = this.#contents.keep(id, outcome.facts);
        if (change !== null) changes.push(change);
        this.#assign(
          id,
          this.#store(outcome.facts.sha256, outcome.probabilities),
          outcome.probabilities,
          labelToClass(row.label),
        );
      }
    });
    return changes;
  }

  /** Notes what these labels mean now on all their predicted images; null stands for images without a label. */
  relabel(labels: Iterable<number>, labelToClass: LabelToClass): void {
    const update = this.#audit.prepare<never>(labelClassSql);
    for (const label of labels) update.run(labelToClass(label), label);
  }

  /** The same for single images, whose label is another one. */
  relabelImages(ids: readonly number[], labelToClass: LabelToClass): void {
    const label = this.#audit.prepare<{ label: number | null }>('SELECT label FROM images WHERE id = ?');
    const update = this.#audit.prepare<never>(
      'UPDATE images SET label_class = ? WHERE id = ? AND prediction IS NOT NULL',
    );
    this.#audit.transaction(() => {
      for (const id of ids) update.run(labelToClass(label.get(id)?.label ?? null), id);
    });
  }

  /** Makes every image refer to the predictions of this model: known content keeps its result, the rest becomes pending. */
  adopt(labelToClass: LabelToClass): void {
    const known = this.#audit.prepare<KnownRow>(
      `${knownSql} AND images.error_code IS NULL AND images.id > ? ORDER BY images.id LIMIT 500`,
    );
    this.#audit.transaction(() => {
      this.#audit.exec(
        'UPDATE images SET prediction = NULL, top1 = NULL, top_probability = NULL, top = NULL, label_class = NULL',
      );
      let after = 0;
      for (let rows = known.all(this.#model, after); rows.length > 0; rows = known.all(this.#model, after)) {
        this.#assignKnown(rows, labelToClass);
        after = rows.at(-1)?.id ?? after;
      }
    });
  }

  /** Gives those of these images that are pending, but whose content this model has predicted already, that prediction. */
  adoptKnown(ids: readonly number[], labelToClass: LabelToClass): void {
    const known = this.#audit.prepare<KnownRow>(`${knownSql} AND images.id IN (SELECT value FROM json_each(?))`);
    this.#assignKnown(known.all(this.#model, JSON.stringify(ids)), labelToClass);
  }

  /** Predicted images from the id `first` to `last` whose label has a class, by ascending id. */
  labelledBetween({ first, last }: { readonly first: number; readonly last: number }): Iterable<LabelledImage> {
    return mapped(this.#audit.prepare<LabelledRow>(labelledBetweenSql).all(first, last), labelledImage);
  }

  /** Those of these images that are predicted and whose label has a class. */
  labelledAmong(ids: readonly number[]): Iterable<LabelledImage> {
    return mapped(this.#audit.prepare<LabelledRow>(labelledAmongSql).all(JSON.stringify(ids)), labelledImage);
  }

  /** All probabilities of one image, `[C]`; null without a prediction. */
  probabilities(id: number): Float32Array | null {
    const row = this.#audit
      .prepare<{ probabilities: Uint8Array }>(
        'SELECT probabilities FROM predictions JOIN images ON images.prediction = predictions.id WHERE images.id = ?',
      )
      .get(id);
    return row === undefined ? null : float32Of(row.probabilities);
  }

  #assignKnown(rows: readonly KnownRow[], labelToClass: LabelToClass): void {
    for (const row of rows) {
      this.#assign(row.id, row.prediction, float32Of(row.probabilities), labelToClass(row.label));
    }
  }

  #store(sha256: string, probabilities: Float32Array): number {
    const hash = hashToBlob(sha256);
    const known = this.#audit
      .prepare<{ id: number }>('SELECT id FROM predictions WHERE sha256 = ? AND model = ?')
      .get(hash, this.#model);
    if (known !== undefined) return known.id;
    return this.#audit
      .prepare<never>('INSERT INTO predictions (sha256, model, probabilities) VALUES (?, ?, ?)')
      .run(hash, this.#model, toBlob(probabilities)).id;
  }

  #assign(id: number, prediction: number, probabilities: Float32Array, labelClass: number | null): void {
    const best = topClasses(probabilities, bestClasses);
    const top = best.map((index) => probabilities[index] ?? 0);
    this.#audit
      .prepare<never>(recordSql)
      .run(prediction, best[0] ?? null, top[0] ?? null, topToBlob(best, top), labelClass, id);
  }
}

function* mapped<Row, Item>(rows: Iterable<Row>, make: (row: Row) => Item): Generator<Item> {
  for (const row of rows) yield make(row);
}
