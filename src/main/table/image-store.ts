/** The stored columns of all images: read from the chunks on disk as they are asked for, and written together with the memory in one transaction. */

import { chunkIds, chunkOf, Chunks, noModel, placeOf } from '../database/chunks.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { Backing, ColumnArray, Numbers } from './column-array.js';
import type { FileNames } from './file-names.js';
import type { StoredNames } from './name-bytes.js';
import { type ImageColumns, type StoredFacts, type StoredPredictions } from './image-columns.js';
import { chunksOf, runsIn, slotsOf } from './chunk-slots.js';
import { keepRanks, keptRanks } from './kept-ranks.js';
import { packNames, unpackNames } from './name-chunk.js';

type FactName = keyof StoredFacts;
type PredictionName = keyof StoredPredictions;
export type StoredName = FactName | PredictionName;

/** Columns that are looked at one image at a time and lie on disk only, with their numbers an image (float64). */
const coldColumns = { view: 4 } as const;
type ColdName = keyof typeof coldColumns;

const names = 'file';
const nextKey = 'next-image';

/** Writes images within one transaction; what is written lies in memory at once. */
export interface ImageEdit {
  /** Appends an image of this name; returns its slot. */
  append(file: string): number;
  set(column: StoredName, slot: number, value: number | null): void;
  setRow(column: StoredName, slot: number, values: ArrayLike<number>): void;
  clear(column: StoredName, slot: number): void;
  setCold(column: ColdName, slot: number, values: Float64Array): void;
  clearCold(column: ColdName, slot: number): void;
  /** Index of a split, made where it is new. */
  split(name: string): number;
  /** Takes these images away; slots mean others from the end of the edit on. */
  remove(slots: readonly number[]): void;
}

export class ImageStore {
  readonly #audit: SqliteFile;
  readonly #chunks: Chunks;
  readonly #facts: ImageColumns;
  readonly #names: FileNames;
  #model = noModel;
  #editing: Edit | null = null;
  #lost: () => void = () => undefined;

  constructor(audit: SqliteFile, facts: ImageColumns, fileNames: FileNames) {
    this.#audit = audit;
    this.#chunks = new Chunks(audit);
    this.#facts = facts;
    this.#names = fileNames;
  }

  /** `listener` hears that what lies in memory was read anew, because the disk refused what was written or images went: slots mean others. */
  onReload(listener: () => void): void {
    this.#lost = listener;
  }

  /** Reads which images there are, their names, and what follows from their columns under this model; the columns stay on disk. */
  load(model: number): void {
    const facts = this.#facts;
    facts.clear();
    this.#names.keep(new Uint8Array(this.#names.size));
    this.#loadSplits();
    const chunks = this.#chunks.list(names, noModel);
    facts.reserve(chunks.length * chunkIds);
    this.#names.reserve(chunks.length * chunkIds, this.#chunks.bytesOf(names, noModel));
    for (const chunk of chunks) this.#loadChunk(chunk);
    for (const { image } of this.#audit.prepare<{ image: number }>('SELECT image FROM problems').all()) {
      const slot = facts.slotOf(image);
      if (slot !== undefined) facts.unreadable[slot] = 1;
    }
    this.#leave(facts.facts, noModel);
    this.loadModel(model);
    const ranks = keptRanks(this.#audit, facts);
    if (ranks !== null) this.#names.putRanks(ranks);
  }

  /** Puts the names in order where they are not, and keeps that; what was done is lost where images come or go meanwhile. */
  *order(): Generator<void> {
    const isOrdered = (): boolean => this.#names.isOrdered;
    if (isOrdered()) return;
    yield* this.#names.ordering();
    if (isOrdered()) keepRanks(this.#audit, this.#facts, this.#names.ranks());
  }

  /** The predictions of this model stand in place of those there are. */
  loadModel(model: number): void {
    const facts = this.#facts;
    this.#model = model;
    this.#leave(facts.predictions, model);
    for (const chunk of chunksOf(facts)) facts.deriveChunk(chunk, runsIn(facts, chunk));
  }

  /**
   * Runs `work` in one transaction (or in that under way) and keeps what it writes. Where that fails, the memory is read anew from the disk.
   */
  edit<Result>(work: (edit: ImageEdit) => Result): Result {
    const outer = this.#editing;
    if (outer !== null) return work(outer);
    const edit = new Edit(this.#facts, this.#names, this.#audit, this.#chunks, this.#model);
    this.#editing = edit;
    try {
      const result = this.#audit.transaction(() => {
        const made = work(edit);
        edit.write();
        return made;
      });
      this.#editing = null;
      if (edit.removed) this.#reload();
      return result;
    } catch (error) {
      this.#editing = null;
      this.#reload();
      throw error;
    }
  }

  /** The values of an image in a column that is not in memory; undefined where there are none. */
  cold(column: ColdName, slot: number): Float64Array | undefined {
    const id = this.#facts.id[slot] ?? 0;
    const packed = this.#editing?.coldChunk(column, chunkOf(id)) ?? this.#chunks.read(column, noModel, chunkOf(id));
    if (packed === undefined) return undefined;
    const width = coldColumns[column];
    const values = new Float64Array(width);
    const from = placeOf(id) * width * Float64Array.BYTES_PER_ELEMENT;
    if (from >= packed.byteLength) return undefined;
    new Uint8Array(values.buffer).set(packed.subarray(from, from + values.byteLength));
    return values.some(Number.isNaN) ? undefined : values;
  }

  #reload(): void {
    this.load(this.#model);
    this.#lost();
  }

  #loadSplits(): void {
    for (const { name } of this.#audit.prepare<{ name: string }>('SELECT name FROM splits ORDER BY id').all()) {
      this.#facts.splits.push(name);
    }
  }

