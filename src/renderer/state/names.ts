/** Between labels and classes: which class a label means, and which label names a class. */

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
