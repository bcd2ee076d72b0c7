/** What the gallery may be asked: a filter as a list of conditions, an order, and the counts beside each filter. */

import * as v from 'valibot';

import type { ClassIndex, ImageId, LabelIndex } from './audit.js';
import { list, text } from './bounded.js';
import { type ColumnId, columnOf, columns, sortColumns } from './columns.js';

export const conditionOps = ['is', '<', '<=', '>', '>=', 'has'] as const;
export type ConditionOp = (typeof conditionOps)[number];

/** A label or class by index, a word or name, a figure, yes or no as 1 or 0; null for images without a value. */
export type ConditionValue = string | number | null;

/** One condition on one column. */
export interface Condition {
  readonly column: ColumnId;
  readonly op: ConditionOp;
  readonly value: ConditionValue;
}

/** Conditions by `is` on one column are alternatives; apart from these every condition must hold. */
export type Filter = readonly Condition[];

export interface Order {
  readonly by: ColumnId;
  readonly descending: boolean;
}

/** What is asked for: which images, in which order. */
export interface Query {
  readonly filter: Filter;
  readonly order: Order;
}

/** THE order of suspicion, most suspicious first: of gallery, explain job, report and command line unless another is asked for. */
export const suspicionOrder: Order = { by: 'suspicion', descending: false };

/** Milliseconds from 1970 to the last moment that a date can be. */
const latest = 8.64e15;

const comparing: readonly ConditionOp[] = ['<', '<=', '>', '>='];

/** Whether a column can have such a condition. */
function fits({ column, op, value }: Condition): boolean {
  const { kind, words = [] } = columnOf(column);
  if (op === 'has') return kind === 'text' && typeof value === 'string';
  if (comparing.includes(op)) {
    if (kind === 'time') return typeof value === 'number' && Math.abs(value) <= latest;
    return kind === 'number' && typeof value === 'number';
  }
  if (value === null) return kind !== 'text' && kind !== 'order';
  switch (kind) {
    case 'label':
    case 'class':
      return Number.isInteger(value) && Number(value) >= 0;
    case 'flag':
      return value === 0 || value === 1;
    case 'word':
      return words.some((word) => word.value === value);
    case 'name':
      return typeof value === 'string';
    case 'number':
    case 'time':
    case 'text':
    case 'order':
      return false;
  }
}

const ids = columns.map(({ id }) => id);

/** More than there are labels, classes and all other values together. */
const mostConditions = 250_000;

const conditionSchema = v.pipe(
  v.object({
    column: v.picklist(ids),
    op: v.picklist(conditionOps),
    value: v.union([v.pipe(v.number(), v.finite()), text(1000), v.null()]),
  }),
  v.check(fits, 'Expected a condition that the column can have'),
);

export const filterSchema = list(conditionSchema, mostConditions);
export const orderSchema = v.object({
  by: v.picklist(sortColumns.map(({ id }) => id)),
  descending: v.boolean(),
});
export const columnsSchema = list(v.picklist(ids), ids.length);

/** The values that `is` conditions on a column let through; none where there is no such condition. */
export function valuesOf(filter: Filter, column: ColumnId): readonly ConditionValue[] {
  return filter.flatMap((one) => (one.column === column && one.op === 'is' ? [one.value] : []));
}

/** The filter without conditions on a column. */
export function without(filter: Filter, column: ColumnId): Filter {
  return filter.filter((one) => one.column !== column);
}

/** The filter with a value among those that a column may have, or without it where it was. */
export function toggled(filter: Filter, column: ColumnId, value: ConditionValue): Filter {
  const rest = filter.filter((one) => one.column !== column || one.op !== 'is' || one.value !== value);
  return rest.length < filter.length ? rest : [...filter, { column, op: 'is', value }];
}

/** The text that is searched for; empty where none is. */
export function searchedText(filter: Filter): string {
  const found = filter.find(({ op }) => op === 'has');
  return typeof found?.value === 'string' ? found.value : '';
}

