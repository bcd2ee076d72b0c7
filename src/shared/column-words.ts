/** The value of a column as people read it. */

import type { Column } from './column.js';
import { count, natsAlone, percent } from './figures.js';

/** How labels and classes are called. */
export interface ValueNames {
  readonly labelName: (label: number) => string;
  readonly className: (index: number) => string;
}

/** A figure, class or flag of a column in words; `missing` of the column where there is none. */
export function valueInWords(column: Column, value: number | undefined, names: ValueNames): string {
  if (value === undefined || Number.isNaN(value)) return column.missing;
  switch (column.kind) {
    case 'label':
      return names.labelName(value);
    case 'class':
      return names.className(value);
    case 'flag':
      return value === 1 ? 'yes' : 'no';
    case 'time':
      return new Date(value).toISOString();
    case 'number':
    case 'word':
    case 'name':
    case 'text':
    case 'order':
      return figureInWords(column, value);
  }
}

function figureInWords({ unit }: Column, value: number): string {
  switch (unit) {
    case 'probability':
      return percent(value);
    case 'nats':
      return natsAlone(value).replace('+', '');
    case 'rank':
      return count(value);
    default:
      return value.toFixed(3);
  }
}

/** A value as programs read it: classes by name, yes and no as 1 and 0; null where there is none. */
export function exportedValue(
  { kind }: Column,
  value: number | undefined,
  classes: readonly string[],
): string | number | null {
  if (value === undefined || Number.isNaN(value)) return null;
  return kind === 'class' ? (classes[value] ?? null) : value;
}

/** Which end of an order comes first. */
export function directionWords({ id, kind }: Pick<Column, 'id' | 'kind'>, descending: boolean): string {
  if (id === 'suspicion') return descending ? 'Least suspicious first' : 'Most suspicious first';
  if (kind === 'time') return descending ? 'Newest first' : 'Oldest first';
  if (kind === 'number') return descending ? 'Highest first' : 'Lowest first';
  return descending ? 'Last first' : 'In order';
}
