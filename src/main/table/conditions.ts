/** The conditions of a filter as tests of image slots, one a column that is filtered by. */

import type { ColumnId } from '../../shared/columns.js';
import type { Condition, Filter } from '../../shared/query.js';
import { codedColumn, figuresOf } from './column-values.js';
import type { ImageTable } from './image-table.js';

export type SlotTest = (slot: number) => boolean;

/** Whether a figure passes; one that is not there passes no comparison. */
function comparison({ op, value }: Condition, figures: Float64Array): SlotTest {
  const limit = Number(value);
  const at = (slot: number): number => figures[slot] ?? NaN;
  switch (op) {
    case '<':
      return (slot) => at(slot) < limit;
    case '<=':
      return (slot) => at(slot) <= limit;
    case '>':
      return (slot) => at(slot) > limit;
    case '>=':
      return (slot) => at(slot) >= limit;
    case 'is':
    case 'has':
      return () => false;
  }
}

/** The alternatives of a column: any of these values. */
function alternatives(table: ImageTable, column: ColumnId, conditions: readonly Condition[]): SlotTest {
  const coded = codedColumn(table, column);
  if (coded !== undefined) {
    const wanted = new Set(conditions.map(({ value }) => coded.codeOf(value)));
    return (slot) => wanted.has(coded.codeAt(slot));
  }
  // Of figures only their absence can be asked for.
  const figures = figuresOf(table, column);
  return (slot) => Number.isNaN(figures?.[slot] ?? NaN);
}

function textTest(table: ImageTable, text: string): SlotTest | undefined {
  if (text.trim() === '') return undefined;
  const found = table.names.matching(text.trim());
  return (slot) => found[slot] === 1;
}

/** The tests of one column, all of which must hold. */
function testsOf(table: ImageTable, column: ColumnId, conditions: readonly Condition[]): SlotTest[] {
  const tests: SlotTest[] = [];
  const same = conditions.filter(({ op }) => op === 'is');
  if (same.length > 0) tests.push(alternatives(table, column, same));
  for (const condition of conditions) {
    if (condition.op === 'is') continue;
    const test =
      condition.op === 'has'
        ? textTest(table, String(condition.value))
        : comparison(condition, figuresOf(table, column) ?? new Float64Array());
    if (test !== undefined) tests.push(test);
  }
  return tests;
}

/** One test for each column that the filter narrows by. */
export function columnTests(table: ImageTable, filter: Filter): ReadonlyMap<ColumnId, SlotTest> {
  const byColumn = new Map<ColumnId, Condition[]>();
  for (const condition of filter) {
    const known = byColumn.get(condition.column);
    if (known === undefined) byColumn.set(condition.column, [condition]);
    else known.push(condition);
  }
  const tests = new Map<ColumnId, SlotTest>();
  for (const [column, conditions] of byColumn) {
    const all = testsOf(table, column, conditions);
    const [first] = all;
    if (first !== undefined) tests.set(column, all.length === 1 ? first : (slot) => all.every((test) => test(slot)));
  }
  return tests;
}
