/** Counts images by the values of columns, each column under all conditions on the others. */

import { type ColumnId, columnOf } from '../../shared/columns.js';
import { type Filter, type GalleryFacets, histogramBins, type ValueCount, valuesOf } from '../../shared/query.js';
import { codedColumn, type CodedColumn, figuresOf } from './column-values.js';
import { columnTests } from './conditions.js';
import type { ImageTable } from './image-table.js';

/** Counts of one column. */
interface Tally {
  readonly column: ColumnId;
  add(slot: number): void;
}

/** Counts by code; what is chosen is shown although nothing has it. */
class ValueTally implements Tally {
  readonly column: ColumnId;
  readonly #coded: CodedColumn;
  readonly #counts = new Map<number, number>();

  constructor(column: ColumnId, coded: CodedColumn, filter: Filter) {
    this.column = column;
    this.#coded = coded;
    for (const value of valuesOf(filter, column)) this.#counts.set(coded.codeOf(value), 0);
  }

  add(slot: number): void {
    const code = this.#coded.codeAt(slot);
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** By code, images without a value first. */
  list(): ValueCount[] {
    return [...this.#counts.keys()]
      .sort((a, b) => a - b)
      .flatMap((code) => {
        const value = this.#coded.valueOf(code);
        return value === undefined || code < -1 ? [] : [{ value, count: this.#counts.get(code) ?? 0 }];
      });
  }
}

/** Counts in equal bins; what lies outside of the range is in the first and the last. */
class RangeTally implements Tally {
  readonly column: ColumnId;
  readonly bins = new Array<number>(histogramBins).fill(0);
  readonly #figures: Float64Array;
  readonly #from: number;
  readonly #width: number;

  constructor(column: ColumnId, figures: Float64Array, [from, to]: readonly [number, number]) {
    this.column = column;
    this.#figures = figures;
    this.#from = from;
    this.#width = to - from;
  }

  add(slot: number): void {
    const figure = this.#figures[slot] ?? NaN;
    if (Number.isNaN(figure)) return;
    const place = Math.floor(((figure - this.#from) / this.#width) * histogramBins);
    const bin = Math.max(0, Math.min(histogramBins - 1, place));
    this.bins[bin] = (this.bins[bin] ?? 0) + 1;
  }
}

function tallyOf(table: ImageTable, column: ColumnId, filter: Filter): ValueTally | RangeTally | undefined {
  const coded = codedColumn(table, column);
  if (coded !== undefined) return new ValueTally(column, coded, filter);
  const figures = figuresOf(table, column);
  const { range } = columnOf(column);
  return figures === undefined || range === undefined ? undefined : new RangeTally(column, figures, range);
}

/** How many images each value or bin of these columns would show; columns of texts and orders have none. */
export function countFacets(table: ImageTable, filter: Filter, columns: readonly ColumnId[]): GalleryFacets {
  const tests = [...columnTests(table, filter)];
  const tallies = columns.flatMap((column) => tallyOf(table, column, filter) ?? []);
  for (let slot = 0; slot < table.facts.size; slot += 1) {
    let failed: ColumnId | undefined;
    let failures = 0;
    for (const [column, test] of tests) {
      if (test(slot)) continue;
      failed = column;
      failures += 1;
      if (failures > 1) break;
    }
    if (failures > 1) continue;
    for (const tally of tallies) if (failed === undefined || failed === tally.column) tally.add(slot);
  }
  const values = tallies.flatMap((tally) =>
    tally instanceof ValueTally ? [[tally.column, tally.list()] as const] : [],
  );
  const ranges = tallies.flatMap((tally) => (tally instanceof RangeTally ? [[tally.column, tally.bins] as const] : []));
  return { values: Object.fromEntries(values), ranges: Object.fromEntries(ranges) };
}
