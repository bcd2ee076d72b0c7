/** Small facts about the cache itself: scans of the dataset, the models it knows, and which model and mapping its rows follow. */

import type { SqliteFile } from './sqlite.js';

/** Reads and writes the `meta` and `models` tables of `audit.sqlite`. */
export class Meta {
  readonly #audit: SqliteFile;

  constructor(audit: SqliteFile) {
    this.#audit = audit;
  }

  /** The number of the latest scan of the dataset; images carry the number of the last scan that saw them. */
  get scan(): number {
    return Number(this.#get('scan') ?? '0');
  }

  /** Whether the latest scan came to its end. */
  get scanned(): boolean {
    return this.#get('scanned') === 'yes';
  }

  get warnings(): readonly string[] {
    return JSON.parse(this.#get('warnings') ?? '[]') as readonly string[];
  }

  beginScan(): void {
    this.#set('scan', String(this.scan + 1));
    this.#set('scanned', 'no');
  }

  finishScan(warnings: readonly string[]): void {
    this.#set('warnings', JSON.stringify(warnings));
    this.#set('scanned', 'yes');
  }

  /** Hash of the model that the rows' predictions are of; null in a new cache. */
  get modelDone(): string | null {
    return this.#get('model');
  }

  markModelDone(hash: string): void {
    this.#set('model', hash);
  }

  /** Key of the mapping that the rows' scores follow; null in a new cache. */
  get mapping(): string | null {
    return this.#get('mapping');
  }

  mappingDone(key: string): void {
    if (this.mapping !== key) this.#set('mapping', key);
  }

  /** The row of a model, made when it is new. */
  modelId(hash: string): number {
    const known = this.#audit.prepare<{ id: number }>('SELECT id FROM models WHERE hash = ?').get(hash);
    return known?.id ?? this.#audit.prepare<never>('INSERT INTO models (hash) VALUES (?)').run(hash).id;
  }

  #get(key: string): string | null {
    return this.#audit.prepare<{ value: string }>('SELECT value FROM meta WHERE key = ?').get(key)?.value ?? null;
  }

  #set(key: string, value: string): void {
    this.#audit.prepare<never>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }
}
