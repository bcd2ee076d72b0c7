/** Proposes which model class each dataset label means: by name, by synset, by position; and asks where it is not sure. */

import { Suggestions } from './mapping-suggest.js';
import { imagenetSynsets } from '../../shared/imagenet-synsets.js';
import { classIndex, type ClassIndex, labelIndex, type MappingRow } from '../../shared/audit.js';

type By = Exclude<MappingRow['by'], 'person'>;
interface Match {
  readonly classIndex: ClassIndex | null;
  readonly by: By;
}

/** What is known of a model's outputs. */
export interface ModelClasses {
  readonly classes: readonly string[];
  /** Synset ids by class; empty when the files carry none. */
  readonly synsets: readonly string[];
}

const none: Match = { classIndex: null, by: 'none' };
const synsetPrefix = /^(n\d{8})(?:[_\- ]+(.*))?$/;
/** Names that a file without class names is given: `3`, `class 3`, `LABEL_3`. */
const placeholder = /^(?:class|label)?[ _]*\d+$/i;

/** A name without case, underscores and punctuation: `T-shirt/top` and `t_shirt top` are the same. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function add(table: Map<string, number[]>, key: string, index: number): void {
  if (key === '') return;
  const known = table.get(key);
  if (known === undefined) table.set(key, [index]);
  else if (!known.includes(index)) known.push(index);
}

/** Finds classes by what they are called; built once a model. */
class ClassNames {
  readonly #exact = new Map<string, number[]>();
  readonly #whole = new Map<string, number[]>();
  readonly #parts = new Map<string, number[]>();

  constructor(classes: readonly string[]) {
    for (const [index, name] of classes.entries()) {
      add(this.#exact, name, index);
      add(this.#whole, plain(name), index);
      // 'hognose snake, puff adder, sand viper' is three names of one class.
      for (const part of name.split(',')) add(this.#parts, plain(part), index);
    }
  }

  /** All classes that fit best: exact before whole name before one of several names. */
  find(name: string): readonly number[] {
    const key = plain(name);
    return this.#exact.get(name) ?? this.#whole.get(key) ?? this.#parts.get(key) ?? [];
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

/** Positions are meant when the labels are numbers within the model's outputs, or when the model has no names but as many classes. */
function byPosition(label: string, place: number, labels: readonly string[], classes: readonly string[]): Match {
  if (labels.every((name) => /^\d+$/.test(name) && Number(name) < classes.length)) {
    return { classIndex: classIndex(Number(label)), by: 'position' };
  }
  if (labels.length === classes.length && classes.every((name) => placeholder.test(name))) {
    return { classIndex: classIndex(place), by: 'position' };
  }
  return none;
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
 */
export function proposeMapping(labels: readonly string[], model: ModelClasses): readonly MappingRow[] {
  const names = new ClassNames(model.classes);
  const synsets = new Synsets(model);
  const named = !model.classes.every((name) => placeholder.test(name));
  // Built for the first label that needs it: comparing names is the slowest part.
  let suggestions: Suggestions | undefined;
  return labels.map((labelName, place) => {
    const tries = [
      () => byName(labelName, names),
      () => bySynset(labelName, names, synsets),
      () => byPosition(labelName, place, labels, model.classes),
    ];
    const match = tries.map((attempt) => attempt()).find((result) => result.classIndex !== null);
    if (match !== undefined) return { label: labelIndex(place), labelName, ...match };
    const suggestion = named ? (suggestions ??= new Suggestions(model.classes, plain)).find(labelName) : undefined;
    return { label: labelIndex(place), labelName, ...none, ...(suggestion === undefined ? {} : { suggestion }) };
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
