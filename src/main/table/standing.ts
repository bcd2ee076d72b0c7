/** How every image stands under a filter: whether it passes, and if not, which one column keeps it out. Kept as images change. */

import type { ColumnId, ScoreId } from '../../shared/columns.js';
import type { Filter } from '../../shared/query.js';
import { blockSize } from './column-values.js';
import { type ColumnTest, columnTests } from './conditions.js';
import type { Follower } from './followers.js';
import type { ImageTable } from './image-table.js';

/** What stands for an image that passes, and for one that several columns keep out. */
export const passes = 0;
const several = 255;

/** Those of these slots that pass, in their order. */
export function passing(slots: Uint32Array, standing: Uint8Array): Uint32Array {
  const passed = new Uint32Array(slots.length);
  let count = 0;
  const { length } = slots;
  for (let at = 0; at < length; at += 1) {
    const slot = slots[at] ?? 0;
    if (standing[slot] === passes) passed[count++] = slot;
  }
  return passed.slice(0, count);
}

/** Which columns of the block that is being tested fail. */
const fails = new Uint8Array(blockSize);

export class Standing implements Follower {
  readonly filter: Filter;
  readonly #table: ImageTable;
  #values = new Uint8Array(0);
  #tests: readonly ColumnTest[] = [];
  /** Images and splits that the tests know of. */
  #size = 0;
  #splits = 0;
  #isKept = false;
  #count: number | undefined;

  constructor(table: ImageTable, filter: Filter) {
    this.#table = table;
    this.filter = filter;
  }

  /** `[images]`: {@link passes}, what {@link codeOf} says where only this column fails, or another code where several do. */
  get values(): Uint8Array {
    if (!this.#isKept) this.#stand();
    return this.#values;
  }

  /** How many images pass. */
  get count(): number {
    const values = this.values;
    if (this.#count !== undefined) return this.#count;
    const pass = passes;
    let count = 0;
    for (let slot = 0; slot < this.#size; slot += 1) if (values[slot] === pass) count += 1;
    return (this.#count = count);
  }

  /** Those that pass, ascending. */
  slots(): Uint32Array {
    const values = this.values;
    const pass = passes;
    const slots = new Uint32Array(this.count);
    for (let slot = 0, at = 0; at < slots.length; slot += 1) if (values[slot] === pass) slots[at++] = slot;
    return slots;
  }

  /** What stands for an image that only this column keeps out; {@link passes} for a column that is not filtered by. */
  codeOf(column: ColumnId): number {
    return this.#tests.findIndex((test) => test.column === column) + 1;
  }

  isIn(slot: number): boolean {
    return this.values[slot] === passes;
  }

  /** It remembers how they stood until they enter. */
  leave(): void {
    return;
  }

  enter(slots: Uint32Array): void {
    if (!this.#isKept) return;
    this.#follow();
    for (const slot of slots) this.#test(slot, 1);
  }

  forget(scores: readonly ScoreId[] | null): void {
    if (scores === null || this.restsOn(scores)) this.#isKept = false;
  }

  /** Whether who passes depends on any of these scores. */
  restsOn(scores: readonly ScoreId[]): boolean {
    return this.filter.some(({ column }) => scores.some((score) => score === column));
  }

  #stand(): void {
    this.#size = 0;
    this.#follow();
    const { size } = this.#table.facts;
    for (let first = 0; first < size; first += blockSize) this.#test(first, Math.min(blockSize, size - first));
    this.#isKept = true;
  }

  /** What texts find is another thing once there are more images, and so is what the names of splits mean. */
  #follow(): void {
    const { size, splits } = this.#table.facts;
    if (size === this.#size && splits.length === this.#splits) return;
    this.#tests = columnTests(this.#table, this.filter);
    if (size > this.#values.length) {
      const values = new Uint8Array(this.#size === 0 ? size : Math.ceil(size * 1.25));
      values.set(this.#values);
      this.#values = values;
    }
    this.#size = size;
    this.#splits = splits.length;
  }

  #test(first: number, count: number): void {
    this.#count = undefined;
    const values = this.#values;
    values.fill(passes, first, first + count);
    for (const [index, { test }] of this.#tests.entries()) {
      fails.fill(0, 0, count);
      test(first, count, fails);
      for (let at = 0; at < count; at += 1) {
        if (fails[at] === 1) values[first + at] = values[first + at] === passes ? index + 1 : several;
      }
    }
  }
}