/** The filter that searches for another text, or for none. */
export function searching(filter: Filter, wanted: string): Filter {
  const rest = without(filter, 'text');
  return wanted === '' ? rest : [...rest, { column: 'text', op: 'has', value: wanted }];
}

/** The part of the values that conditions leave of a column of figures; null at an end that none limits. */
export interface ChosenRange {
  readonly from: number | null;
  readonly to: number | null;
}

/** The range that a filter leaves of a column. */
export function rangeOf(filter: Filter, column: ColumnId): ChosenRange {
  let [from, to]: [number | null, number | null] = [null, null];
  for (const one of filter) {
    if (one.column !== column || typeof one.value !== 'number') continue;
    if (one.op === '>' || one.op === '>=') from = Math.max(from ?? -Infinity, one.value);
    if (one.op === '<' || one.op === '<=') to = Math.min(to ?? Infinity, one.value);
  }
  return { from, to };
}

/** The filter with this range of a column, both ends in it. */
export function ranged(filter: Filter, column: ColumnId, { from, to }: ChosenRange): Filter {
  const ends: Condition[] = [];
  if (from !== null) ends.push({ column, op: '>=', value: from });
  if (to !== null) ends.push({ column, op: '<=', value: to });
  return [...without(filter, column), ...ends];
}

/** What is asked of a selection: it stays where the images are, only counts and pages of it travel. */
export interface SelectionWish extends Query {
  /** The revision that the asker has, to hear from which place on it differs; null for none. */
  readonly since: number | null;
  /** Images of which the first that is in the selection is wanted, the best first: the selected one, then its neighbours. */
  readonly near: readonly ImageId[];
  /** So many places on either side of that one are looked at, at most {@link selectionPage}; none where it is absent. */
  readonly around?: number | undefined;
}

/** A place in a selection and the image there. */
export interface Placed {
  readonly id: ImageId;
  readonly place: number;
}

/** A selection as it stands. */
export interface Selection {
  /** Grows whenever the selection changed; pages are asked for by it. */
  readonly revision: number;
  /** Images in it, and images of the project. */
  readonly count: number;
  readonly total: number;
  /** The first place that differs from the revision `since`; `count` where none does, 0 where that is not known any more. */
  readonly from: number;
  /** The first of `near` that is in it; null where none is. */
  readonly found: Placed | null;
  /** Ids from place 0 on, at most {@link selectionPage}. */
  readonly first: Uint32Array;
  /** The pages of the places around the found one that differ from the revision `since`; null where there are none but the first. */
  readonly around: { readonly from: number; readonly ids: Uint32Array } | null;
}

/** Ids in a page of a selection. */
export const selectionPage = 512;

/** One value of a facet and how many images have it under all other filters. */
export interface ValueCount {
  readonly value: ConditionValue;
  readonly count: number;
}

/** Equal bins from one end of a column's range to the other. */
export const histogramBins = 20;

/** Counts of the columns that were asked for, each under all conditions on other columns. */
export interface GalleryFacets {
  /** Of columns with values: what nothing has is left out unless chosen. */
  readonly values: Readonly<Partial<Record<ColumnId, readonly ValueCount[]>>>;
  /** Of columns with ranges: `histogramBins` counts. */
  readonly ranges: Readonly<Partial<Record<ColumnId, readonly number[]>>>;
}

/** Counts of label against prediction. */
export interface ConfusionCell {
  readonly label: LabelIndex;
  readonly prediction: ClassIndex;
  readonly count: number;
}

/** The same for many pairs at once: pair `i` is entry `i` of all three; the most frequent pairs first, none twice. */
export interface ConfusionCounts {
  readonly labels: Uint32Array;
  readonly predictions: Uint32Array;
  readonly counts: Uint32Array;
}

/** What changed in the project, so that views reload only what they show. */
export interface ProjectChange {
  readonly images: readonly ImageId[] | 'all';
}
