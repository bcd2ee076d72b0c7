/** Maps of every explanation method, cached by content, model, method, parameters and class. */

import {
  type MethodCost,
  type MethodId,
  type MethodParameters,
  methodFacts,
  parameterText,
} from '../../shared/methods.js';
import { hashToBlob, toBlob, uint16Of } from '../database/blob.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { MapCache } from './map-cache.js';

/** The maps of some classes of one image by one method under one set of parameters. */
export interface MethodRecord {
  readonly method: MethodId;
  readonly parameters: MethodParameters;
  readonly width: number;
  readonly height: number;
  readonly maps: readonly { readonly classIndex: number; readonly values: Float32Array }[];
  readonly milliseconds: number;
  readonly cost: MethodCost;
}

interface Row {
  readonly row: number;
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
}

/** Class under which the one map of a class-independent method is kept. */
const everyClass = -1;
/** Steps between the lowest and the highest value of a map; the number above stands for NaN. */
const finest = 65_534;
const nan = 65_535;

interface Stepped {
  readonly steps: Uint16Array;
  readonly low: number;
  readonly step: number;
}

/**
 * A map as 65,534 steps between its lowest and highest value. Half precision would lose maps of a narrow range: those of
 * ViT-CX differ by thousandths around a probability near 1.
 */
function stepped(values: Float32Array): Stepped {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high)) return { steps: new Uint16Array(values.length).fill(nan), low: 0, step: 0 };
  const step = (high - low) / finest;
  const steps = Uint16Array.from(values, (value) =>
    Number.isNaN(value) ? nan : step === 0 ? 0 : Math.round((value - low) / step),
  );
  return { steps, low, step };
}

function valuesOf({ steps, low, step }: Row): Float32Array {
  return Float32Array.from(uint16Of(steps), (at) => (at === nan ? NaN : low + at * step));
}

const keptClass = (method: MethodId, classIndex: number): number =>
  methodFacts(method).classIndependent ? everyClass : classIndex;

const sameMap = 'sha256 = ? AND model = ? AND method = ? AND parameters = ? AND class = ?';

export class MethodMaps {
  readonly #audit: SqliteFile;
  readonly #model: number;
  readonly #cache: MapCache;

  constructor(audit: SqliteFile, model: number, cache: MapCache) {
    this.#audit = audit;
    this.#model = model;
    this.#cache = cache;
  }

  /** Keeps the maps of content `sha256`, in place of earlier ones of the same classes under the same parameters. */
  save(sha256: string, record: MethodRecord): void {
    const { method, parameters, width, height, maps, milliseconds, cost } = record;
    const find = this.#audit.prepare<{ size: number }>(`SELECT size FROM method_maps WHERE ${sameMap}`);
    const insert = this.#audit.prepare<never>(
      `INSERT OR REPLACE INTO method_maps (sha256, model, method, parameters, class, used, size, width, height, steps, low, step,
         milliseconds, forward, backward)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const now = Date.now();
    const content = hashToBlob(sha256);
    for (const { classIndex, values } of maps) {
      const { steps, low, step } = stepped(values);
      const key = [content, this.#model, method, parameterText(parameters), keptClass(method, classIndex)] as const;
      const blob = toBlob(steps);
      const before = find.get(...key);
      insert.run(...key, now, blob.length, width, height, blob, low, step, milliseconds, cost.forward, cost.backward);
      this.#cache.wrote(blob.length, before?.size);
    }
  }

  /** The cached maps of those of `classes` that there are; each comes back within a 130,000th of its range. */
  load(
    sha256: string,
    method: MethodId,
    parameters: MethodParameters,
    classes: readonly number[],
  ): readonly MethodRecord[] {
    const find = this.#audit.prepare<Row>(
      `SELECT rowid AS "row", used, class, width, height, steps, low, step, milliseconds, forward, backward FROM method_maps
       WHERE ${sameMap}`,
    );
    return classes.flatMap((classIndex) => {
      const row = find.get(
        hashToBlob(sha256),
        this.#model,
        method,
        parameterText(parameters),
        keptClass(method, classIndex),
      );
      if (row === undefined) return [];
      this.#cache.used('method_maps', row.row, row.used);
      const { width, height, milliseconds, forward, backward } = row;
      const maps = [{ classIndex, values: valuesOf(row) }];
      return [{ method, parameters, width, height, maps, milliseconds, cost: { forward, backward } }];
    });
  }
}
