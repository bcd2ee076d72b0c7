/** Names of labels and classes as people read them: without WordNet ids, wherever that leaves each name to one of them only. */

import type { MappingRow } from './audit.js';

/** `n01440764`, `n01440764 tench` and `n01440764_tench`. */
const withId = /^(n\d{8})(?:[\s_-]+(\S.*))?$/;

/** What a name says besides its WordNet id, in words; empty for a bare id, null without one. */
function wordsOf(name: string): string | null {
  const match = withId.exec(name.trim());
  return match === null ? null : (match[2] ?? '').replaceAll('_', ' ').trim();
}

/** A name that says something, or the other. */
function orElse(name: string | null | undefined, other: string): string {
  return name === undefined || name === null || name === '' ? other : name;
}

/** How often each name is there. */
function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/**
 * One name to read for each of `names`, in order. What a bare id means is told by `meaning`. Names that would become equal
 * keep their ids, and so does an id of unknown meaning.
 */
export function withoutIds(
  names: readonly string[],
  meaning: (index: number) => string | undefined = () => undefined,
): string[] {
  const shortened = names.map((name, index) => {
    const words = wordsOf(name);
    return words === null ? name : words === '' ? orElse(meaning(index), name) : words;
  });
  const first = countsOf(shortened);
  const apart = shortened.map((short, index) => {
    const name = names[index] ?? short;
    if (short === name || first.get(short) === 1) return short;
    return wordsOf(name) === '' ? `${name} ${short}` : name;
  });
  const second = countsOf(apart);
  return apart.map((name, index) => (second.get(name) === 1 ? name : (names[index] ?? name)));
}

/** The first of the names that a class has: `hognose snake` of 'hognose snake, puff adder, sand viper'. */
export function firstName(name: string): string {
  const [first = ''] = name.split(', ');
  return first.trim() === '' ? name : first.trim();
}

/** The first of each name's synonyms where that leaves each to one of them only. */
function shortNames(names: readonly string[]): string[] {
  const shortened = names.map(firstName);
  const counts = countsOf(shortened);
  return shortened.map((short, index) => (counts.get(short) === 1 ? short : (names[index] ?? short)));
}

/** What a label is called in a sentence about classes: as its class where it has the class's name, else in full. */
export function labelInSentence(label: string, labelClass: number | null, names: ReadableNames): string {
  return labelClass !== null && names.classes[labelClass] === label ? (names.shortClasses[labelClass] ?? label) : label;
}

/** How the labels of a project and the classes of its model are read. */
export interface ReadableNames {
  /** By label index. */
  readonly labels: readonly string[];
  /** By class index. */
  readonly classes: readonly string[];
  /** The same without synonyms, for sentences: by the first name, where no other class has it. */
  readonly shortClasses: readonly string[];
  /** A label as it is stored with a verdict. */
  readonly stored: (label: string) => string;
}

/** What {@link readableNames} reads of a project. */
export interface NamedProject {
  readonly labels: readonly string[];
  readonly model: { readonly classes: readonly string[] };
  readonly mapping: readonly Pick<MappingRow, 'label' | 'classIndex'>[];
}

/** The names of a project; a label that is a bare id is called as the class it maps to. */
export function readableNames({ labels, model, mapping }: NamedProject): ReadableNames {
  const classes = withoutIds(model.classes);
  const classOf = new Map<number, number | null>(mapping.map((row) => [row.label, row.classIndex]));
  const readable = withoutIds(labels, (label) => {
    const meant = classOf.get(label) ?? null;
    return meant === null ? undefined : classes[meant];
  });
  const storedLabels = new Map(labels.map((label, index) => [label, readable[index] ?? label]));
  return {
    labels: readable,
    classes,
    shortClasses: shortNames(classes),
    stored: (label) => storedLabels.get(label) ?? orElse(wordsOf(label), label),
  };
}
