/** How much disk space kept maps of all methods and models take, and the ceiling they stay under: those used longest ago go first. */

import { AppError } from '../../shared/errors.js';
import { hashOfBlob } from '../database/blob.js';
import type { SqliteFile, SqlValue } from '../database/sqlite.js';

/** Tables whose rows are maps, each with its `size` in bytes and when it was `used`. */
type MapTable = 'explanations' | 'method_maps';

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
  SELECT 'explanations' AS "table", id AS "row", size, used FROM explanations WHERE used NOT BETWEEN ? AND ?
  UNION ALL
  SELECT 'method_maps', rowid, size, used FROM method_maps WHERE used NOT BETWEEN ? AND ?
  ORDER BY used LIMIT ${String(rowsAtATime)}`;

export const takenSql = `
  SELECT sum(size) AS bytes, count(*) AS maps FROM (
    SELECT size FROM explanations INDEXED BY explanations_by_use
    UNION ALL
    SELECT size FROM method_maps INDEXED BY method_maps_by_use
  )`;

interface OldRow {
  readonly table: MapTable;
  readonly row: number;
  readonly size: number;
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

  /** Maps were looked at that were noted as used at `before` last. */
  used(table: MapTable, row: number, before: number): void {
    const now = Date.now();
    if ((before <= now && now - before < noted) || !this.#notes()) return;
    try {
      this.#audit.prepare<never>(`UPDATE ${table} SET used = ? WHERE rowid = ?`).run(now, row);
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
    const oldest = this.#audit.prepare<OldRow>(oldestSql);
    const end = Math.max(target, this.taken.bytes - atMost);
    const gone = new Set<string>();
    for (let rows = oldest.all(from, to, from, to); rows.length > 0; rows = oldest.all(from, to, from, to)) {
      for (const row of rows) {
        if (this.taken.bytes <= end) return [...gone];
        this.#remove(row, gone);
      }
    }
    return [...gone];
  }

  #remove({ table, row, size }: OldRow, gone: Set<string>): void {
    const [removed] = this.#audit
      .prepare<{ sha256: Uint8Array }>(`DELETE FROM ${table} WHERE rowid = ? RETURNING sha256`)
      .all(row);
    if (removed !== undefined && table === 'explanations') gone.add(hashOfBlob(removed.sha256));
    const { bytes, maps } = this.taken;
    this.#taken = { bytes: bytes - size, maps: maps - 1 };
  }
}