  #loadChunk(chunk: number): void {
    const packed = this.#chunks.read(names, noModel, chunk);
    if (packed === undefined) return;
    const { places, names: stored } = unpackNames(packed);
    for (const place of places) this.#facts.appendStored(chunk * chunkIds + place);
    this.#names.append(stored);
  }

  #leave(columns: StoredFacts | StoredPredictions, model: number): void {
    const chunks = chunksOf(this.#facts);
    for (const [name, column] of Object.entries(columns) as [string, ColumnArray<Numbers>][]) {
      const backing: Backing = {
        read: (chunk) => this.#chunks.read(name, model, chunk),
        chunkAt: (slot) => chunkOf(this.#facts.id[slot] ?? 0),
        runs: (chunk) => runsIn(this.#facts, chunk),
      };
      column.leave(backing, chunks);
    }
  }
}

/** Those of the names that are kept. */
function only({ bytes, lengths }: StoredNames, kept: readonly boolean[]): StoredNames {
  const some: Uint8Array[] = [];
  let from = 0;
  for (const [index, length] of lengths.entries()) {
    if (kept[index] === true) some.push(bytes.subarray(from, from + length));
    from += length;
  }
  return { bytes: Buffer.concat(some), lengths: lengths.filter((_, index) => kept[index]) };
}

class Edit implements ImageEdit {
  removed = false;
  readonly #facts: ImageColumns;
  readonly #names: FileNames;
  readonly #audit: SqliteFile;
  readonly #chunks: Chunks;
  readonly #model: number;
  /** Chunks to write, by column. */
  readonly #touched = new Map<StoredName | typeof names, Set<number>>();
  readonly #cold = new Map<ColdName, Map<number, Uint8Array>>();
  readonly #gone = new Set<number>();
  #next: number | null = null;

  constructor(facts: ImageColumns, fileNames: FileNames, audit: SqliteFile, chunks: Chunks, model: number) {
    this.#facts = facts;
    this.#names = fileNames;
    this.#audit = audit;
    this.#chunks = chunks;
    this.#model = model;
  }

  append(file: string): number {
    this.#next ??= this.#readNext();
    const slot = this.#facts.append(this.#next);
    this.#next += 1;
    this.#names.add(file);
    this.#touch(names, slot);
    return slot;
  }

  set(column: StoredName, slot: number, value: number | null): void {
    this.#column(column).set(slot, value);
    this.#touch(column, slot);
  }

  setRow(column: StoredName, slot: number, values: ArrayLike<number>): void {
    this.#column(column).setRow(slot, values);
    this.#touch(column, slot);
  }

  clear(column: StoredName, slot: number): void {
    this.#column(column).clearRow(slot);
    this.#touch(column, slot);
  }

  setCold(column: ColdName, slot: number, values: Float64Array): void {
    const id = this.#facts.id[slot] ?? 0;
    const width = coldColumns[column];
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#coldToWrite(column, chunkOf(id)).set(bytes, placeOf(id) * width * Float64Array.BYTES_PER_ELEMENT);
  }

  clearCold(column: ColdName, slot: number): void {
    this.setCold(column, slot, new Float64Array(coldColumns[column]).fill(NaN));
  }

  split(name: string): number {
    const known = this.#facts.splitOf(name);
    if (known !== undefined) return known;
    const index = this.#facts.splits.push(name) - 1;
    this.#audit.prepare<never>('INSERT INTO splits (id, name) VALUES (?, ?)').run(index, name);
    return index;
  }

  remove(slots: readonly number[]): void {
    for (const slot of slots) {
      this.#gone.add(slot);
      this.#touch(names, slot);
    }
  }

  coldChunk(column: ColdName, chunk: number): Uint8Array | undefined {
    return this.#cold.get(column)?.get(chunk);
  }

  /** Writes the chunks that were touched. */
  write(): void {
    for (const [column, chunks] of this.#touched) {
      for (const chunk of chunks) {
        if (column === names) this.#writeNames(chunk);
        else this.#writeColumn(column, chunk);
      }
    }
    for (const [column, chunks] of this.#cold) {
      for (const [chunk, packed] of chunks) this.#chunks.write(column, noModel, chunk, packed);
    }
    if (this.#next !== null) {
      this.#audit
        .prepare<never>('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
        .run(nextKey, String(this.#next));
    }
    this.removed = this.#gone.size > 0;
  }

  #writeNames(chunk: number): void {
    const [first, end] = slotsOf(this.#facts, chunk);
    const stored = this.#names.bytesOf(first, end);
    const kept = Array.from(stored.lengths, (_, index) => !this.#gone.has(first + index));
    const places = Array.from(stored.lengths, (_, index) => placeOf(this.#facts.id[first + index] ?? 0));
    if (!kept.includes(true)) this.#chunks.remove(chunk);
    else
      this.#chunks.write(
        names,
        noModel,
        chunk,
        packNames(
          places.filter((_, index) => kept[index]),
          only(stored, kept),
        ),
      );
  }

  #writeColumn(column: StoredName, chunk: number): void {
    const runs = runsIn(this.#facts, chunk);
    const model = isFact(this.#facts, column) ? noModel : this.#model;
    this.#chunks.write(column, model, chunk, this.#column(column).pack(runs));
  }

  #coldToWrite(column: ColdName, chunk: number): Uint8Array {
    const chunks = this.#cold.get(column) ?? new Map<number, Uint8Array>();
    this.#cold.set(column, chunks);
    const known = chunks.get(chunk);
    if (known !== undefined) return known;
    const values = new Float64Array(chunkIds * coldColumns[column]).fill(NaN);
    const packed = new Uint8Array(values.buffer);
    const kept = this.#chunks.read(column, noModel, chunk);
    if (kept !== undefined && kept.byteLength <= packed.byteLength) packed.set(kept);
    chunks.set(chunk, packed);
    return packed;
  }

  #column(name: StoredName): ColumnArray<Numbers> {
    return columnOf(this.#facts, name);
  }

  #touch(column: StoredName | typeof names, slot: number): void {
    const chunks = this.#touched.get(column) ?? new Set<number>();
    this.#touched.set(column, chunks);
    chunks.add(chunkOf(this.#facts.id[slot] ?? 0));
  }

  /** Ids are never given out again: pictures are cached by them. */
  #readNext(): number {
    const kept = this.#audit.prepare<{ value: string }>('SELECT value FROM meta WHERE key = ?').get(nextKey);
    return kept === undefined ? 1 : Number(kept.value);
  }
}

function columnOf({ facts, predictions }: ImageColumns, name: StoredName): ColumnArray<Numbers> {
  // Which kind of numbers a column has is known to who writes it.
  const columns: Readonly<Record<string, unknown>> = name in facts ? facts : predictions;
  return columns[name] as ColumnArray<Numbers>;
}

function isFact({ facts }: ImageColumns, column: StoredName): column is FactName {
  return column in facts;
}
