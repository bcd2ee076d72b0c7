/** Rows of the mapping table: what is found by typing, which of them are in view, and classes that bear one name told apart. */

import type { ClassIndex, MappingRow } from '../../shared/audit.js';
import type { MappingChange } from './names.js';
import { suggest } from './suggest.js';

/** Height of a row in pixels; all are alike, so that only those in view need to be drawn. */
export const rowHeight = 32;
/** Rows drawn above and below those in view. */
const spare = 8;

/** What a person narrows the table to. */
export interface MappingFilter {
  readonly text: string;
  readonly openOnly: boolean;
}

/** Rows whose label or class holds the text, labels that begin with it first. */
export function findRows(
  rows: readonly MappingRow[],
  classNames: readonly string[],
  { text, openOnly }: MappingFilter,
): readonly MappingRow[] {
  const kept = openOnly ? rows.filter((row) => row.classIndex === null) : rows;
  if (text.trim() === '') return kept;
  const byLabel = new Map(kept.map((row) => [row.labelName, row]));
  const first = suggest([...byLabel.keys()], text, kept.length).flatMap((name) => byLabel.get(name) ?? []);
  const known = new Set(first);
  const wanted = text.trim().toLowerCase();
  const others = kept.filter((row) => {
    const name = row.classIndex === null ? '' : (classNames[row.classIndex] ?? '');
    return !known.has(row) && name.toLowerCase().includes(wanted);
  });
  return [...first, ...others];
}

/** The rows of `pitch` pixels to be drawn of `count` when the list is scrolled by `top` in a window of `height` pixels. */
export function rowsInView(
  count: number,
  top: number,
  height: number,
  pitch = rowHeight,
): { readonly from: number; readonly to: number } {
  const from = Math.min(count, Math.max(0, Math.floor(top / pitch) - spare));
  return { from, to: Math.min(count, Math.ceil((top + height) / pitch) + spare) };
}

/** Class names that can be told apart: those that several classes bear get their index, as ImageNet's two cranes. */
export function distinctClasses(classes: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of classes) counts.set(name, (counts.get(name) ?? 0) + 1);
  return classes.map((name, index) => ((counts.get(name) ?? 0) > 1 ? `${name} (${String(index)})` : name));
}

/** All rows, with the class of those for which `choose` knows one. */
export function changedRows(
  rows: readonly MappingRow[],
  choose: (row: MappingRow) => ClassIndex | null | undefined,
): MappingChange[] {
  return rows.map((row) => {
    const chosen = choose(row);
    return { label: row.label, classIndex: chosen === undefined ? row.classIndex : chosen };
  });
}
