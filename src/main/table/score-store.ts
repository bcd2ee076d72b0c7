/** Scores of all images by one model: a column each, on disk in chunks of images, each with what it was computed from. */

import { createHash } from 'node:crypto';

import { AppError } from '../../shared/errors.js';
import { type ScoreId, scoreColumns, type Scores } from '../../shared/columns.js';
import type { LabelledImage } from '../../shared/statistics/score.js';
import { toBlob } from '../database/blob.js';
import { chunkIds, chunkOf } from '../database/chunks.js';
import type { SqliteFile } from '../database/sqlite.js';
import { ColumnArray, type Run, runsOf } from './column-array.js';
import type { Followers } from './followers.js';
import type { ImageColumns } from './image-columns.js';
import { chunksOf, slotsOf } from './chunk-slots.js';

export const storedBasesSql = 'SELECT score, chunk, basis, length("values") AS bytes FROM scores WHERE model = ?';
export const storedScoresSql = 'SELECT "values" FROM scores WHERE model = ? AND score = ? AND chunk = ?';
const keepSql = `
  INSERT INTO scores (model, score, chunk, basis, "values") VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (model, score, chunk) DO UPDATE SET basis = excluded.basis, "values" = excluded."values"`;

interface StoredBasis {
  readonly score: string;
  readonly chunk: number;
  readonly basis: string;
  /** Of its values, float64 `[chunkIds]` by id. */
  readonly bytes: number;
}

const chunkBytes = chunkIds * Float64Array.BYTES_PER_ELEMENT;
const shape = { of: Float64Array, width: 1, none: NaN } as const;

/** The scores that an image has by itself, and those that depend on the others as well. */
export const ownScores = scoreColumns.flatMap(({ score, ...column }) =>
  score.of === 'one image' ? [{ ...column, score }] : [],
);
export const relativeScores = scoreColumns.flatMap(({ score, ...column }) =>
  score.of === 'all images' ? [{ ...column, score }] : [],
);
const ownIds: readonly ScoreId[] = ownScores.map(({ id }) => id);
const relativeIds: readonly ScoreId[] = relativeScores.map(({ id }) => id);
const isOwn = new Set(ownIds);
const versions = new Map(scoreColumns.map(({ id, version }) => [id, version]));

/** The scores that an image has by itself, from its probabilities. */
export function ownScoresOf({ probabilities, labelClass }: LabelledImage): Scores {
  return Object.fromEntries(ownScores.map(({ id, score }) => [id, score.value(probabilities, labelClass)]));
}

/** The ids that a chunk may hold, both ends included. */
export interface ChunkIds {
  readonly first: number;
  readonly last: number;
}

export const idsOf = (chunk: number): ChunkIds => ({ first: chunk * chunkIds, last: (chunk + 1) * chunkIds - 1 });

/** What is not kept as it would be computed now. */
export interface StaleScores {
  readonly own: ReadonlyMap<number, readonly ScoreId[]>;
  /** These are stale as a whole. */
  readonly relative: readonly ScoreId[];
}

/**
 * Every kept chunk has its basis: the version of the score and a digest of what it was computed from (of each image id, class of the
 * label and prediction; of a relative score those of all images). Only what has the present basis is shown. So nobody has to say what a
 * change makes stale: another label, mapping, content, model or version, and a new score, show in the basis.
 */
export class ScoreStore {
  readonly #audit: SqliteFile;
  readonly #model: number;
  readonly #facts: ImageColumns;
  /** Hear of every score that changes; what changes with an image is told by who changes the image. */
  readonly #followers: Followers;
  readonly #values = new Map<ScoreId, ColumnArray<Float64Array>>();
  /** Basis of what lies in memory, or on disk and would be read, by score and chunk. */
  readonly #bases = new Map<ScoreId, Map<number, string>>();
  /** Digest of the inputs of every chunk, and of all of them. */
  readonly #digests = new Map<number, string>();
  #whole: string | undefined;
  /** Scores that lie in memory only, by chunk. */
  readonly #unsaved = new Map<number, Set<ScoreId>>();
  #size = 0;

  constructor(audit: SqliteFile, model: number, facts: ImageColumns, followers: Followers) {
    this.#audit = audit;
    this.#model = model;
    this.#facts = facts;
    this.#followers = followers;
    for (const { id } of scoreColumns) {
      this.#bases.set(id, new Map());
      this.#values.set(id, new ColumnArray(shape));
    }
  }

  /** By slot; NaN where there is none, or none that is as it would be computed now. */
  values(id: ScoreId): Float64Array {
    return this.#column(id).values;
  }

