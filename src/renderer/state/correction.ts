/** A verdict that waits for its labels: what it proposes, what may be chosen, and what is wrong with a choice. */

import type { ImageRow } from '../../shared/audit.js';
import { count } from '../../shared/figures.js';
import type { Judged } from './judged.js';
import { type CorrectionOption, distinct } from './names.js';
import type { ProjectState } from './project.svelte.js';

export interface Correction extends Judged {
  readonly kind: 'wrong-label' | 'several-labels';
  /** The labels proposed; for a wrong label at most one, which the field is filled with. */
  readonly labels: readonly string[];
  /** Labels to choose from, the model's most probable first. */
  readonly options: readonly CorrectionOption[];
  /** The labels that the images have now, one each; null for none. */
  readonly given: readonly (string | null)[];
}

/** Names that occur most often first. */
function byFrequency(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return distinct(names).sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
}

/**
 * Proposes the best prediction that is not the label, where it is the same for all `rows`; to several labels the label as
 * well. Rows may be missing where they have not come yet: then less is proposed.
 */
export function beginCorrection(
  kind: Correction['kind'],
  judged: Judged,
  rows: readonly ImageRow[],
  project: ProjectState,
): Correction {
  const labelOf = (row: ImageRow): string | null => (row.label === null ? null : (project.labels[row.label] ?? null));
  const tops = rows.map((row) => (row.prediction?.top ?? []).map((entry) => project.correctionTo(entry.classIndex)));
  const given = rows.map(labelOf);
  const rivals = tops.map((labels, index) => labels.find((label) => label !== given[index]));
  const complete = rows.length === judged.ids.length;
  const same = <T>(values: readonly T[]): T | undefined =>
    complete && values.every((value) => value === values[0]) ? values[0] : undefined;
  const rival = same(rivals);
  const label = same(given);
  const named = byFrequency([...rivals.flatMap((name) => name ?? []), ...tops.flat()]);
  const likely = named.flatMap((name) => project.correctionOption(name) ?? []);
  const first = new Set(likely.map((option) => option.label));
  return {
    ...judged,
    kind,
    labels: [
      ...(kind === 'several-labels' && typeof label === 'string' ? [label] : []),
      ...(rival === undefined ? [] : [rival]),
    ],
    options: [...likely, ...project.corrections.filter(({ label: other }) => !first.has(other))],
    given,
  };
}

/** Why these labels make no verdict, and what would; null when they do. */
export function troubleWith(
  { kind, given, ids }: Correction,
  labels: readonly string[],
  name: (label: string) => string,
): string | null {
  const [first] = labels;
  if (kind === 'several-labels') {
    if (labels.length >= 2) return null;
    return first === undefined
      ? 'Name at least two labels, or Esc to give no verdict.'
      : `Name another label besides ${name(first)}, or Esc to give no verdict.`;
  }
  if (first === undefined) return 'Name the right label, or Esc to give no verdict.';
  const already = given.filter((label) => label === first).length;
  if (already === 0) return null;
  return ids.length === 1
    ? `It is labelled ${name(first)} already. Name another label.`
    : `${count(already)} of the ${count(ids.length)} are labelled ${name(first)} already. Let them go first, or name another label.`;
}
