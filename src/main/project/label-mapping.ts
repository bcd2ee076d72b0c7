/** Labels of the dataset by name and by the class of the model that each maps to. */

import { type ClassIndex, type LabelIndex, labelIndex, type MappingRow } from '../../shared/audit.js';
import type { ProjectInfo } from './project-info.js';
import type { ClassOfLabel } from '../table/image-columns.js';

/** The class that a label means; null without a label or without a class. */
export function classOfLabel(mapping: readonly MappingRow[], label: LabelIndex | null): ClassIndex | null {
  if (label === null) return null;
  // The rows are in the order of the labels.
  const row = mapping[label]?.label === label ? mapping[label] : mapping.find((other) => other.label === label);
  return row?.classIndex ?? null;
}

export class LabelMapping {
  readonly #labels: readonly string[];
  readonly #rows: readonly MappingRow[];
  readonly #indexes: Map<string, LabelIndex>;
  readonly #classes: (number | null)[];
  #key: string | null = null;

  constructor(info: Pick<ProjectInfo, 'labels' | 'mapping' | 'model'>) {
    this.#labels = info.labels;
    this.#rows = info.mapping;
    this.#indexes = new Map(info.labels.map((name, index) => [name, labelIndex(index)]));
    this.#classes = info.labels.map(() => null);
    const classes = info.model.classes.length;
    for (const { label, classIndex } of info.mapping) {
      if (classIndex === null || classIndex < classes) this.#classes[label] = classIndex;
    }
  }

  /** The model class of a label; null without one. */
  readonly toClass: ClassOfLabel = (label) => (label === null ? null : (this.#classes[label] ?? null));

  indexOf(name: string | null): number | null {
    return name === null ? null : (this.#indexes.get(name) ?? null);
  }

  /** The class of every label as text, to see later whether and where the mapping changed. */
  get key(): string {
    return (this.#key ??= JSON.stringify(this.#classes));
  }

  /** Tells of a label whether its class differs from what it was under an earlier {@link key}. */
  changedSince(key: string | null): (label: number) => boolean {
    const before = key === null ? [] : (JSON.parse(key) as (number | null)[]);
    return (label) => (before[label] ?? null) !== (this.#classes[label] ?? null);
  }

  /** Labels and mapping with the names of these images that are not in the list yet appended, unmapped; null when there are none. */
  withNames(images: readonly { readonly label: string | null }[]): Pick<ProjectInfo, 'labels' | 'mapping'> | null {
    const fresh = new Set<string>();
    for (const { label } of images) if (label !== null && !this.#indexes.has(label)) fresh.add(label);
    if (fresh.size === 0) return null;
    const labels = [...this.#labels, ...fresh];
    const rows = [...fresh].map((labelName, offset): MappingRow => {
      return { label: labelIndex(this.#labels.length + offset), labelName, classIndex: null, by: 'none' };
    });
    return { labels, mapping: [...this.#rows, ...rows] };
  }
}
