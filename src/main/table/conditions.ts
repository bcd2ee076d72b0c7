/** The conditions of a filter as tests of blocks of images, one a column that is filtered by. */

import type { ColumnId } from '../../shared/columns.js';
import type { Condition, Filter } from '../../shared/query.js';
import { blockSize, codedColumn, figuresOf } from './column-values.js';
import type { ImageTable } from './image-table.js';

/** Writes a 1 to `fails` for those of `count` slots from `first` on that do not pass, and leaves the others as they are. */
type Test = (first: number, count: number, fails: Uint8Array) => void;

export interface ColumnTest {
  readonly column: ColumnId;
  readonly test: Test;
}

/** Codes of the block that is being tested. */
const codes = new Int32Array(blockSize);

/** Whether figures pass; one that is not there passes no comparison. */
function comparison(table: ImageTable, { column, op, value }: Condition): Test {
  const limit = Number(value);
  const figures = (): Float64Array => figuresOf(table, column) ?? new Float64Array();
  switch (op) {
    case '<':
      return (first, count, fails) => {
        const values = figures();
        for (let at = 0; at < count; at += 1) if (!((values[first + at] ?? NaN) < limit)) fails[at] = 1;
      };
    case '<=':
      return (first, count, fails) => {
        const values = figures();
        for (let at = 0; at < count; at += 1) if (!((values[first + at] ?? NaN) <= limit)) fails[at] = 1;
      };
    case '>':
      return (first, count, fails) => {
        const values = figures();
        for (let at = 0; at < count; at += 1) if (!((values[first + at] ?? NaN) > limit)) fails[at] = 1;
      };
    case '>=':
      return (first, count, fails) => {
        const values = figures();
        for (let at = 0; at < count; at += 1) if (!((values[first + at] ?? NaN) >= limit)) fails[at] = 1;
      };
    case 'is':
    case 'has':
      return (_first, count, fails) => fails.fill(1, 0, count);
  }
}

/** The alternatives of a column: any of these values. */
function alternatives(table: ImageTable, column: ColumnId, conditions: readonly Condition[]): Test {
  const coded = codedColumn(table, column);
  if (coded === undefined) return absence(table, column);
  const wanted = conditions.map(({ value }) => coded.codeOf(value)).filter((code) => code >= -1);
  /** `[codes + 1]`: 1 for each code that is wanted, those without a value first. */
  const passes = new Uint8Array(wanted.reduce((most, code) => Math.max(most, code), -1) + 2);
  for (const code of wanted) passes[code + 1] = 1;
  return (first, count, fails) => {
    coded.read(first, count, codes);
    for (let at = 0; at < count; at += 1) if (passes[(codes[at] ?? -1) + 1] !== 1) fails[at] = 1;
  };
}

/** Of figures only their absence can be asked for. */
function absence(table: ImageTable, column: ColumnId): Test {
  return (first, count, fails) => {
    const figures = figuresOf(table, column);
    for (let at = 0; at < count; at += 1) if (!Number.isNaN(figures?.[first + at] ?? NaN)) fails[at] = 1;
  };
}

function textTest({ facts, names }: ImageTable, text: string): Test | undefined {
  if (text.trim() === '') return undefined;
  const { labels, classes, files } = names.search(text.trim());
  return (first, count, fails) => {
    const { label, top1 } = facts;
    for (let at = 0; at < count; at += 1) {
      const slot = first + at;
      if (files[slot] === 1 || labels[label[slot] ?? -1] === 1 || classes[top1[slot] ?? -1] === 1) continue;
      fails[at] = 1;
    }
  };
}

/** The tests of one column, all of which must hold. */
function testsOf(table: ImageTable, column: ColumnId, conditions: readonly Condition[]): Test[] {
  const tests: Test[] = [];
  const same = conditions.filter(({ op }) => op === 'is');
  if (same.length > 0) tests.push(alternatives(table, column, same));
  for (const condition of conditions) {
    if (condition.op === 'is') continue;
    const test = condition.op === 'has' ? textTest(table, String(condition.value)) : comparison(table, condition);
    if (test !== undefined) tests.push(test);
  }
  return tests;
}

/** One test for each column that the filter narrows by. What texts find holds for the images that there are. */
export function columnTests(table: ImageTable, filter: Filter): readonly ColumnTest[] {
  const byColumn = new Map<ColumnId, Condition[]>();
  for (const condition of filter) {
    const known = byColumn.get(condition.column);
    if (known === undefined) byColumn.set(condition.column, [condition]);
    else known.push(condition);
  }
  return Array.from(byColumn).flatMap(([column, conditions]) => {
    const tests = testsOf(table, column, conditions);
    if (tests.length === 0) return [];
    const test: Test = (first, count, fails) => {
      for (const one of tests) one(first, count, fails);
    };
    return [{ column, test }];
  });
}
