/** The images of a project as the dataset lists them: added by scans, read as rows for the gallery and as sources for the engine. */

import { join } from 'node:path';
import {
  type ClassIndex,
  type FractionRect,
  type ImageId,
  imageId,
  type ImageDetail,
  type ImageRow,
  type LabelIndex,
  type Prediction,
} from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { DatasetImage, ImageSource, StampedImage } from '../dataset/dataset.js';
import type { SqliteFile } from '../database/sqlite.js';
import { chunksOf, runsIn } from '../table/chunk-slots.js';
import type { FileNames } from '../table/file-names.js';
import { type ImageColumns, packStamp } from '../table/image-columns.js';
import type { ImageEdit, ImageStore } from '../table/image-store.js';
import { contentOf, contentWords } from './content-words.js';
import { Places } from './places.js';

/** An image as the engine is asked about it. */
export interface ListedSource {
  readonly id: ImageId;
  readonly file: string;
  readonly source: ImageSource;
}

/** What the model says, without what it says of the label. */
export type StoredPrediction = Omit<Prediction, 'labelProbability' | 'labelRank'>;

/** What only images.ts knows of a row; the gallery adds scores, verdict, disagreement and whether maps are cached. */
export type StoredRow = Omit<
  ImageRow,
  'prediction' | 'scores' | 'verdict' | 'agreeing' | 'unsettled' | 'disagreement' | 'explained'
> & {
  readonly prediction: StoredPrediction | null;
  readonly sha256: string | null;
};
export type StoredDetail = StoredRow & Pick<ImageDetail, 'bytes' | 'modelView' | 'duplicates'>;

/** Where all images lie: in memory, and on disk. */
export interface ImageTables {
  readonly facts: ImageColumns;
  readonly names: FileNames;
  readonly store: ImageStore;
}

/** Other images with the same content that are told of. */
const mostDuplicates = 100;

/** Reads and writes images, apart from what predictions.ts and contents.ts write. */
export class Images {
  readonly #audit: SqliteFile;
  readonly #facts: ImageColumns;
  readonly #names: FileNames;
  readonly #store: ImageStore;
  readonly #places: Places;
  #datasetPath: string;
  /** 1 for each slot that the scan under way has seen; null without one. */
  #seen: Uint8Array | null = null;

  /** @param datasetPath where files lie whose row names no other place */
  constructor(audit: SqliteFile, { facts, names, store }: ImageTables, datasetPath: string) {
    this.#audit = audit;
    this.#facts = facts;
    this.#names = names;
    this.#store = store;
    this.#places = new Places(audit, datasetPath);
    this.#datasetPath = datasetPath;
  }

  /** The dataset lies elsewhere now. */
  relink(datasetPath: string): void {
    this.#datasetPath = datasetPath;
    this.#places.datasetPath = datasetPath;
  }

  /** From here on a scan notes what it sees, for {@link prune}. */
  beginScan(): void {
    this.#seen = new Uint8Array(this.#facts.size);
  }