  /** The scores of one image. */
  at(slot: number): Scores {
    const found: Partial<Record<ScoreId, number>> = {};
    for (const [id, column] of this.#values) {
      const value = column.at(slot);
      if (value !== undefined) found[id] = value;
    }
    return found;
  }

  /** Images were added: makes room for them, and looks what is kept the first time. They are not predicted yet. */
  catchUp(): void {
    const { size } = this.#facts;
    const before = this.#size;
    if (size === before) return;
    for (const column of this.#values.values()) column.grow(size);
    this.#size = size;
    for (const chunk of this.chunks()) this.#digestOf(chunk);
    if (before === 0) this.#lookWhatIsKept();
    else
      for (const column of this.#values.values()) for (let slot = before; slot < size; slot += 1) column.clearRow(slot);
  }

  /** What is to be computed. */
  stale(): StaleScores {
    const chunks = this.chunks();
    const own = new Map<number, readonly ScoreId[]>();
    for (const chunk of chunks) {
      const ids = ownIds.filter((id) => !this.#isFresh(id, chunk));
      if (ids.length > 0) own.set(chunk, ids);
    }
    return { own, relative: relativeIds.filter((id) => chunks.some((chunk) => !this.#isFresh(id, chunk))) };
  }

  /**
   * Label, prediction or content of these images may have changed, and the facts say so already; `images` are those of them that have scores
   * now. Own scores follow at once; relative ones are stale where anything they rest on is another.
   */
  follow(ids: readonly number[], images: Iterable<LabelledImage>): void {
    const chunks = [...new Set(ids.map(chunkOf))];
    const before = chunks.map((chunk) => ({
      chunk,
      digest: this.#digestOf(chunk),
      fresh: ownIds.filter((id) => this.#isFresh(id, chunk)),
    }));
    for (const chunk of chunks) this.#digests.delete(chunk);
    const changed = before.filter(({ chunk, digest: was }) => this.#digestOf(chunk) !== was);
    if (changed.length === 0) return;
    const slots = ids.flatMap((id) => this.#facts.slotOf(id) ?? []);
    this.#followers.change(slots, () => {
      for (const slot of slots) for (const score of ownIds) this.#set(score, slot, NaN);
      for (const image of images) this.#take(image, ownScoresOf(image));
    });
    this.#whole = undefined;
    this.#dropRelative();
    for (const { chunk, fresh } of changed) this.#becomeFresh(chunk, fresh);
    // A run of predictions goes from chunk to chunk: one that it has left is written once.
    this.#writeUnsaved((chunk) => !chunks.includes(chunk));
  }

  /** Reads all scores that were not read yet, a chunk between two yields. */
  *reading(): Generator<void> {
    for (const column of this.#values.values()) yield* column.reading();
  }

  /** Writes what lies in memory only. */
  save(): void {
    this.#writeUnsaved(() => true);
  }

  /** Puts scores of a chunk in place of what there was, and keeps them. */
  replace(
    chunk: number,
    ids: readonly ScoreId[],
    images: Iterable<readonly [Pick<LabelledImage, 'id'>, Scores]>,
  ): void {
    const slots = this.#slots(chunk);
    this.#followers.change(slots, () => {
      for (const slot of slots) for (const id of ids) this.#set(id, slot, NaN);
      for (const [image, scores] of images) this.#take(image, scores);
    });
    this.#becomeFresh(chunk, ids);
    this.#writeUnsaved((other) => other === chunk);
  }

  /** Digest of what the own scores of a chunk are computed from. */
  inputs(chunk: number): string {
    return this.#digestOf(chunk);
  }

  /** Digest of all that relative scores are computed from. */
  whole(): string {
    this.#whole ??= digest(this.chunks().map((chunk) => this.#digestOf(chunk)));
    return this.#whole;
  }

  /** Chunks that have images, by ascending ids. */
  chunks(): readonly number[] {
    return chunksOf(this.#facts);
  }

  #lookWhatIsKept(): void {
    for (const { score, chunk, basis, bytes } of this.#audit.prepare<StoredBasis>(storedBasesSql).all(this.#model)) {
      const id = scoreColumns.find((column) => column.id === score)?.id;
      if (id === undefined || basis !== this.#basis(id, chunk) || bytes !== chunkBytes) continue;
      this.#bases.get(id)?.set(chunk, basis);
    }
    const chunks = this.chunks();
    for (const [id, column] of this.#values) {
      const fresh = this.#bases.get(id);
      column.leave(
        {
          read: (chunk) =>
            fresh?.has(chunk) === true
              ? this.#audit.prepare<{ values: Uint8Array }>(storedScoresSql).get(this.#model, id, chunk)?.values
              : undefined,
          chunkAt: (slot) => chunkOf(this.#facts.id[slot] ?? 0),
          runs: (chunk) => this.#runs(chunk),
        },
        chunks,
      );
    }
  }

  #take({ id }: Pick<LabelledImage, 'id'>, scores: Scores): void {
    const slot = this.#facts.slotOf(id);
    if (slot === undefined) return;
    for (const score of scoreColumns) {
      const value = scores[score.id];
      if (value !== undefined) this.#set(score.id, slot, value);
    }
  }

  /** What lies in memory of these scores is as it would be computed now. */
  #becomeFresh(chunk: number, ids: readonly ScoreId[]): void {
    const unsaved = this.#unsaved.get(chunk) ?? new Set<ScoreId>();
    this.#unsaved.set(chunk, unsaved);
    for (const id of ids) {
      this.#bases.get(id)?.set(chunk, this.#basis(id, chunk));
      unsaved.add(id);
    }
  }

  /** What lies in memory is right, kept or not: where the disk has no room it is computed anew when the project is opened again. */
  #writeUnsaved(which: (chunk: number) => boolean): void {
    const chunks = [...this.#unsaved.keys()].filter(which);
    if (chunks.length === 0) return;
    try {
      this.#audit.transaction(() => {
        for (const chunk of chunks) {
          const ids = [...(this.#unsaved.get(chunk) ?? [])];
          this.#write(
            chunk,
            ids.filter((id) => this.#bases.get(id)?.get(chunk) === this.#basis(id, chunk)),
          );
        }
      });
      for (const chunk of chunks) this.#unsaved.delete(chunk);
    } catch (error) {
      if (!(error instanceof AppError) || (error.code !== 'DISK_FULL' && error.code !== 'READ_ONLY')) throw error;
    }
  }

  #write(chunk: number, ids: readonly ScoreId[]): void {
    const statement = this.#audit.prepare<never>(keepSql);
    for (const id of ids) {
      statement.run(this.#model, id, chunk, this.#basis(id, chunk), toBlob(this.#column(id).chunk(chunk)));
    }
  }

  #set(id: ScoreId, slot: number, value: number): void {
    this.#column(id).set(slot, value);
  }

  /** Relative scores of the images as they were are no scores of these. */
  #dropRelative(): void {
    const ids = relativeIds.filter((id) => this.#bases.get(id)?.size !== 0);
    if (ids.length === 0) return;
    this.#followers.all(() => {
      for (const id of ids) {
        this.#bases.get(id)?.clear();
        this.#column(id).clear();
      }
    }, ids);
  }

  #column(id: ScoreId): ColumnArray<Float64Array> {
    const column = this.#values.get(id);
    if (column === undefined) throw new AppError('INTERNAL', `There is no score ${id}.`);
    return column;
  }

  #isFresh(id: ScoreId, chunk: number): boolean {
    return this.#digestOf(chunk) === nothing || this.#bases.get(id)?.get(chunk) === this.#basis(id, chunk);
  }

  #basis(id: ScoreId, chunk: number): string {
    return `${String(versions.get(id) ?? 0)}:${isOwn.has(id) ? this.#digestOf(chunk) : this.whole()}`;
  }

