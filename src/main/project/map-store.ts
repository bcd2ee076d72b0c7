/** The one store of maps, whoever asked for them: content, model, method, parameters and class to a map, its measures, its errors and what it cost. */

import { AppError } from '../../shared/errors.js';
import type { Evidence } from '../../shared/evidence.js';
import type { MethodCost, MethodId } from '../../shared/methods.js';
import { hashOfBlob, hashToBlob, int32Of, toBlob } from '../database/blob.js';
import type { SqliteFile, SqlValue } from '../database/sqlite.js';
import { type EvidenceColumns, evidenceColumns, evidenceRows } from './evidence-columns.js';
import { type MapCache, sizeOf } from './map-cache.js';
import { stepped, valuesOf } from './stepped-values.js';

/** Class under which the one map of a class-independent method is kept. */
export const everyClass = -1;

/** What was computed, for whichever classes. */
export interface Computation {
  /** Content of the picture, hexadecimal. */
  readonly sha256: string;
  readonly method: MethodId;
  /** As text, in an order of their own. */
  readonly parameters: string;
}

/** What scoring masks tells beside the map, which is then the mean over the masks that keep a patch. */
export interface MaskMeasures {
  readonly probability: number;
  /** The mean over the masks that drop it, `[height * width]`. */
  readonly dropped: Float32Array;
  readonly contrast: number;
  readonly samplingError: number;
  readonly splitHalfCorrelation: number;
  readonly evidence: Evidence | null;
  /** Rows of the data matrix that started the clusters, `[masks]`. */
  readonly initIndices: Int32Array;
  /** Masks that were scored. */
  readonly scored: number;
}

export interface StoredMap {
  readonly classIndex: number;
  readonly width: number;
  readonly height: number;
  /** `[height * width]` row by row; comes back within a 130,000th of its range. */
  readonly values: Float32Array;
  readonly milliseconds: number;
  readonly cost: MethodCost;
  /** Null for a method without masks of patches, and where only the map was wanted. */
  readonly masks: MaskMeasures | null;
}

interface Row extends EvidenceColumns {
  readonly id: number;
  readonly used: number;
  readonly class: number;
  readonly width: number;
  readonly height: number;
  readonly steps: Uint8Array;
  readonly low: number;
  readonly step: number;
  readonly milliseconds: number;
  readonly forward: number;
  readonly backward: number;
  readonly probability: number | null;
  readonly dropped: Uint8Array | null;
  readonly dropped_low: number | null;
  readonly dropped_step: number | null;
  readonly contrast: number | null;
  readonly sampling_error: number | null;
  readonly correlation: number | null;
  readonly init_indices: Uint8Array | null;
  readonly scored: number | null;
}

const ofComputation = 'sha256 = ? AND model = ? AND method = ? AND parameters = ?';
const columns = `
  id, used, class, width, height, steps, low, step, milliseconds, forward, backward, probability, dropped, dropped_low, dropped_step,
  contrast, sampling_error, correlation, init_indices, scored, evidence, evidence_scales, deviations, deviation_steps`;
export const mapSql = `SELECT ${columns} FROM maps WHERE ${ofComputation} AND class = ?`;
export const measuredSql = `SELECT ${columns} FROM maps WHERE ${ofComputation} AND probability IS NOT NULL ORDER BY id`;
export const mapSizeSql = `SELECT size FROM maps WHERE ${ofComputation} AND class = ?`;
const unmeasureSql = `DELETE FROM maps WHERE ${ofComputation} AND probability IS NOT NULL RETURNING size`;
/** Contents whose maps have evidence. */
export const evidentSql =
  'SELECT DISTINCT sha256 FROM maps WHERE model = ? AND method = ? AND parameters = ? AND evident = 1';
export const isEvidentSql = `SELECT 1 AS "found" FROM maps WHERE ${ofComputation} AND evident = 1 LIMIT 1`;

