/** A table of made-up images that changes at random, and what is filtered, ordered and counted over it written down in plain words. */

import { FileNames } from '../../../src/main/table/file-names.js';
import { Followers } from '../../../src/main/table/followers.js';
import { ImageColumns } from '../../../src/main/table/image-columns.js';
import type { ImageTable } from '../../../src/main/table/image-table.js';
import { disagreementKinds } from '../../../src/shared/disagreement.js';
import { type ColumnId, columnOf, isScore, type ScoreId, scoreColumns } from '../../../src/shared/columns.js';
import {
  type Condition,
  type ConditionValue,
  type Filter,
  histogramBins,
  type Order,
} from '../../../src/shared/query.js';
import type { Random } from '../../../src/shared/seeded-random.js';
import { verdictStates } from '../../../src/shared/verdict-kinds.js';

export const classes = ['cat', 'dog', 'owl', 'fox'];
const splits = ['train', 'val', 'test'];
const words = ['cat', 'Owl', 'z', '猫', 'Ж', 'x1'];

export class MadeUpTable implements ImageTable {
  readonly facts = new ImageColumns();
  readonly files = new FileNames();
  readonly followers = new Followers(this.facts);
  readonly #values = new Map<ScoreId, Float64Array>();
  readonly #random: Random;

  constructor(random: Random, images: number) {
    this.#random = random;
    this.#grow(images);
  }