  /** What the own scores of a chunk are computed from; {@link nothing} where no image has any. */
  #digestOf(chunk: number): string {
    const known = this.#digests.get(chunk);
    if (known !== undefined) return known;
    const { id, labelClass, predictions } = this.#facts;
    const predicted = predictions.predicted.values;
    const [first, end] = slotsOf(this.#facts, chunk);
    const inputs = new Uint32Array((end - first) * 4);
    let filled = 0;
    for (let slot = first; slot < end; slot += 1) {
      const label = labelClass[slot] ?? -1;
      if (label < 0) continue;
      inputs[filled] = id[slot] ?? 0;
      inputs[filled + 1] = label;
      inputs[filled + 2] = predicted[slot * 2] ?? 0;
      inputs[filled + 3] = predicted[slot * 2 + 1] ?? 0;
      filled += 4;
    }
    const taken = filled === 0 ? nothing : digest([inputs.subarray(0, filled)]);
    this.#digests.set(chunk, taken);
    return taken;
  }

  /** Slots of a chunk: they lie side by side. */
  #slots(chunk: number): readonly number[] {
    const [first, end] = slotsOf(this.#facts, chunk);
    return Array.from({ length: end - first }, (_, offset) => first + offset);
  }

  /** Of the images that there is room for: others may have been added to the chunk just now. */
  #runs(chunk: number): readonly Run[] {
    const [first, end] = slotsOf(this.#facts, chunk);
    return runsOf(this.#facts.id, first, Math.min(end, this.#size));
  }
}

/** Digest of a chunk without scores. */
const nothing = '';

function digest(parts: readonly (string | Uint32Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}
