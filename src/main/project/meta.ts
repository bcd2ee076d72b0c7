/** Small facts about the cache itself: scans of the dataset, the models it knows, and which model and mapping its rows follow. */

import { defaultSettings } from '../../shared/default-settings.js';
import { gigabyte } from '../../shared/settings.js';
import type { ModelSummary } from '../../shared/model.js';
import type { SqliteFile } from '../database/sqlite.js';
import { mergePredictions } from './merge-predictions.js';

type ModelIdentity = Pick<ModelSummary, 'hash' | 'formerHashes' | 'classes'>;

/** Tables whose rows are of one model. */
const resultTables = ['maps', 'disagreements'] as const;

/** Reads and writes the `meta` and `models` tables of `audit.sqlite`. */
export class Meta {
  readonly #audit: SqliteFile;

  constructor(audit: SqliteFile) {
    this.#audit = audit;
  }

  /** Whether the latest scan came to its end. */
  get scanned(): boolean {
    return this.#get('scanned') === 'yes';
  }

  /** The same in every copy of this cache, and another in one that is made anew. */
  get identity(): string {
    return this.#get('identity') ?? '';
  }

  /** Where the dataset lay at the latest scan; null in projects made before that was noted. */
  get datasetListed(): string | null {
    return this.#get('dataset-listed') ?? null;
  }

  /** Notes where the dataset lies whose images are listed. */
  listedAt(path: string): void {
    if (path !== this.datasetListed) this.#set('dataset-listed', path);
  }

  get warnings(): readonly string[] {
    return JSON.parse(this.#get('warnings') ?? '[]') as readonly string[];
  }

  beginScan(): void {
    this.#set('scanned', 'no');
  }

  finishScan(warnings: readonly string[]): void {
    this.#set('warnings', JSON.stringify(warnings));
    this.#set('scanned', 'yes');
  }

  /** Whether a person cancelled predicting, and nobody said since that it goes on. */
  get predictionCancelled(): boolean {
    return this.#get('prediction-cancelled') === 'yes';
  }

  set predictionCancelled(cancelled: boolean) {
    if (cancelled !== this.predictionCancelled) this.#set('prediction-cancelled', cancelled ? 'yes' : 'no');
  }

  /** Bytes that kept maps may take, as it was said last: the command line keeps to it as well. */
  get mapCeiling(): number {
    return Number(this.#get('map-ceiling') ?? defaultSettings.cacheGigabytes * gigabyte);
  }

  set mapCeiling(bytes: number) {
    if (bytes !== this.mapCeiling) this.#set('map-ceiling', String(bytes));
  }

  /** Hash of the model whose predictions every image has that holds what it predicted; null in a new cache. */
  get modelDone(): string | null {
    return this.#get('model');
  }

  markModelDone(hash: string): void {
    this.#set('model', hash);
  }

  /** Key of the mapping that disagreements follow; null in a new cache. */
  get mapping(): string | null {
    return this.#get('mapping');
  }

  mappingDone(key: string): void {
    if (this.mapping !== key) this.#set('mapping', key);
  }

  /**
   * The row of a model, made when it is new. What lies under former hashes of the model becomes this row's, and its
   * predictions are then to be adopted anew: {@link modelDone} is no longer the model's hash.
   */
  modelId({ hash, formerHashes = [], classes }: ModelIdentity): number {
    const known = this.#idOf(hash);
    // Nearly always: nothing is written, so that a project which is only looked at opens as well.
    if (known !== undefined && formerHashes.every((former) => this.#idOf(former) === undefined)) return known;
    return this.#audit.transaction(() => {
      const id = this.rowOf(hash);
      for (const former of formerHashes) {
        const other = this.#idOf(former);
        if (other !== undefined) this.#merge(other, id, classes.length);
      }
      return id;
    });
  }

  /** The row of a model by its hash alone, made when it is new. */
  rowOf(hash: string): number {
    return this.#idOf(hash) ?? this.#audit.prepare<never>('INSERT INTO models (hash) VALUES (?)').run(hash).id;
  }

  #idOf(hash: string): number | undefined {
    return this.#audit.prepare<{ id: number }>('SELECT id FROM models WHERE hash = ?').get(hash)?.id;
  }

  /** Gives the results of the model `from` to `to`, which keeps its own where both have some. */
  #merge(from: number, to: number, classes: number): void {
    mergePredictions(this.#audit, from, to, classes);
    for (const table of resultTables) {
      this.#audit.prepare<never>(`UPDATE OR IGNORE ${table} SET model = ? WHERE model = ?`).run(to, from);
    }
    for (const table of resultTables) this.#audit.prepare<never>(`DELETE FROM ${table} WHERE model = ?`).run(from);
    this.#audit.prepare<never>('DELETE FROM scores WHERE model IN (?, ?)').run(from, to);
    this.#audit.prepare<never>('DELETE FROM models WHERE id = ?').run(from);
    this.#audit.prepare<never>("DELETE FROM meta WHERE key = 'model'").run();
  }

  #get(key: string): string | null {
    return this.#audit.prepare<{ value: string }>('SELECT value FROM meta WHERE key = ?').get(key)?.value ?? null;
  }

  #set(key: string, value: string): void {
    this.#audit.prepare<never>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }
}
