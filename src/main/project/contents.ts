/** Which content the image files of a project are known to have, which may have changed since, and what goes when one did. */

import { type ImageId, imageId } from '../../shared/audit.js';
import type { ErrorData } from '../../shared/errors.js';
import type { Progress } from '../../shared/progress.js';
import type { IdentifyOutcome, ImageFacts } from '../engine/engine.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { SqliteFile } from '../database/sqlite.js';
import { chunksOf, runsIn } from '../table/chunk-slots.js';
import { packStamp, unpackStamp } from '../table/image-columns.js';
import type { ImageEdit } from '../table/image-store.js';
import { contentOf, contentWords } from './content-words.js';
import type { Images, ImageTables, ListedSource } from './images.js';

/** What reading a file again told of its content. */
export interface IdentifiedImage {
  readonly id: ImageId;
  readonly outcome: IdentifyOutcome;
}

/** A file that holds another content than the one it was known to have. */
export interface ContentChange {
  readonly id: ImageId;
  readonly file: string;
  /** SHA-256 of the content before, hexadecimal. */
  readonly before: string;
}

/** An image whose content was read, and the stamp that its file had then. */
export interface ReadImage {
  readonly id: ImageId;
  readonly source: ImageSource;
  readonly stamp: string;
}

/** A file that is not there, or whose drive was not asked, is no bad image: it is looked for again. */
export const isMissing = ({ code }: ErrorData): boolean => code === 'IMAGE_NOT_FOUND' || code === 'DRIVE_SILENT';

const keepProblemSql = `
  INSERT OR REPLACE INTO problems (image, code, message, hint) VALUES (?, ?, ?, ?)`;

/** Whether the stamps at this place differ. */
function isAnother(seen: Uint32Array, stamp: Uint32Array, at: number): boolean {
  for (let word = at; word < at + 4; word += 1) if (seen[word] !== stamp[word]) return true;
  return false;
}

/**
 * Reads and writes what is known of contents: `content` with the `stamp` the file had when it was read, and `seen`, its
 * stamp at the latest scan. An image is in doubt where the two differ; its content is then to be read again.
 */
export class Contents {
  readonly #audit: SqliteFile;
  readonly #tables: ImageTables;
  readonly #images: Images;

  constructor(audit: SqliteFile, tables: ImageTables, images: Images) {
    this.#audit = audit;
    this.#tables = tables;
    this.#images = images;
  }

  /** Images whose file was written to since its content was read: at most `limit` after `afterId`, by id. */
  inDoubt(afterId: number, limit: number): ListedSource[] {
    return this.#images.listed(this.#images.slotsAfter(afterId, limit, (slot) => this.#isInDoubt(slot)));
  }

  /** How many there are, a chunk between two yields; the columns are left on disk. */
  *countInDoubt(): Generator<Progress, number, void> {
    const { facts } = this.#tables;
    const chunks = chunksOf(facts);
    let count = 0;
    for (const [done, chunk] of chunks.entries()) {
      yield { done, total: chunks.length };
      const { seen, stamp, content } = facts.facts;
      const [latest, read, contents] = [seen.chunk(chunk), stamp.chunk(chunk), content.chunk(chunk)];
      // At the places of images that are gone lies what they had.
      for (const run of runsIn(facts, chunk)) {
        for (let place = run.place; place < run.place + run.length; place += 1) {
          const isKnown = contents[place * 8] !== 0 || contents[place * 8 + 1] !== 0;
          if (isKnown && isAnother(latest, read, place * 4)) count += 1;
        }
      }
    }
    return count;
  }