  /**
   * Adds images, or brings known ones (by `file`) up to date, in one transaction; `labelOf` gives the index of a label
   * name. What did not change is not written. `change` hears the slots of known images whose label or split becomes another, and does the
   * work in which they do. Returns the slots of known images whose label changed.
   */
  add(
    images: readonly (DatasetImage | StampedImage)[],
    labelOf: (image: DatasetImage) => number | null,
    change: (slots: readonly number[], work: () => void) => void,
  ): readonly number[] {
    const listed = images.map((image) => ({ image, slot: this.#names.slotOf(image.file), label: labelOf(image) }));
    const known = listed.flatMap(({ image, slot, label }) => (slot === undefined ? [] : [{ slot, image, label }]));
    const relabelled = known.filter(({ slot, label }) => this.#facts.facts.label.at(slot) !== (label ?? undefined));
    const moved = known.filter(({ slot, image }) => this.#splitAt(slot) !== image.split);
    const slots = [...relabelled, ...moved].map(({ slot }) => slot);
    try {
      change(slots, () => {
        this.#store.edit((edit) => {
          for (const { image, slot: before, label } of listed) {
            // A name that comes twice in a batch is known the second time.
            const slot = before ?? this.#names.slotOf(image.file) ?? edit.append(image.file);
            this.#write(edit, slot, image, label);
            this.#see(slot);
          }
        });
      });
    } catch (error) {
      this.#places.forget();
      throw error;
    }
    return relabelled.map(({ slot }) => slot);
  }

  /**
   * Removes the images that the scan did not see, but for those whose file begins with one of `kept`; returns how many. Slots mean other
   * images afterwards.
   */
  prune(kept: readonly string[] = []): number {
    const seen = this.#seen;
    if (seen === null) throw new AppError('INTERNAL', 'The dataset was not scanned from its beginning.');
    this.#seen = null;
    const gone: number[] = [];
    for (let slot = 0; slot < this.#facts.size; slot += 1) {
      if (seen[slot] === 1) continue;
      const file = kept.length === 0 ? '' : this.#names.at(slot);
      if (!kept.some((folder) => file.startsWith(folder))) gone.push(slot);
    }
    if (gone.length === 0) return 0;
    this.#store.edit((edit) => {
      const ids = JSON.stringify(gone.map((slot) => this.#facts.id[slot]));
      for (const table of ['problems', 'disagreements']) {
        this.#audit.prepare<never>(`DELETE FROM ${table} WHERE image IN (SELECT value FROM json_each(?))`).run(ids);
      }
      edit.remove(gone);
    });
    return gone.length;
  }

  /** Rows in the order of `ids`; unknown ids are left out. */
  rows(ids: readonly number[]): StoredRow[] {
    const found = ids.flatMap((id) => this.#facts.slotOf(id) ?? []);
    const problems = this.#problems(found);
    return found.map((slot) => this.#row(slot, problems));
  }

  /** @throws AppError `IMAGE_NOT_FOUND`. */
  row(id: number): StoredRow {
    const [row] = this.rows([id]);
    if (row === undefined) throw notFound(id);
    return row;
  }

  /** @throws AppError `IMAGE_NOT_FOUND`. */
  detail(id: number): StoredDetail {
    const slot = this.slotOf(id);
    return {
      ...this.row(id),
      bytes: this.#facts.facts.bytes.at(slot) ?? null,
      modelView: this.modelView(id),
      duplicates: this.#duplicates(slot),
    };
  }

  /** The part of an image that the model sees; null until the size is known. @throws AppError `IMAGE_NOT_FOUND`. */
  modelView(id: number): FractionRect | null {
    const [left, top, width, height] = this.#store.cold('view', this.slotOf(id)) ?? [];
    const whole = left !== undefined && top !== undefined && width !== undefined && height !== undefined;
    return whole ? { left, top, width, height } : null;
  }

  /** Every image with the content of this one, itself first. @throws AppError `IMAGE_NOT_FOUND`. */
  sameContent(id: ImageId): readonly ImageId[] {
    const others = sameContent(this.#facts, this.slotOf(id));
    return [id, ...others.map((slot) => imageId(this.#facts.id[slot] ?? 0))];
  }

  /** Where an image lies in the columns. @throws AppError `IMAGE_NOT_FOUND`. */
  slotOf(id: number): number {
    const slot = this.#facts.slotOf(id);
    if (slot === undefined) throw notFound(id);
    return slot;
  }

  /** SHA-256 of the content of an image; null while it is not known. @throws AppError `IMAGE_NOT_FOUND`. */
  contentOf(id: number): string | null {
    return this.contentAt(this.slotOf(id));
  }

  /** The same by slot. */
  contentAt(slot: number): string | null {
    return contentOf(this.#facts.facts.content.row(slot));
  }

  /** The slots of all images that hold one of these contents (SHA-256, hexadecimal), with it; contents are left on disk. */
  *holding(contents: ReadonlySet<string>): Generator<readonly [slot: number, sha256: string]> {
    if (contents.size === 0) return;
    // Most images are told apart by the beginning of their content.
    const beginnings = new Set(Array.from(contents, (content) => contentWords(content)[0]));
    for (const chunk of chunksOf(this.#facts)) {
      const words = this.#facts.facts.content.chunk(chunk);
      for (const { slot, place, length } of runsIn(this.#facts, chunk)) {
        for (let at = 0; at < length; at += 1) {
          if (!beginnings.has(words[(place + at) * 8])) continue;
          const content = contentOf(words.subarray((place + at) * 8, (place + at + 1) * 8));
          if (content !== null && contents.has(content)) yield [slot + at, content];
        }
      }
    }
  }

  /** Where the bytes of an image lie. @throws AppError `IMAGE_NOT_FOUND`. */
  source(id: number): ImageSource {
    return this.#sourceAt(this.slotOf(id));
  }

  /** The images at these slots with where their bytes lie. */
  listed(slots: readonly number[]): ListedSource[] {
    return slots.map((slot) => ({
      id: imageId(this.#facts.id[slot] ?? 0),
      file: this.#names.at(slot),
      source: this.#sourceAt(slot),
    }));
  }

  /** At most `limit` slots after the id `afterId` that pass, by id. */
  slotsAfter(afterId: number, limit: number, passes: (slot: number) => boolean): readonly number[] {
    const found: number[] = [];
    const { size } = this.#facts;
    for (let slot = this.#facts.firstFrom(afterId + 1); slot < size && found.length < limit; slot += 1) {
      if (passes(slot)) found.push(slot);
    }
    return found;
  }

  /** How many of these `file`s the project knows. */
  knownAmong(files: readonly string[]): number {
    return files.filter((file) => this.#names.slotOf(file) !== undefined).length;
  }

  /** The id of a file; undefined when the dataset has no such file (any more). */
  idOf(file: string): ImageId | undefined {
    const slot = this.#names.slotOf(file);
    return slot === undefined ? undefined : imageId(this.#facts.id[slot] ?? 0);
  }

  #see(slot: number): void {
    if (this.#seen === null) return;
    if (slot >= this.#seen.length) {
      const room = new Uint8Array(Math.max(1024, Math.ceil(slot * 1.5)));
      room.set(this.#seen);
      this.#seen = room;
    }
    this.#seen[slot] = 1;
  }

  #splitAt(slot: number): string | null {
    return this.#facts.splits[this.#facts.facts.split.at(slot) ?? -1] ?? null;
  }

  /** Writes what is another than before of an image. */
  #write(edit: ImageEdit, slot: number, image: DatasetImage | StampedImage, label: number | null): void {
    const { facts } = this.#facts;
    const { file, source, split } = image;
    const usual = source.path === join(this.#datasetPath, file);
    const wanted = {
      label,
      split: split === null ? null : edit.split(split),
      place: usual ? null : this.#places.idOf(source.path, file),
      member: source.member ?? null,
    };
    for (const name of ['label', 'split', 'place', 'member'] as const) {
      if (facts[name].at(slot) !== (wanted[name] ?? undefined)) edit.set(name, slot, wanted[name]);
    }
    const stamp = packStamp('stamp' in image ? image.stamp : null);
    const seen = facts.seen.row(slot);
    if (stamp.some((word, at) => word !== seen[at])) edit.setRow('seen', slot, stamp);
  }

  #row(slot: number, problems: ReadonlyMap<number, string>): StoredRow {
    const { facts } = this.#facts;
    const id = this.#facts.id[slot] ?? 0;
    return {
      id: imageId(id),
      file: this.#names.at(slot),
      label: (facts.label.at(slot) ?? null) as LabelIndex | null,
      split: this.#splitAt(slot),
      width: facts.width.at(slot) ?? null,
      height: facts.height.at(slot) ?? null,
      error: problems.get(id) ?? null,
      prediction: this.#prediction(slot),
      sha256: this.contentAt(slot),
    };
  }

  #prediction(slot: number): StoredPrediction | null {
    if ((this.#facts.top1[slot] ?? -1) < 0) return null;
    const { predictions, labelClass } = this.#facts;
    const probabilities = predictions['top-probabilities'].row(slot);
    const classes = Array.from(predictions['top-classes'].row(slot)).filter((index) => index >= 0);
    const own = labelClass[slot] ?? -1;
    return {
      top: classes.map((index, place) => ({
        classIndex: index as ClassIndex,
        probability: probabilities[place] ?? 0,
      })),
      labelClass: own < 0 ? null : (own as ClassIndex),
    };
  }

  /** Why those of these images could not be read that could not, by id. */
  #problems(slots: readonly number[]): ReadonlyMap<number, string> {
    const unreadable = slots.filter((slot) => this.#facts.unreadable[slot] === 1).map((slot) => this.#facts.id[slot]);
    if (unreadable.length === 0) return new Map();
    const rows = this.#audit.prepare<{ image: number; message: string }>(problemsSql).all(JSON.stringify(unreadable));
    return new Map(rows.map(({ image, message }) => [image, message]));
  }

  #sourceAt(slot: number): ImageSource {
    const { place, member } = this.#facts.facts;
    const at = place.at(slot);
    const file = this.#names.at(slot);
    const path = at === undefined ? join(this.#datasetPath, file) : this.#places.pathOf(at, file);
    const inside = member.at(slot);
    return inside === undefined ? { path } : { path, member: inside };
  }

  #duplicates(slot: number): StoredDetail['duplicates'] {
    return sameContent(this.#facts, slot, mostDuplicates).map((other) => ({
      id: imageId(this.#facts.id[other] ?? 0),
      file: this.#names.at(other),
      label: (this.#facts.facts.label.at(other) ?? null) as LabelIndex | null,
    }));
  }
}

export const problemsSql = 'SELECT image, message FROM problems WHERE image IN (SELECT value FROM json_each(?))';

/** At most so many other slots with the content of this one. */
function sameContent(facts: ImageColumns, slot: number, most = Infinity): readonly number[] {
  const { content, size } = facts;
  const found: number[] = [];
  if (!facts.isKnown(slot)) return found;
  const first = content[slot * 8];
  for (let other = 0; other < size && found.length < most; other += 1) {
    if (content[other * 8] !== first || other === slot) continue;
    let at = 1;
    while (at < 8 && content[other * 8 + at] === content[slot * 8 + at]) at += 1;
    if (at === 8) found.push(other);
  }
  return found;
}

/** For an id that is not (or no longer) in the project. */
function notFound(id: number): AppError {
  return new AppError('IMAGE_NOT_FOUND', `There is no image ${String(id)} in this project.`, 'Reload the gallery.');
}
