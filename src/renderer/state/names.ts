/** Between labels and classes: which class a label means, which label names a class, and what a correction may be. */

import type { ClassIndex, LabelIndex, MappingRow } from '../../shared/audit.js';

/** A row of the mapping as a person wants it. */
export interface MappingChange {
  readonly label: LabelIndex;
  readonly classIndex: ClassIndex | null;
}

export function classesByLabel(mapping: readonly MappingRow[]): ReadonlyMap<LabelIndex, ClassIndex | null> {
  return new Map(mapping.map((row) => [row.label, row.classIndex]));
}

/** The first label that maps to each class. */
export function labelsByClass(mapping: readonly MappingRow[]): ReadonlyMap<ClassIndex, LabelIndex> {
  const labels = new Map<ClassIndex, LabelIndex>();
  for (const row of mapping) {
    if (row.classIndex !== null && !labels.has(row.classIndex)) labels.set(row.classIndex, row.label);
  }
  return labels;
}

/** Each name once, in the order of its first place. */
export function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** A label that a correction may be. */
export interface CorrectionOption {
  /** As it is stored and written. */
  readonly label: string;
  /** As it is read. */
  readonly name: string;
}

/** What a correction may be, by its label as it is written. */
export function optionsByLabel(options: readonly CorrectionOption[]): ReadonlyMap<string, CorrectionOption> {
  return new Map(options.map((option) => [option.label, option]));
}

/** Each label once, in the order of its first place; where two would be read alike, as they are written. */
export function distinctOptions(options: readonly CorrectionOption[]): CorrectionOption[] {
  const firsts = new Map<string, CorrectionOption>();
  for (const option of options) if (!firsts.has(option.label)) firsts.set(option.label, option);
  const once = [...firsts.values()];
  const uses = new Map<string, number>();
  for (const { name } of once) uses.set(name, (uses.get(name) ?? 0) + 1);
  return once.map(({ label, name }) => ({ label, name: uses.get(name) === 1 ? name : label }));
}
