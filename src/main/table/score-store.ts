/** Scores of all images by one model: in memory by column, on disk in chunks of images, each with what it was computed from. */

import { createHash } from 'node:crypto';

import { AppError } from '../../shared/errors.js';
import { type ScoreId, scoreColumns, type Scores } from '../../shared/columns.js';
import type { LabelledImage } from '../../shared/statistics/score.js';
import { float64Of, toBlob } from '../database/blob.js';
import { chunkIds, chunkOf } from '../database/chunks.js';
import type { SqliteFile } from '../database/sqlite.js';
import { type Run, runsOf } from './column-array.js';
import type { Followers } from './followers.js';
import type { ImageColumns } from './image-columns.js';
import { chunksOf, slotsOf } from './image-store.js';

export const storedScoresSql = 'SELECT score, chunk, basis, "values" FROM scores WHERE model = ?';
const keepSql = `
  INSERT INTO scores (model, score, chunk, basis, "values") VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (model, score, chunk) DO UPDATE SET basis = excluded.basis, "values" = excluded."values"`;

interface StoredChunk {
  readonly score: string;
  readonly chunk: number;
  readonly basis: string;
  /** float64 `[chunkIds]`, by id: NaN where there is none. */
  readonly values: Uint8Array;
}

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
  readonly #values = new Map<ScoreId, Float64Array>();
  /** Basis of what lies in memory, by score and chunk. */
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
    for (const { id } of scoreColumns) this.#bases.set(id, new Map());
  }

  /** By slot; NaN where there is none, or none that is as it would be computed now. */
  values(id: ScoreId): Float64Array {
    return this.#values.get(id) ?? new Float64Array(this.#facts.size).fill(NaN);
  }

  /** The scores of one image. */
  at(slot: number): Scores {
    const found: Partial<Record<ScoreId, number>> = {};
    for (const [id, values] of this.#values) {
      const value = values[slot] ?? NaN;
      if (!Number.isNaN(value)) found[id] = value;
    }
    return found;
  }

  /** Images were added: makes room for them, and reads what is kept the first time. They are not predicted yet. */
  catchUp(): void {
    const { size } = this.#facts;
    if (size === this.#size) return;
    for (const { id } of scoreColumns) this.#values.set(id, widened(this.#values.get(id), size));
    const isFirst = this.#size === 0;
    this.#size = size;
    for (const chunk of this.chunks()) this.#digestOf(chunk);
    if (isFirst) this.#load();
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

  #load(): void {
    for (const stored of this.#audit.prepare<StoredChunk>(storedScoresSql).all(this.#model)) {
      const column = scoreColumns.find(({ id }) => id === stored.score);
      if (column === undefined || stored.basis !== this.#basis(column.id, stored.chunk)) continue;
      if (stored.values.byteLength !== chunkIds * Float64Array.BYTES_PER_ELEMENT) continue;
      const values = float64Of(stored.values);
      const kept = this.#values.get(column.id);
      for (const { slot, place, length } of this.#runs(stored.chunk))
        kept?.set(values.subarray(place, place + length), slot);
      this.#bases.get(column.id)?.set(stored.chunk, stored.basis);
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
      const values = new Float64Array(chunkIds).fill(NaN);
      const column = this.values(id);
      for (const { slot, place, length } of this.#runs(chunk)) values.set(column.subarray(slot, slot + length), place);
      statement.run(this.#model, id, chunk, this.#basis(id, chunk), toBlob(values));
    }
  }

  #set(id: ScoreId, slot: number, value: number): void {
    const column = this.#values.get(id);
    if (column !== undefined) column[slot] = value;
  }

  /** Relative scores of the images as they were are no scores of these. */
  #dropRelative(): void {
    const ids = relativeIds.filter((id) => this.#bases.get(id)?.size !== 0);
    if (ids.length === 0) return;
    this.#followers.all(() => {
      for (const id of ids) {
        this.#bases.get(id)?.clear();
        this.#values.get(id)?.fill(NaN);
      }
    }, ids);
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
    const slots = this.#slots(chunk);
    const inputs = new Uint32Array(slots.length * 4);
    let filled = 0;
    for (const slot of slots) {
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

  #runs(chunk: number): readonly Run[] {
    return runsOf(this.#facts.id, ...slotsOf(this.#facts, chunk));
  }
}

/** Digest of a chunk without scores. */
const nothing = '';

function widened(values: Float64Array | undefined, size: number): Float64Array {
  const room = new Float64Array(size).fill(NaN);
  if (values !== undefined) room.set(values);
  return room;
}

function digest(parts: readonly (string | Uint32Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}
