/** How much disk space kept maps of all methods and models take, and the ceiling they stay under: those used longest ago go first. */

import { AppError } from '../../shared/errors.js';
import { hashOfBlob } from '../database/blob.js';
import type { SqliteFile, SqlValue } from '../database/sqlite.js';

/** Content that maps were taken away of, hexadecimal: such whose TIS maps are gone. */
export type GoneContents = readonly string[];

/** A row is noted as used at most this often, in milliseconds. */
const noted = 3_600_000;
/** What was used within so many milliseconds stays. */
const fresh = 60_000;
/** Down to this part of the ceiling is taken away, so that not every saving takes some away. */
const enough = 0.95;
/** At most so many bytes more than came are taken away in one go: others wait meanwhile. */
const most = 16e6;
const rowsAtATime = 256;

/** All rows but those used between two moments, those used longest ago first. */
export const oldestSql = `
  SELECT id, size FROM maps WHERE used NOT BETWEEN ? AND ? ORDER BY used LIMIT ${String(rowsAtATime)}`;

export const takenSql = 'SELECT sum(size) AS bytes, count(*) AS maps FROM maps INDEXED BY maps_by_use';

/** Those that go with a map: what was made of the same masks is whole or not there. */
export const togetherSql = `
  SELECT other.id, other.sha256, other.size, other.evident
  FROM maps AS map JOIN maps AS other USING (sha256, model, method, parameters)
  WHERE map.id = ? AND (other.id = map.id OR (map.probability IS NOT NULL AND other.probability IS NOT NULL))`;

const noteSql = `UPDATE maps SET used = ? WHERE id IN (SELECT id FROM (${togetherSql}))`;

interface GoingRow {
  readonly id: number;
  readonly sha256: Uint8Array;
  readonly size: number;
  readonly evident: number;
}

/** Bytes of the columns of a row. */
export function sizeOf(values: readonly SqlValue[]): number {
  return values.reduce<number>((sum, value) => sum + (value instanceof Uint8Array ? value.length : 0), 0);
}

export class MapCache {
  /** Bytes that maps may take. */
  ceiling: number;
  readonly #audit: SqliteFile;
  readonly #notes: () => boolean;
  /** Null where it is to be counted. */
  #taken: { readonly bytes: number; readonly maps: number } | null = null;
  /** Bytes that the saving under way brought. */
  #came = 0;

  /** @param notes whether it is to be noted when maps are used */
  constructor(audit: SqliteFile, ceiling: number, notes: () => boolean) {
    this.#audit = audit;
    this.ceiling = ceiling;
    this.#notes = notes;
  }

  /** What maps take now. */
  get taken(): { readonly bytes: number; readonly maps: number } {
    if (this.#taken === null) {
      const counted = this.#audit.prepare<{ bytes: number | null; maps: number }>(takenSql).get();
      this.#taken = { bytes: counted?.bytes ?? 0, maps: counted?.maps ?? 0 };
    }
    return this.#taken;
  }

  /** Rows were written or removed by others: what maps take is counted anew. */
  recount(): void {
    this.#taken = null;
  }

  /** Does `work` in one transaction, which saves maps; where they are then over the ceiling, others go with it. */
  saving<Result>(transaction: <Made>(work: () => Made) => Made, work: () => Result): readonly [Result, GoneContents] {
    this.#came = 0;
    try {
      return transaction(() => {
        const made = work();
        const { bytes } = this.taken;
        const gone = bytes > this.ceiling ? this.#takeAway(this.ceiling * enough, this.#came + most, fresh) : [];
        return [made, gone];
      });
    } catch (error) {
      // Nothing of it happened.
      this.recount();
      throw error;
    }
  }

  /** A row of so many bytes was written, in place of one of `before`. */
  wrote(size: number, before: number | undefined): void {
    this.#came += size;
    // What was not counted yet will be counted with it.
    if (this.#taken === null) return;
    const { bytes, maps } = this.#taken;
    this.#taken = { bytes: bytes + size - (before ?? 0), maps: maps + (before === undefined ? 1 : 0) };
  }

  /** A row of so many bytes was removed. */
  removed(size: number): void {
    if (this.#taken === null) return;
    const { bytes, maps } = this.#taken;
    this.#taken = { bytes: bytes - size, maps: maps - 1 };
  }

  /** Maps were looked at that were noted as used at `used` last. */
  used(rows: readonly { readonly id: number; readonly used: number }[]): void {
    const now = Date.now();
    const due = rows.filter(({ used }) => used > now || now - used >= noted);
    if (due.length === 0 || !this.#notes()) return;
    try {
      const note = this.#audit.prepare<never>(noteSql);
      for (const { id } of due) note.run(now, id);
    } catch (error) {
      // Maps can be looked at on a full disk as well; they only go a little earlier.
      if (!(error instanceof AppError)) throw error;
    }
  }

  /** Takes maps away until they are under the ceiling, a part at a time. */
  *trim(): Generator<GoneContents, void, void> {
    if (this.taken.bytes <= this.ceiling) return;
    yield* this.#inParts(() => this.ceiling * enough, fresh);
  }

  /** Takes all maps away, a part at a time. */
  *clear(): Generator<GoneContents, void, void> {
    // Even an empty map is taken.
    yield* this.#inParts(() => -1, 0);
  }

  *#inParts(target: () => number, spared: number): Generator<GoneContents, void, void> {
    for (let before = Infinity; this.taken.maps < before && this.taken.bytes > target();) {
      before = this.taken.maps;
      yield this.#audit.transaction(() => this.#takeAway(target(), most, spared));
    }
  }

  /** @param spared what was used within so many milliseconds stays */
  #takeAway(target: number, atMost: number, spared: number): GoneContents {
    const now = Date.now();
    // A clock that was wrong has left moments to come: they are spared no more than others.
    const [from, to] = spared > 0 ? [now - spared, now] : [1, 0];
    const oldest = this.#audit.prepare<{ id: number }>(oldestSql);
    const end = Math.max(target, this.taken.bytes - atMost);
    const gone = new Set<string>();
    for (let rows = oldest.all(from, to); rows.length > 0; rows = oldest.all(from, to)) {
      for (const { id } of rows) {
        if (this.taken.bytes <= end) return [...gone];
        this.#remove(id, gone);
      }
    }
    return [...gone];
  }

  /** A map, and what was made with it; nothing where it went with another. */
  #remove(id: number, gone: Set<string>): void {
    const going = this.#audit.prepare<GoingRow>(togetherSql).all(id);
    const remove = this.#audit.prepare<never>('DELETE FROM maps WHERE id = ?');
    for (const row of going) {
      remove.run(row.id);
      if (row.evident === 1) gone.add(hashOfBlob(row.sha256));
      this.removed(row.size);
    }
  }
}
