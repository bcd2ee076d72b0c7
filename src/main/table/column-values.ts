/** The values of any column of the table, as figures or as codes of words, whatever array they lie in. */

import { type ColumnId, columnOf, isScore } from '../../shared/columns.js';
import type { ConditionValue } from '../../shared/query.js';
import type { ImageTable } from './image-table.js';

/** A column of few values: codes from 0 on, -1 for none. */
export interface CodedColumn {
  readonly codeAt: (slot: number) => number;
  /** Undefined for a code that nothing has any more. */
  readonly valueOf: (code: number) => ConditionValue | undefined;
  /** -2, which no image has, for a value that is not in the column: nothing is found, rather than everything. */
  readonly codeOf: (value: ConditionValue) => number;
}

const nothing = -2;

function ofWords(words: readonly string[], codeAt: (slot: number) => number): CodedColumn {
  return {
    codeAt,
    valueOf: (code) => (code < 0 ? null : words[code]),
    codeOf: (value) => {
      if (value === null) return -1;
      const code = words.indexOf(String(value));
      return code < 0 ? nothing : code;
    },
  };
}

/** Of labels, classes and flags, which are their own codes. */
function ofIndexes(codeAt: (slot: number) => number): CodedColumn {
  return {
    codeAt,
    valueOf: (code) => (code < 0 ? null : code),
    codeOf: (value) => (value === null ? -1 : typeof value === 'number' ? value : nothing),
  };
}

/** A column of labels, classes, flags, words or names; undefined for one of figures, texts or orders. */
export function codedColumn(table: ImageTable, id: ColumnId): CodedColumn | undefined {
  const { facts } = table;
  if (isScore(id)) {
    const { kind } = columnOf(id);
    if (kind !== 'class' && kind !== 'label' && kind !== 'flag') return undefined;
    const values = table.scores.values(id);
    return ofIndexes((slot) => {
      const value = values[slot] ?? NaN;
      return Number.isNaN(value) ? -1 : value;
    });
  }
  const words = (columnOf(id).words ?? []).map(({ value }) => value);
  switch (id) {
    case 'state':
      return ofWords(words, (slot) => facts.state(slot));
    case 'verdict':
      return ofWords(words, (slot) => (facts.verdict[slot] ?? 0) - 1);
    case 'disagreement':
      return ofWords(words, (slot) => (facts.kind[slot] ?? 0) - 1);
    case 'label':
      return ofIndexes((slot) => facts.label[slot] ?? -1);
    case 'prediction':
      return ofIndexes((slot) => facts.top1[slot] ?? -1);
    case 'split':
      return ofWords(facts.splits, (slot) => facts.split[slot] ?? -1);
    case 'suspicion':
    case 'top-probability':
    case 'file':
    case 'verdict-time':
    case 'text':
      return undefined;
  }
}

/** The figures of a column of numbers or times, NaN for none; undefined for another. */
export function figuresOf(table: ImageTable, id: ColumnId): Float64Array | undefined {
  if (isScore(id)) return table.scores.values(id);
  if (id === 'top-probability') return table.facts.topProbability;
  return id === 'verdict-time' ? table.facts.verdictTime : undefined;
}
