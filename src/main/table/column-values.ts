/** The values of any column of the table, as figures or as codes of words, whatever array they lie in. */

import { type ColumnId, columnOf, isScore } from '../../shared/columns.js';
import type { ConditionValue } from '../../shared/query.js';
import type { ImageColumns } from './image-columns.js';
import type { ImageTable } from './image-table.js';

/** So many slots are read at once: few enough to stay in the processor's nearest memory. */
export const blockSize = 4096;

/** A column of few values: codes from 0 on, -1 for none. */
export interface CodedColumn {
  /** Writes the codes of `count` slots from `first` on to the beginning of `codes`. */
  readonly read: (first: number, count: number, codes: Int32Array) => void;
  /** Undefined for a code that nothing has any more. */
  readonly valueOf: (code: number) => ConditionValue | undefined;
  /** -2, which no image has, for a value that is not in the column: nothing is found, rather than everything. */
  readonly codeOf: (value: ConditionValue) => number;
}

type Read = CodedColumn['read'];

const nothing = -2;

function ofWords(words: readonly string[], read: Read): CodedColumn {
  return {
    read,
    valueOf: (code) => (code < 0 ? null : words[code]),
    codeOf: (value) => {
      if (value === null) return -1;
      const code = words.indexOf(String(value));
      return code < 0 ? nothing : code;
    },
  };
}

/** Of labels, classes and flags, which are their own codes. */
function ofIndexes(read: Read): CodedColumn {
  return {
    read,
    valueOf: (code) => (code < 0 ? null : code),
    codeOf: (value) => (value === null ? -1 : typeof value === 'number' ? value : nothing),
  };
}

/** Arrays of columns are replaced as images are added, so each is looked up when it is read. */
type Column<Values> = (facts: ImageColumns) => Values;

const indexes =
  (facts: ImageColumns, column: Column<Int32Array>): Read =>
  (first, count, codes) => {
    const values = column(facts);
    for (let at = 0; at < count; at += 1) codes[at] = values[first + at] ?? -1;
  };

/** Of bytes that are 0 for none, and one more than the code. */
const bytes =
  (facts: ImageColumns, column: Column<Uint8Array>): Read =>
  (first, count, codes) => {
    const values = column(facts);
    for (let at = 0; at < count; at += 1) codes[at] = (values[first + at] ?? 0) - 1;
  };

const states =
  (facts: ImageColumns): Read =>
  (first, count, codes) => {
    for (let at = 0; at < count; at += 1) codes[at] = facts.state(first + at);
  };

/** A column of labels, classes, flags, words or names; undefined for one of figures, texts or orders. */
export function codedColumn(table: ImageTable, id: ColumnId): CodedColumn | undefined {
  const { facts, scores } = table;
  if (isScore(id)) {
    const { kind } = columnOf(id);
    if (kind !== 'class' && kind !== 'label' && kind !== 'flag') return undefined;
    return ofIndexes((first, count, codes) => {
      const values = scores.values(id);
      for (let at = 0; at < count; at += 1) {
        const value = values[first + at] ?? NaN;
        codes[at] = Number.isNaN(value) ? -1 : value;
      }
    });
  }
  const words = (columnOf(id).words ?? []).map(({ value }) => value);
  switch (id) {
    case 'state':
      return ofWords(words, states(facts));
    case 'verdict':
      return ofWords(
        words,
        bytes(facts, ({ verdict }) => verdict),
      );
    case 'disagreement':
      return ofWords(
        words,
        bytes(facts, ({ kind }) => kind),
      );
    case 'label':
      return ofIndexes(indexes(facts, ({ label }) => label));
    case 'prediction':
      return ofIndexes(indexes(facts, ({ top1 }) => top1));
    case 'split':
      return ofWords(
        facts.splits,
        indexes(facts, ({ split }) => split),
      );
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
