/** Counts of images by the values of columns, each column under all conditions on the others; kept as images change. */

import { type ColumnId, columnOf, type ScoreId } from '../../shared/columns.js';
import { type Filter, type GalleryFacets, histogramBins, type ValueCount, valuesOf } from '../../shared/query.js';
import { blockSize, codedColumn, type CodedColumn, figuresOf } from './column-values.js';
import type { Follower } from './followers.js';
import type { ImageTable } from './image-table.js';
import { passes, type Standing } from './standing.js';

/** Counts of one column. */
interface Tally {
  readonly column: ColumnId;
  /** Counts those of `count` slots from `first` on that pass, or that only this column keeps out; `times` -1 takes them away. */
  count(first: number, count: number, times: 1 | -1): void;
}

/** Codes of the block that is being counted. */
const codes = new Int32Array(blockSize);

/** Counts by code; what is chosen is shown although nothing has it. */
class ValueTally implements Tally {
  readonly column: ColumnId;
  readonly #coded: CodedColumn;
  readonly #standing: Standing;
  /** `[codes + 1]` and room, images without a value first. */
  #counts = new Uint32Array(64);

  constructor(column: ColumnId, coded: CodedColumn, standing: Standing) {
    this.column = column;
    this.#coded = coded;
    this.#standing = standing;
  }

  count(first: number, count: number, times: 1 | -1): void {
    const standing = this.#standing.values;
    const own = this.#standing.codeOf(this.column);
    this.#coded.read(first, count, codes);
    let counts = this.#counts;
    for (let at = 0; at < count; at += 1) {
      const stands = standing[first + at];
      if (stands !== passes && stands !== own) continue;
      const place = (codes[at] ?? -1) + 1;
      if (place >= counts.length) counts = this.#widened(place);
      counts[place] = (counts[place] ?? 0) + times;
    }
  }

  /** By code, images without a value first. */
  list(filter: Filter): ValueCount[] {
    const chosen = new Set(valuesOf(filter, this.column).map((value) => this.#coded.codeOf(value)));
    const shown = [...chosen].filter((code) => code >= -1);
    for (let place = 0; place < this.#counts.length; place += 1) {
      if ((this.#counts[place] ?? 0) > 0 && !chosen.has(place - 1)) shown.push(place - 1);
    }
    return shown
      .sort((a, b) => a - b)
      .flatMap((code) => {
        const value = this.#coded.valueOf(code);
        return value === undefined ? [] : [{ value, count: this.#counts[code + 1] ?? 0 }];
      });
  }

  #widened(place: number): Uint32Array<ArrayBuffer> {
    const counts = new Uint32Array(Math.max(place + 1, this.#counts.length * 2));
    counts.set(this.#counts);
    return (this.#counts = counts);
  }
}

/** Counts in equal bins; what lies outside of the range is in the first and the last. */
class RangeTally implements Tally {
  readonly column: ColumnId;
  readonly #bins = new Uint32Array(histogramBins);
  readonly #table: ImageTable;
  readonly #standing: Standing;
  readonly #from: number;
  readonly #scale: number;

  constructor(table: ImageTable, column: ColumnId, [from, to]: readonly [number, number], standing: Standing) {
    this.column = column;
    this.#table = table;
    this.#standing = standing;
    this.#from = from;
    this.#scale = histogramBins / (to - from);
  }

  count(first: number, count: number, times: 1 | -1): void {
    const standing = this.#standing.values;
    const own = this.#standing.codeOf(this.column);
    const figures = figuresOf(this.#table, this.column) ?? new Float64Array();
    const bins = this.#bins;
    const [from, scale] = [this.#from, this.#scale];
    for (let slot = first; slot < first + count; slot += 1) {
      const stands = standing[slot];
      if (stands !== passes && stands !== own) continue;
      const place = ((figures[slot] ?? NaN) - from) * scale;
      if (Number.isNaN(place)) continue;
      const bin = place <= 0 ? 0 : place >= histogramBins ? histogramBins - 1 : Math.floor(place);
      bins[bin] = (bins[bin] ?? 0) + times;
    }
  }

  list(): number[] {
    return Array.from(this.#bins);
  }
}

function tallyOf(table: ImageTable, column: ColumnId, standing: Standing): ValueTally | RangeTally | undefined {
  const coded = codedColumn(table, column);
  if (coded !== undefined) return new ValueTally(column, coded, standing);
  const { range } = columnOf(column);
  const hasFigures = figuresOf(table, column) !== undefined;
  return !hasFigures || range === undefined ? undefined : new RangeTally(table, column, range, standing);
}

/** The counts under one filter. */
export class Facets implements Follower {
  readonly #table: ImageTable;
  readonly #standing: Standing;
  readonly #tallies = new Map<ColumnId, ValueTally | RangeTally>();

  /** @param standing of the filter; it hears of changes first. */
  constructor(table: ImageTable, standing: Standing) {
    this.#table = table;
    this.#standing = standing;
  }

  /** How many images each value or bin of these columns would show; columns of texts and orders have none. */
  of(columns: readonly ColumnId[]): GalleryFacets {
    this.#count(columns.filter((column) => !this.#tallies.has(column)));
    const tallies = columns.flatMap((column) => this.#tallies.get(column) ?? []);
    const { filter } = this.#standing;
    const values = tallies.flatMap((tally) =>
      tally instanceof ValueTally ? [[tally.column, tally.list(filter)] as const] : [],
    );
    const ranges = tallies.flatMap((tally) =>
      tally instanceof RangeTally ? [[tally.column, tally.list()] as const] : [],
    );
    return { values: Object.fromEntries(values), ranges: Object.fromEntries(ranges) };
  }

  leave(slots: Uint32Array): void {
    for (const tally of this.#tallies.values()) for (const slot of slots) tally.count(slot, 1, -1);
  }

  enter(slots: Uint32Array): void {
    for (const tally of this.#tallies.values()) for (const slot of slots) tally.count(slot, 1, 1);
  }

  forget(scores: readonly ScoreId[] | null): void {
    // Who passes decides what is counted of every column.
    const all = scores === null || this.#standing.restsOn(scores);
    for (const column of this.#tallies.keys()) {
      if (all || scores.some((score) => score === column)) this.#tallies.delete(column);
    }
  }

  #count(columns: readonly ColumnId[]): void {
    const tallies = columns.flatMap((column) => tallyOf(this.#table, column, this.#standing) ?? []);
    const { size } = this.#table.facts;
    for (let first = 0; first < size; first += blockSize) {
      for (const tally of tallies) tally.count(first, Math.min(blockSize, size - first), 1);
    }
    for (const tally of tallies) this.#tallies.set(tally.column, tally);
  }
}
