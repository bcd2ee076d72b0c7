/** Proposes which model class each dataset label means: by name, by synset, by position; and asks where it is not sure. */

import { Suggestions } from './suggestions.js';
import { classIndex, type ClassIndex, labelIndex, type MappingRow } from '../../shared/audit.js';
import {
  type ClassOrder,
  type NamedOutputs,
  onlyNumbered,
  orderQuestion,
  positionsIn,
} from '../../shared/class-order.js';
import { AppError } from '../../shared/errors.js';
import { imagenetSynsets } from '../../shared/imagenet-synsets.js';
import { finished, type Progress } from '../../shared/progress.js';

type By = Exclude<MappingRow['by'], 'person'>;
interface Match {
  readonly classIndex: ClassIndex | null;
  readonly by: By;
}

/** What is known of a model's outputs. */
export interface ModelClasses extends NamedOutputs {
  /** Synset ids by class; empty when the files carry none. */
  readonly synsets: readonly string[];
}

const none: Match = { classIndex: null, by: 'none' };
const synsetPrefix = /^(n\d{8})(?:[_\- ]+(.*))?$/;

/** A name however its accents are composed (file systems differ), and a number without the `.0` that tables add. */
function composed(name: string): string {
  return name.normalize('NFC').replace(/^(\d+)\.0+$/, '$1');
}

/** A name without case, underscores and punctuation: `T-shirt/top` and `t_shirt top` are the same. */
function plain(name: string): string {
  return composed(name)
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}

/** @param index not below those that were added before */
function add(table: Map<string, number[]>, key: string, index: number): void {
  if (key === '') return;
  const known = table.get(key);
  if (known === undefined) table.set(key, [index]);
  else if (known.at(-1) !== index) known.push(index);
}

/** Finds classes by what they are called; built once a model. */
class ClassNames {
  readonly #exact = new Map<string, number[]>();
  readonly #whole = new Map<string, number[]>();
  readonly #parts = new Map<string, number[]>();