  readonly scores = { values: (id: ScoreId): Float64Array => this.#values.get(id) ?? new Float64Array() };

  readonly names = {
    search: (text: string) => {
      const wanted = text.toLowerCase();
      const hits = Uint8Array.from(classes, (name) => (name.includes(wanted) ? 1 : 0));
      return { files: this.files.containing(text), labels: hits, classes: hits };
    },
    fileRanks: () => this.files.ranks(),
  };

  get slots(): readonly number[] {
    return Array.from({ length: this.facts.size }, (_, slot) => slot);
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** Something happens, and followers hear of it. */
  happen(): void {
    const kind = this.#random();
    if (kind < 0.1) {
      const before = this.facts.size;
      this.#grow(1 + this.below(this.#random() < 0.2 ? 40 : 3));
      this.followers.added(before, this.facts.size);
    } else if (kind < 0.17) {
      const scores = scoreColumns.map(({ id }) => id).filter(() => this.#random() < 0.2);
      this.followers.all(() => {
        for (const id of scores) for (const slot of this.slots) this.#setScore(id, slot);
      }, scores);
    } else if (kind < 0.2) {
      this.followers.all(() => {
        for (const slot of this.slots) this.#write(slot);
      });
    } else this.#change(kind < 0.9 ? 1 + this.below(4) : this.below(this.facts.size));
  }

  #change(count: number): void {
    const slots = Array.from({ length: count }, () => this.below(this.facts.size));
    const isSmall = this.#random() < 0.5;
    this.followers.change(slots, () => {
      for (const slot of slots) {
        if (isSmall) this.#judge(slot);
        else this.#write(slot);
      }
      // A change within a change, of some of them, seldom of others too.
      const within = slots.slice(0, this.below(3));
      if (this.#random() < 0.1) within.push(this.below(this.facts.size));
      this.followers.change(within, () => {
        for (const slot of within) this.#setScore('loss', slot);
      });
      if (this.#random() < 0.1) {
        this.followers.all(() => {
          for (const slot of this.slots) this.#setScore('label-issue', slot);
        }, ['label-issue']);
      }
    });
  }

  #grow(images: number): void {
    const { facts } = this;
    const before = facts.size;
    for (const { id } of scoreColumns) {
      const values = new Float64Array(before + images);
      values.set(this.#values.get(id) ?? []);
      this.#values.set(id, values);
    }
    for (let image = 0; image < images; image += 1) {
      // Some ids are missing, as after images were removed.
      const slot = facts.append((facts.id[facts.size - 1] ?? 0) + 1 + this.below(2));
      this.files.add(`${words[this.below(words.length)] ?? ''}/${String(this.below(1000))}-${String(slot)}`);
      this.#write(slot);
    }
  }

  #judge(slot: number): void {
    const { facts } = this;
    facts.verdict[slot] = this.below(verdictStates.length + 1);
    facts.verdictTime[slot] = facts.verdict[slot] === 0 ? NaN : this.below(5);
  }

  #write(slot: number): void {
    const { facts } = this;
    facts.label[slot] = this.below(classes.length + 1) - 1;
    facts.top1[slot] = this.below(classes.length + 1) - 1;
    facts.labelClass[slot] = (facts.label[slot] ?? -1) % 3;
    facts.topProbability[slot] = (facts.top1[slot] ?? -1) < 0 ? NaN : Math.fround(this.#random());
    facts.unreadable[slot] = this.below(2);
    facts.explained[slot] = this.below(2);
    facts.kind[slot] = this.below(disagreementKinds.length + 1);
    const split = this.below(splits.length + 1) - 1;
    const name = splits[split];
    if (name !== undefined && !facts.splits.includes(name)) facts.splits.push(name);
    facts.split[slot] = name === undefined ? -1 : facts.splits.indexOf(name);
    this.#judge(slot);
    for (const { id } of scoreColumns) this.#setScore(id, slot);
  }

  #setScore(id: ScoreId, slot: number): void {
    const { kind } = columnOf(id);
    const whole = kind === 'class' ? classes.length : kind === 'flag' ? 2 : 0;
    const value =
      this.#random() < 0.2 ? NaN : whole > 0 ? this.below(whole) : Math.round(this.#random() * 40) / 20 - 0.5;
    const values = this.#values.get(id);
    if (values !== undefined) values[slot] = value;
  }
}

/** The value that an image has in a column, as a condition names it; a figure in a column of figures. */
export function valueAt(table: MadeUpTable, column: ColumnId, slot: number): ConditionValue {
  const { facts } = table;
  const known = (value: number | undefined): number | null => (value === undefined || value < 0 ? null : value);
  const figure = (value: number | undefined): number | null =>
    value === undefined || Number.isNaN(value) ? null : value;
  if (isScore(column)) return figure(table.scores.values(column)[slot]);
  const [labelClass, top1] = [known(facts.labelClass[slot]), known(facts.top1[slot])];
  switch (column) {
    case 'state':
      if (labelClass !== null && top1 !== null) return labelClass === top1 ? 'agree' : 'disagree';
      return facts.unreadable[slot] === 1 ? 'unreadable' : null;
    case 'verdict':
      return verdictStates[(facts.verdict[slot] ?? 0) - 1] ?? null;
    case 'disagreement':
      return disagreementKinds[(facts.kind[slot] ?? 0) - 1] ?? null;
    case 'label':
      return known(facts.label[slot]);
    case 'prediction':
      return top1;
    case 'split':
      return facts.splits[facts.split[slot] ?? -1] ?? null;
    case 'top-probability':
      return figure(facts.topProbability[slot]);
    case 'verdict-time':
      return figure(facts.verdictTime[slot]);
    case 'file':
      return table.files.ranks()[slot] ?? null;
    case 'suspicion': {
      if (top1 === null) return null;
      const own = table.scores.values('self-confidence')[slot] ?? NaN;
      const believed = Number.isNaN(own) ? 1 : own;
      if (labelClass === null) return 4 + (facts.topProbability[slot] ?? NaN);
      return labelClass === top1 ? 2 + believed : believed;
    }
    case 'text':
      return null;
  }
}

function holds(table: MadeUpTable, { column, op, value }: Condition, slot: number): boolean {
  if (op === 'has') {
    const text = String(value).trim().toLowerCase();
    const name = (index: number | undefined): string => classes[index ?? -1] ?? '';
    const texts = [table.files.at(slot), name(table.facts.label[slot]), name(table.facts.top1[slot])];
    return texts.some((one) => one.toLowerCase().includes(text));
  }
  const own = valueAt(table, column, slot);
  if (op === 'is') return own === value;
  if (typeof own !== 'number' || typeof value !== 'number') return false;
  return { '<': own < value, '<=': own <= value, '>': own > value, '>=': own >= value }[op];
}

/** Whether an image passes all conditions on columns other than `apart`. */
function passes(table: MadeUpTable, filter: Filter, slot: number, apart?: ColumnId): boolean {
  const same = new Map<ColumnId, boolean>();
  for (const condition of filter) {
    if (condition.column === apart) continue;
    const isHeld = holds(table, condition, slot);
    if (condition.op === 'is') same.set(condition.column, (same.get(condition.column) ?? false) || isHeld);
    else if (!isHeld) return false;
  }
  return [...same.values()].every((isHeld) => isHeld);
}

/** Words are in the order of their column, not of the alphabet. */
function rank(table: MadeUpTable, column: ColumnId, value: ConditionValue): number | null {
  if (typeof value !== 'string') return value;
  const { words: known } = columnOf(column);
  return known === undefined ? table.facts.splits.indexOf(value) : known.findIndex((word) => word.value === value);
}

export function selected(table: MadeUpTable, filter: Filter, { by, descending }: Order): number[] {
  const key = (slot: number): number | null => rank(table, by, valueAt(table, by, slot));
  const compare = (a: number, b: number): number => {
    const [one, other] = [key(a), key(b)];
    if (one === null || other === null) return one === other ? a - b : one === null ? 1 : -1;
    return (descending ? other - one : one - other) || a - b;
  };
  return table.slots
    .filter((slot) => passes(table, filter, slot))
    .sort(compare)
    .map((slot) => table.facts.id[slot] ?? 0);
}

/** Counts by value of a column of values. */
export function valueCounts(
  table: MadeUpTable,
  filter: Filter,
  column: ColumnId,
): { readonly value: ConditionValue; readonly count: number }[] {
  const counts = new Map<ConditionValue, number>();
  for (const { column: one, op, value } of filter) {
    const exists = column !== 'split' || value === null || table.facts.splits.includes(String(value));
    if (one === column && op === 'is' && exists) counts.set(value, 0);
  }
  for (const slot of table.slots) {
    if (!passes(table, filter, slot, column)) continue;
    const value = valueAt(table, column, slot);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const place = (value: ConditionValue): number => rank(table, column, value) ?? -1;
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => place(a.value) - place(b.value));
}

/** Counts by bin of a column of figures. */
export function rangeCounts(table: MadeUpTable, filter: Filter, column: ColumnId): number[] {
  const [from, to] = columnOf(column).range ?? [0, 1];
  const bins = new Array<number>(histogramBins).fill(0);
  for (const slot of table.slots) {
    const figure = valueAt(table, column, slot);
    if (typeof figure !== 'number' || !passes(table, filter, slot, column)) continue;
    const bin = Math.min(histogramBins - 1, Math.max(0, Math.floor((figure - from) * (histogramBins / (to - from)))));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
}