  /** Writes what reading the image told; returns the change where it had another content before. */
  keep(
    edit: ImageEdit,
    slot: number,
    { sha256, bytes, width, height, modelView, stamp }: ImageFacts,
  ): ContentChange | null {
    const changed = this.#become(edit, slot, sha256);
    const { left, top, width: viewWidth, height: viewHeight } = modelView;
    edit.set('bytes', slot, bytes);
    edit.set('width', slot, width);
    edit.set('height', slot, height);
    edit.setCold('view', slot, Float64Array.of(left, top, viewWidth, viewHeight));
    edit.setRow('stamp', slot, stamp === null ? this.#seen(slot) : packStamp(stamp));
    this.#solve(slot);
    this.#tables.facts.derive(slot);
    return changed;
  }

  /** Keeps that an image cannot be read, and why; what was derived from a content it had before goes. */
  keepError(edit: ImageEdit, slot: number, { code, message, hint }: ErrorData): void {
    const { facts } = this.#tables;
    this.#forget(edit, slot);
    edit.clear('content', slot);
    edit.setRow('stamp', slot, this.#seen(slot));
    this.#audit.prepare<never>(keepProblemSql).run(this.#idAt(slot), code, message, hint);
    facts.unreadable[slot] = 1;
    facts.derive(slot);
  }

  /**
   * Keeps, in one transaction, what reading images in doubt told, and returns what changed. A file that is missing stays in
   * doubt.
   */
  identify(batch: readonly IdentifiedImage[]): ContentChange[] {
    const { facts, store } = this.#tables;
    return store.edit((edit) =>
      batch.flatMap(({ id, outcome }) => {
        const slot = facts.slotOf(id);
        // Removed by a scan while it was read: nothing to keep.
        if (slot === undefined) return [];
        if (outcome.ok) {
          const changed = this.#become(edit, slot, outcome.sha256);
          const stamp = packStamp(outcome.stamp);
          edit.set('bytes', slot, outcome.bytes);
          edit.setRow('stamp', slot, stamp);
          edit.setRow('seen', slot, stamp);
          facts.derive(slot);
          return changed === null ? [] : [changed];
        }
        if (isMissing(outcome.error)) return [];
        const before = this.#contentAt(slot);
        this.keepError(edit, slot, outcome.error);
        return before === null ? [] : [{ id, file: this.#tables.names.at(slot), before }];
      }),
    );
  }

  /** What could not be read and is to be tried again: all of it, or what was written to since; slots. */
  unreadable(which: 'all' | 'written-since'): readonly number[] {
    const { facts } = this.#tables;
    const slots: number[] = [];
    for (let slot = 0; slot < facts.size; slot += 1) {
      if (facts.unreadable[slot] === 1 && (which === 'all' || this.#isWrittenSince(slot))) slots.push(slot);
    }
    return slots;
  }

  /** Makes these pending again. */
  retry(slots: readonly number[]): void {
    this.#tables.store.edit(() => {
      for (const slot of slots) this.#solve(slot);
    });
  }

  /** Those of the images that were read, with their files and the stamps these had then. */
  readAmong(ids: readonly number[]): ReadImage[] {
    const { facts } = this.#tables;
    return ids.flatMap((id) => {
      const slot = facts.slotOf(id);
      const stamp = slot !== undefined && facts.isKnown(slot) ? unpackStamp(facts.facts.stamp.row(slot)) : null;
      return stamp === null ? [] : [{ id: imageId(id), source: this.#images.source(id), stamp }];
    });
  }

  #isInDoubt(slot: number): boolean {
    return this.#tables.facts.isKnown(slot) && this.#isWrittenSince(slot);
  }

  #isWrittenSince(slot: number): boolean {
    const { seen, stamp } = this.#tables.facts.facts;
    return isAnother(seen.row(slot), stamp.row(slot), 0);
  }

  #seen(slot: number): Uint32Array {
    return this.#tables.facts.facts.seen.row(slot);
  }

  #idAt(slot: number): ImageId {
    return imageId(this.#tables.facts.id[slot] ?? 0);
  }

  #contentAt(slot: number): string | null {
    return contentOf(this.#tables.facts.facts.content.row(slot));
  }

  /** An image that could not be read can be, or is to be tried again. */
  #solve(slot: number): void {
    const { facts } = this.#tables;
    if (facts.unreadable[slot] !== 1) return;
    this.#audit.prepare<never>('DELETE FROM problems WHERE image = ?').run(this.#idAt(slot));
    facts.unreadable[slot] = 0;
  }

  /** Gives an image its content; returns the change when it had another one. */
  #become(edit: ImageEdit, slot: number, sha256: string): ContentChange | null {
    const before = this.#contentAt(slot);
    if (before === sha256) return null;
    if (before !== null) this.#forget(edit, slot);
    edit.setRow('content', slot, contentWords(sha256));
    return before === null ? null : { id: this.#idAt(slot), file: this.#tables.names.at(slot), before };
  }

  /** What was read of another content goes; a prediction counts for its content alone. */
  #forget(edit: ImageEdit, slot: number): void {
    edit.set('width', slot, null);
    edit.set('height', slot, null);
    edit.clearCold('view', slot);
    this.#audit.prepare<never>('DELETE FROM disagreements WHERE image = ?').run(this.#idAt(slot));
  }
}
