/** The mapping table: what is found by typing, which rows are drawn, classes of one name told apart. */

import { describe, expect, it } from 'vitest';
import {
  changedRows,
  distinctClasses,
  findRows,
  rowHeight,
  rowsInView,
} from '../../../src/renderer/state/mapping-table.js';
import { classIndex, labelIndex, type MappingRow } from '../../../src/shared/audit.js';

const row = (label: number, labelName: string, index: number | null, suggestion?: number): MappingRow => ({
  label: labelIndex(label),
  labelName,
  classIndex: index === null ? null : classIndex(index),
  ...(suggestion === undefined ? {} : { suggestion: classIndex(suggestion) }),
  by: index === null ? 'none' : 'name',
});
const classes = ['tabby cat', 'crane', 'crane'];
const rows = [row(0, 'bird', 1), row(1, 'tabby', 0), row(2, 'cats', null, 0)];

describe('typing', () => {
  const found = (text: string, openOnly = false): string[] =>
    findRows(rows, distinctClasses(classes), { text, openOnly }).map(({ labelName }) => labelName);

  it('finds labels first, then classes', () => {
    expect(found('')).toEqual(['bird', 'tabby', 'cats']);
    expect(found('cat')).toEqual(['cats', 'tabby']);
    expect(found('crane')).toEqual(['bird']);
    expect(found('zebra')).toEqual([]);
  });

  it('may be narrowed to what is open', () => {
    expect(found('', true)).toEqual(['cats']);
    expect(found('bird', true)).toEqual([]);
  });

  it('among a thousand labels takes a few milliseconds', () => {
    const many = Array.from({ length: 1000 }, (_, at) => row(at, `label ${String(at)}`, at));
    const names = many.map(({ labelName }) => `class of ${labelName}`);
    const start = performance.now();
    for (let turn = 0; turn < 10; turn++) findRows(many, names, { text: '99', openOnly: false });
    expect((performance.now() - start) / 10).toBeLessThan(50);
  });
});

it('only rows in view are drawn, with some to spare', () => {
  expect(rowsInView(1000, 0, 10 * rowHeight)).toEqual({ from: 0, to: 18 });
  expect(rowsInView(1000, 500 * rowHeight, 10 * rowHeight)).toEqual({ from: 492, to: 518 });
  expect(rowsInView(5, 0, 10 * rowHeight)).toEqual({ from: 0, to: 5 });
});

it('classes of one name are told apart by their index', () => {
  expect(distinctClasses(classes)).toEqual(['tabby cat', 'crane (1)', 'crane (2)']);
});

it('all suggestions are taken at once, and nothing else changes', () => {
  expect(changedRows(rows, ({ classIndex: index, suggestion }) => (index === null ? suggestion : undefined))).toEqual([
    { label: 0, classIndex: 1 },
    { label: 1, classIndex: 0 },
    { label: 2, classIndex: 0 },
  ]);
});