  constructor(classes: readonly string[]) {
    for (const [index, name] of classes.entries()) {
      add(this.#exact, composed(name), index);
      add(this.#whole, plain(name), index);
      // 'hognose snake, puff adder, sand viper' is three names of one class.
      for (const part of name.split(',')) add(this.#parts, plain(part), index);
    }
  }

  /** All classes that fit best: exact before whole name before one of several names. */
  find(name: string): readonly number[] {
    const key = plain(name);
    return this.#exact.get(composed(name)) ?? this.#whole.get(key) ?? this.#parts.get(key) ?? [];
  }

  /** All classes that have this among their names. */
  all(name: string): readonly number[] {
    return this.#parts.get(plain(name)) ?? [];
  }
}

/** Knows where a synset lies among the model's classes. */
class Synsets {
  readonly #places: ReadonlyMap<string, number>;

  constructor(model: ModelClasses) {
    // A model of so many classes is taken for one of ImageNet-1k.
    const imagenet = model.classes.length === imagenetSynsets.length ? imagenetSynsets : [];
    const order = model.synsets.length > 0 ? model.synsets : imagenet;
    this.#places = new Map(order.map((synset, place) => [synset, place]));
  }

  place(synset: string): number | undefined {
    return this.#places.get(synset);
  }
}

function bySynset(label: string, names: ClassNames, synsets: Synsets): Match {
  const parsed = synsetPrefix.exec(label);
  if (parsed === null) return none;
  const place = synsets.place(parsed[1] ?? '');
  const named = parsed[2] === undefined ? [] : names.all(parsed[2]);
  // The name has the last word where it is clear: a model of 1,000 classes need not be in ImageNet's order.
  const only = named.length === 1 ? named[0] : undefined;
  if (only !== undefined && only !== place) return { classIndex: classIndex(only), by: 'name' };
  if (place !== undefined && named.length > 0 && !named.includes(place)) return none;
  return place === undefined ? none : { classIndex: classIndex(place), by: 'synset' };
}

function byName(label: string, names: ClassNames): Match {
  const found = names.find(label);
  const [only] = found;
  return found.length === 1 && only !== undefined ? { classIndex: classIndex(only), by: 'name' } : none;
}

function byPosition(place: number | undefined): Match {
  return place === undefined ? none : { classIndex: classIndex(place), by: 'position' };
}

/** Finds single classes by name or synset; null where none fits, or several equally well. Built once a model. */
export function classFinder(model: ModelClasses): (text: string) => ClassIndex | null {
  const names = new ClassNames(model.classes);
  const synsets = new Synsets(model);
  return (text) => byName(text, names).classIndex ?? bySynset(text, names, synsets).classIndex;
}

/**
 * One row a label, in order. Labels such as `n02012849_crane` are told apart by the order of ImageNet's synsets although
 * two classes bear that name. A label that fits no class, or several equally well, stays open (`by: 'none'`): a person decides.
 * Where one class has a similar name it is put as a question (`suggestion`); plurals are, too: glasses are no glass.
 * Positions are a guess, taken where names cannot tell and the model's kind makes one order likely; see {@link orderQuestion}.
 */
export function proposeMapping(labels: readonly string[], model: ModelClasses): readonly MappingRow[] {
  return finished(proposingMapping(labels, model));
}

/** {@link proposeMapping} with a pause after each label: twenty thousand foreign names take seconds. */
export function* proposingMapping(
  labels: readonly string[],
  model: ModelClasses,
): Generator<Progress, readonly MappingRow[], void> {
  const names = new ClassNames(model.classes);
  const synsets = new Synsets(model);
  const named = !onlyNumbered(model.classes);
  const positions = orderQuestion(labels, model)?.likely?.positions;
  // Built for the first label that needs it: comparing names is the slowest part.
  let suggestions: Suggestions | undefined;
  const proposed = (labelName: string, place: number): MappingRow => {
    const tries = [
      () => byName(labelName, names),
      () => bySynset(labelName, names, synsets),
      () => byPosition(positions?.[place]),
    ];
    const match = tries.map((attempt) => attempt()).find((result) => result.classIndex !== null);
    if (match !== undefined) return { label: labelIndex(place), labelName, ...match };
    const suggestion = named ? (suggestions ??= new Suggestions(model.classes, plain)).find(labelName) : undefined;
    return { label: labelIndex(place), labelName, ...none, ...(suggestion === undefined ? {} : { suggestion }) };
  };
  const rows: MappingRow[] = [];
  for (const [place, labelName] of labels.entries()) {
    yield { done: place, total: labels.length };
    rows.push(proposed(labelName, place));
  }
  return rows;
}

/**
 * The rows as a person says that the outputs are ordered; what names and synsets tell stays.
 * @throws AppError `BAD_USAGE` where labels and outputs cannot be in that order.
 */
export function orderMapping(
  rows: readonly MappingRow[],
  model: ModelClasses,
  order: ClassOrder,
): readonly MappingRow[] {
  const labels = rows.map((row) => row.labelName);
  const positions = positionsIn(order, labels, model);
  if (positions === null) {
    throw new AppError(
      'BAD_USAGE',
      order === 'number'
        ? `The labels are not all numbers from 0 to ${model.classes.length - 1}, so they cannot be matched to classes by number.`
        : `The labels cannot be matched to classes by their order: there are ${labels.length} labels and ${model.classes.length} classes${onlyNumbered(model.classes) ? '' : ', and the classes have names'}.`,
      'Say which class each label means in a mapping file.',
    );
  }
  return rows.map((row, at) => {
    const place = positions[at];
    if (row.by === 'name' || row.by === 'synset' || place === undefined) return row;
    const { label, labelName } = row;
    return { label, labelName, classIndex: classIndex(place), by: 'person' };
  });
}

/** The rows with a person's choices put in; choices for labels that do not exist are ignored. */
export function changeMapping(
  rows: readonly MappingRow[],
  changes: readonly Pick<MappingRow, 'label' | 'classIndex'>[],
): readonly MappingRow[] {
  const wished = new Map(changes.map((change) => [change.label, change.classIndex]));
  return rows.map((row) => {
    const wish = wished.get(row.label);
    if (wish === undefined || wish === row.classIndex) return row;
    const { label, labelName } = row;
    return { label, labelName, classIndex: wish, by: 'person' };
  });
}

/** {@link changeMapping} with what stands in a mapping file: what it repeats of a match by position is no guess any more. */
export function confirmMapping(
  rows: readonly MappingRow[],
  choices: readonly Pick<MappingRow, 'label' | 'classIndex'>[],
): readonly MappingRow[] {
  const named = new Set(choices.map(({ label }) => label));
  return changeMapping(rows, choices).map((row) =>
    row.by === 'position' && named.has(row.label) ? { ...row, by: 'person' } : row,
  );
}
