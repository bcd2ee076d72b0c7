/** What images are put in order by: a figure for each slot, and which of two goes first. */

import type { ScoreId } from '../../shared/columns.js';
import type { Order } from '../../shared/query.js';
import { blockSize, codedColumn, figuresOf } from './column-values.js';
import type { ImageTable } from './image-table.js';
import { placeOfSuspicion, suspicion } from './suspicion.js';

export interface SortKeys {
  /** NaN for an image without a place in the order. */
  readonly at: (slot: number) => number;
  /** Of all images; not to be written to. */
  readonly all: () => Float64Array | Uint32Array;
}

export function sortKeys(table: ImageTable, by: Order['by']): SortKeys {
  if (by === 'suspicion') return { at: (slot) => placeOfSuspicion(table, slot), all: () => suspicion(table) };
  if (by === 'file') return { at: (slot) => table.names.fileRanks()[slot] ?? NaN, all: () => table.names.fileRanks() };
  const coded = codedColumn(table, by);
  if (coded === undefined) {
    const figures = (): Float64Array =>
      figuresOf(table, by)?.subarray(0, table.facts.size) ?? new Float64Array(table.facts.size).fill(NaN);
    return { at: (slot) => figuresOf(table, by)?.[slot] ?? NaN, all: figures };
  }
  const codes = new Int32Array(blockSize);
  const at = (slot: number): number => {
    coded.read(slot, 1, codes);
    const code = codes[0] ?? -1;
    return code < 0 ? NaN : code;
  };
  const all = (): Float64Array => {
    const { size } = table.facts;
    const keys = new Float64Array(size);
    for (let first = 0; first < size; first += blockSize) {
      const count = Math.min(blockSize, size - first);
      coded.read(first, count, codes);
      for (let place = 0; place < count; place += 1) {
        const code = codes[place] ?? -1;
        keys[first + place] = code < 0 ? NaN : code;
      }
    }
    return keys;
  };
  return { at, all };
}

/** Whether an order rests on any of these scores. */
export function restsOn({ by }: Order, scores: readonly ScoreId[]): boolean {
  const column = by === 'suspicion' ? 'self-confidence' : by;
  return scores.some((score) => score === column);
}

/** Which of two slots goes first: ties by id, slots without a place last either way. */
export function slotComparison({ at }: SortKeys, descending: boolean): (a: number, b: number) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [one, other] = [at(a), at(b)];
    const [noOne, noOther] = [Number.isNaN(one), Number.isNaN(other)];
    if (noOne || noOther) return noOne && noOther ? a - b : noOne ? 1 : -1;
    return sign * (one - other) || a - b;
  };
}
