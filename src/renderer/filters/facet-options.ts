/** The values of a column as switches of a facet: what they are called, how many images have them, which are chosen. */

import type { ConditionValue, Filter, GalleryFacets } from '../../shared/query.js';
import { valuesOf } from '../../shared/query.js';
import type { KnownColumn } from '../../shared/columns.js';

/** Stands for images without a value. */
const none = 'none';

export interface FacetOption {
  readonly value: string | number;
  readonly name: string;
  readonly meaning?: string;
  readonly count: number;
  /** Nothing was looked at that could be counted: a dash, because 0 would say that there is none. */
  readonly uncounted?: boolean;
  readonly chosen: boolean;
}

/** How labels and classes are called by index. */
export interface IndexNames {
  readonly label: (index: number) => string;
  readonly class: (index: number) => string;
}

/** The value that a switch stands for. */
export const conditionValue = (value: string | number): ConditionValue => (value === none ? null : value);

/** What a column offers of itself: its words, yes and no, or what the images have. */
function offered(
  column: KnownColumn,
  facets: GalleryFacets | null,
  names: IndexNames,
): (Pick<FacetOption, 'value' | 'name' | 'meaning'> & { readonly rare?: boolean })[] {
  if (column.words !== undefined) return [...column.words];
  if (column.kind === 'flag') {
    return [
      { value: 1, name: 'Yes' },
      { value: 0, name: 'No' },
    ];
  }
  return (facets?.values[column.id] ?? []).flatMap(({ value }) => {
    if (value === null) return [];
    const index = Number(value);
    const name =
      column.kind === 'label' ? names.label(index) : column.kind === 'class' ? names.class(index) : String(value);
    return [{ value, name }];
  });
}

export function facetOptions(
  column: KnownColumn,
  facets: GalleryFacets | null,
  filter: Filter,
  names: IndexNames,
): readonly FacetOption[] {
  const counts = new Map((facets?.values[column.id] ?? []).map(({ value, count }) => [value ?? none, count]));
  const chosen = new Set(valuesOf(filter, column.id).map((value) => value ?? none));
  const all = offered(column, facets, names);
  if (column.shown.none === true) all.push({ value: none, name: column.missing });
  return all
    .filter(({ value, rare }) => rare !== true || counts.has(value) || chosen.has(value))
    .map((option) => ({ ...option, count: counts.get(option.value) ?? 0, chosen: chosen.has(option.value) }));
}