const insertSql = `
  INSERT OR REPLACE INTO maps (sha256, model, method, parameters, class, used, size, width, height, steps, low, step, milliseconds, forward,
    backward, probability, dropped, dropped_low, dropped_step, contrast, sampling_error, correlation, init_indices, scored, evidence,
    evidence_scales, deviations, deviation_steps, evident)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const withoutMasks: readonly SqlValue[] = [...Array.from({ length: 13 }, () => null), 0];

function maskColumns({ dropped, evidence, initIndices, ...measures }: MaskMeasures): readonly SqlValue[] {
  const { steps, low, step } = stepped(dropped);
  const kept = evidenceColumns([evidence]);
  return [
    measures.probability,
    steps,
    low,
    step,
    // A figure that is none is kept as null.
    measures.contrast,
    measures.samplingError,
    measures.splitHalfCorrelation,
    toBlob(initIndices),
    measures.scored,
    kept.evidence,
    kept.evidence_scales,
    kept.deviations,
    kept.deviation_steps,
    evidence === null ? 0 : 1,
  ];
}

function maskMeasures(row: Row): MaskMeasures | null {
  if (row.probability === null || row.dropped === null || row.init_indices === null) return null;
  const dropped = { steps: row.dropped, low: row.dropped_low ?? 0, step: row.dropped_step ?? 0 };
  const [evidence = null] = evidenceRows(row, 1, row.width * row.height) ?? [];
  const initIndices = int32Of(row.init_indices);
  return {
    probability: row.probability,
    dropped: valuesOf(dropped),
    contrast: row.contrast ?? NaN,
    samplingError: row.sampling_error ?? NaN,
    splitHalfCorrelation: row.correlation ?? NaN,
    evidence,
    initIndices,
    scored: row.scored ?? initIndices.length,
  };
}

function mapOf(row: Row): StoredMap {
  const { width, height, milliseconds, forward, backward } = row;
  const cost = { forward, backward };
  return { classIndex: row.class, width, height, values: valuesOf(row), milliseconds, cost, masks: maskMeasures(row) };
}

/** What is kept of a map, in the order of the columns from `width` on. */
function mapColumns({ width, height, values, milliseconds, cost, masks }: StoredMap): readonly SqlValue[] {
  const wrong = [values, masks?.dropped ?? values].find(({ length }) => length !== width * height);
  if (wrong !== undefined) {
    const cells = String(width * height);
    throw new AppError('INTERNAL', `A map has ${String(wrong.length)} values instead of ${cells}.`);
  }
  const { steps, low, step } = stepped(values);
  const own = [width, height, steps, low, step, milliseconds, cost.forward, cost.backward];
  return [...own, ...(masks === null ? withoutMasks : maskColumns(masks))];
}

/** Writes a map of a model as a row; the size it takes. */
export function insertMap(
  audit: SqliteFile,
  key: readonly [sha256: Uint8Array, model: number, method: string, parameters: string, classIndex: number],
  used: number,
  map: StoredMap,
): number {
  const values = mapColumns(map);
  const size = sizeOf(values);
  audit.prepare<never>(insertSql).run(...key, used, size, ...values);
  return size;
}

/** Reads and writes the maps of one model. */
export class MapStore {
  readonly #audit: SqliteFile;
  readonly #model: number;
  readonly #cache: MapCache;

  constructor(audit: SqliteFile, model: number, cache: MapCache) {
    this.#audit = audit;
    this.#model = model;
    this.#cache = cache;
  }

  /** Keeps these maps in place of earlier ones of the same classes; of those of the same masks, in place of all. */
  save(computation: Computation, maps: readonly StoredMap[]): void {
    const size = this.#audit.prepare<{ size: number }>(mapSizeSql);
    const key = this.#key(computation);
    if (maps.some(({ masks }) => masks !== null)) {
      for (const gone of this.#audit.prepare<{ size: number }>(unmeasureSql).all(...key))
        this.#cache.removed(gone.size);
    }
    for (const map of maps) {
      const before = size.get(...key, map.classIndex);
      this.#cache.wrote(insertMap(this.#audit, [...key, map.classIndex], Date.now(), map), before?.size);
    }
  }

  /** The map of one class; null where there is none. */
  find(computation: Computation, classIndex: number): StoredMap | null {
    const row = this.#audit.prepare<Row>(mapSql).get(...this.#key(computation), classIndex);
    if (row === undefined) return null;
    this.#cache.used([row]);
    return mapOf(row);
  }

  /** The maps of all classes that have measures of masks, in the order in which they were kept. */
  measured(computation: Computation): readonly (StoredMap & { readonly masks: MaskMeasures })[] {
    const rows = this.#audit.prepare<Row>(measuredSql).all(...this.#key(computation));
    this.#cache.used(rows);
    return rows.flatMap((row) => {
      const map = mapOf(row);
      return map.masks === null ? [] : [{ ...map, masks: map.masks }];
    });
  }

  /** Contents that have maps with evidence, hexadecimal. */
  evident({ method, parameters }: Omit<Computation, 'sha256'>): ReadonlySet<string> {
    const rows = this.#audit.prepare<{ sha256: Uint8Array }>(evidentSql).all(this.#model, method, parameters);
    return new Set(rows.map(({ sha256 }) => hashOfBlob(sha256)));
  }

  isEvident(computation: Computation): boolean {
    return this.#audit.prepare<{ found: number }>(isEvidentSql).get(...this.#key(computation)) !== undefined;
  }

  #key({ sha256, method, parameters }: Computation): [Uint8Array, number, string, string] {
    return [hashToBlob(sha256), this.#model, method, parameters];
  }
}
