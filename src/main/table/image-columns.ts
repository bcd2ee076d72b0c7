/** What is known of the images besides scores, one typed array a column, read from the database once and kept in step with it. */

import { verdictKinds, type VerdictKind } from '../../shared/audit.js';
import { disagreementKinds, type DisagreementKind } from '../../shared/disagreement.js';
import type { SqliteFile } from '../database/sqlite.js';

/** Columns of one image in the order of {@link columnSql}. */
type ColumnRow = readonly [
  id: number,
  label: number | null,
  prediction: number | null,
  top1: number | null,
  topProbability: number | null,
  labelClass: number | null,
  unreadable: number,
  split: string | null,
];

const columnSql =
  'SELECT id, label, prediction, top1, top_probability, label_class, error_code IS NOT NULL, split FROM images';
export const columnsAfterSql = `${columnSql} WHERE id > ? ORDER BY id LIMIT ?`;
export const columnsByIdSql = `${columnSql} WHERE id IN (SELECT value FROM json_each(?))`;
const batch = 20_000;

/** Codes in the kind and verdict columns: 0 for none, then the place in the shared lists. */
export const kindCode = (kind: DisagreementKind | null): number =>
  kind === null ? 0 : disagreementKinds.indexOf(kind) + 1;
export const verdictCode = (kind: VerdictKind | null): number => (kind === null ? 0 : verdictKinds.indexOf(kind) + 1);

/**
 * Columns of all images in id order; -1 stands for null in integer columns, NaN in the others. `size` entries of every
 * array are filled, the rest is room to grow.
 */
export class ImageColumns {
  size = 0;
  id = new Uint32Array(0);
  label = new Int32Array(0);
  /** Row of the stored probabilities, which are of one content and one model. */
  prediction = new Int32Array(0);
  top1 = new Int32Array(0);
  labelClass = new Int32Array(0);
  /** Index into {@link splits}. */
  split = new Int32Array(0);
  unreadable = new Uint8Array(0);
  explained = new Uint8Array(0);
  kind = new Uint8Array(0);
  verdict = new Uint8Array(0);
  /** Whether the verdict carries a note. */
  noted = new Uint8Array(0);
  topProbability = new Float64Array(0);
  verdictTime = new Float64Array(0);
  readonly splits: string[] = [];
  readonly #splitIndex = new Map<string, number>();
  readonly #audit: SqliteFile;

  constructor(audit: SqliteFile) {
    this.#audit = audit;
  }

  /** Reads the images that were added since the last call; returns whether there were any. */
  catchUp(): boolean {
    const before = this.size;
    const query = this.#audit.prepareArrays<ColumnRow>(columnsAfterSql);
    for (;;) {
      const rows = query.all(this.size === 0 ? 0 : (this.id[this.size - 1] ?? 0), batch);
      this.#grow(this.size + rows.length);
      for (const row of rows) this.#write(this.size++, row);
      if (rows.length < batch) return this.size > before;
    }
  }

  /** Reads these images again; those whose prediction or whose label's class is another one than before. */
  refresh(ids: readonly number[]): readonly number[] {
    const rows = this.#audit.prepareArrays<ColumnRow>(columnsByIdSql).all(JSON.stringify(ids));
    const changed: number[] = [];
    for (const row of rows) {
      const slot = this.slotOf(row[0]);
      if (slot === undefined) continue;
      const before = [this.labelClass[slot], this.prediction[slot]];
      this.#write(slot, row);
      if (before[0] !== this.labelClass[slot] || before[1] !== this.prediction[slot]) changed.push(row[0]);
    }
    return changed;
  }

  /** The first slot whose id is at least this; {@link size} where none is. */
  firstFrom(id: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.id[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where an image stands in the arrays. */
  slotOf(id: number): number | undefined {
    let low = 0;
    let high = this.size - 1;
    // Ids are dense unless images were removed, so the first guess is nearly always right.
    let middle = Math.min(high, id - (this.id[0] ?? 0));
    while (low <= high && middle >= 0) {
      const found = this.id[middle] ?? 0;
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
      middle = (low + high) >> 1;
    }
    return undefined;
  }

  /** The prediction contradicts the label. */
  disagrees(slot: number): boolean {
    const labelClass = this.labelClass[slot] ?? -1;
    const top1 = this.top1[slot] ?? -1;
    return labelClass >= 0 && top1 >= 0 && labelClass !== top1;
  }

  /** The prediction is the label. */
  agrees(slot: number): boolean {
    const labelClass = this.labelClass[slot] ?? -1;
    return labelClass >= 0 && labelClass === this.top1[slot];
  }

  /** Place in the words of the column 'state': 0 for a disagreement, 1 for an agreement, 2 for an unreadable file, -1 for none of them. */
  state(slot: number): number {
    if (this.disagrees(slot)) return 0;
    if (this.agrees(slot)) return 1;
    return this.unreadable[slot] === 1 ? 2 : -1;
  }

  #write(slot: number, row: ColumnRow): void {
    this.id[slot] = row[0];
    this.label[slot] = row[1] ?? -1;
    this.prediction[slot] = row[2] ?? -1;
    this.top1[slot] = row[3] ?? -1;
    this.topProbability[slot] = row[4] ?? NaN;
    this.labelClass[slot] = row[5] ?? -1;
    this.unreadable[slot] = row[6];
    this.split[slot] = row[7] === null ? -1 : this.#splitOf(row[7]);
  }

  #splitOf(name: string): number {
    let index = this.#splitIndex.get(name);
    if (index === undefined) {
      index = this.splits.push(name) - 1;
      this.#splitIndex.set(name, index);
    }
    return index;
  }

  #grow(size: number): void {
    if (size <= this.id.length) return;
    const room = Math.max(size, Math.ceil(this.id.length * 1.5));
    this.id = widen(this.id, new Uint32Array(room));
    this.label = widen(this.label, new Int32Array(room));
    this.prediction = widen(this.prediction, new Int32Array(room));
    this.top1 = widen(this.top1, new Int32Array(room));
    this.labelClass = widen(this.labelClass, new Int32Array(room));
    this.split = widen(this.split, new Int32Array(room));
    this.unreadable = widen(this.unreadable, new Uint8Array(room));
    this.explained = widen(this.explained, new Uint8Array(room));
    this.kind = widen(this.kind, new Uint8Array(room));
    this.verdict = widen(this.verdict, new Uint8Array(room));
    this.noted = widen(this.noted, new Uint8Array(room));
    this.topProbability = widen(this.topProbability, new Float64Array(room));
    this.verdictTime = widen(this.verdictTime, new Float64Array(room).fill(NaN));
  }
}

function widen<Column extends { set(values: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
