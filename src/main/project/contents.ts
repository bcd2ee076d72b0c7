/** Which content the image files of a project are known to have, which may have changed since, and what goes when one did. */

import { type ImageId, imageId } from '../../shared/audit.js';
import type { ErrorData } from '../../shared/errors.js';
import type { IdentifyOutcome, ImageFacts } from '../engine/engine.js';
import { hashOfBlob, hashToBlob, toBlob } from '../database/blob.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { Images, ListedSource, Place } from './images.js';
import type { SqliteFile } from '../database/sqlite.js';

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

export const inDoubtSql = `
  SELECT id, file, path, member FROM images
  WHERE sha256 IS NOT NULL AND stamp IS NOT seen AND id > ? ORDER BY id LIMIT ?`;

const readAmongSql = `
  SELECT id, file, path, member, stamp FROM images
  WHERE id IN (SELECT value FROM json_each(?)) AND sha256 IS NOT NULL AND stamp IS NOT NULL`;

/** Everything in a row that was computed from the content. */
const forgetSql = `
  UPDATE images SET prediction = NULL, top1 = NULL, top_probability = NULL, top = NULL, label_class = NULL,
    width = NULL, height = NULL, view = NULL
  WHERE id = ?`;

/** A file that is not there, or whose drive was not asked, is no bad image: it is looked for again. */
export const isMissing = ({ code }: ErrorData): boolean => code === 'IMAGE_NOT_FOUND' || code === 'DRIVE_SILENT';

/**
 * Reads and writes what `images` says of contents: `sha256` with the `stamp` the file had when it was read, and `seen`, its
 * stamp at the latest scan. A row is in doubt where the two differ; its content is then to be read again.
 */
export class Contents {
  readonly #audit: SqliteFile;
  readonly #images: Images;

  constructor(audit: SqliteFile, images: Images) {
    this.#audit = audit;
    this.#images = images;
  }

  /** Images whose file was written to since its content was read: at most `limit` after `afterId`, by id. */
  inDoubt(afterId: number, limit: number): ListedSource[] {
    return this.#images.listed(inDoubtSql, afterId, limit);
  }

  inDoubtCount(): number {
    const sql = 'SELECT count(*) AS count FROM images WHERE sha256 IS NOT NULL AND stamp IS NOT seen';
    return this.#audit.prepare<{ count: number }>(sql).get()?.count ?? 0;
  }

  /** Writes what reading the image told. What was derived from another content before goes; returns that, or null. */
  keep(id: number, { sha256, bytes, width, height, modelView, stamp }: ImageFacts): ContentChange | null {
    const changed = this.#become(id, sha256);
    const { left, top, width: viewWidth, height: viewHeight } = modelView;
    this.#audit
      .prepare<never>(
        'UPDATE images SET bytes = ?, width = ?, height = ?, view = ?, stamp = coalesce(?, seen) WHERE id = ?',
      )
      .run(bytes, width, height, toBlob(Float64Array.of(left, top, viewWidth, viewHeight)), stamp, id);
    return changed;
  }

  /** Keeps that an image cannot be read, and why; what was derived from a content it had before goes. */
  keepError(id: number, { code, message, hint }: ErrorData): void {
    this.#forget(id);
    this.#audit
      .prepare<never>(
        'UPDATE images SET sha256 = NULL, error_code = ?, error_message = ?, error_hint = ?, stamp = seen WHERE id = ?',
      )
      .run(code, message, hint, id);
  }

  /**
   * Keeps, in one transaction, what reading images in doubt told, and returns what changed. A file that is missing stays in
   * doubt.
   */
  identify(batch: readonly IdentifiedImage[]): ContentChange[] {
    const confirm = this.#audit.prepare<never>('UPDATE images SET bytes = ?, stamp = ?, seen = ? WHERE id = ?');
    return this.#audit.transaction(() =>
      batch.flatMap(({ id, outcome }) => {
        if (!outcome.ok) {
          if (isMissing(outcome.error)) return [];
          const { file, before } = this.#known(id);
          this.keepError(id, outcome.error);
          return before === null ? [] : [{ id, file, before }];
        }
        const changed = this.#become(id, outcome.sha256);
        confirm.run(outcome.bytes, outcome.stamp, outcome.stamp, id);
        return changed === null ? [] : [changed];
      }),
    );
  }

  /** Makes pending again what could not be read, for which `where` says so; returns how many. */
  retry(which: 'all' | 'written-since'): number {
    const since = which === 'all' ? '' : 'AND stamp IS NOT seen';
    return this.#audit
      .prepare<never>(
        `UPDATE images SET error_code = NULL, error_message = NULL, error_hint = NULL WHERE error_code IS NOT NULL ${since}`,
      )
      .run().changes;
  }

  /** Those of the images that were read, with their files and the stamps these had then. */
  readAmong(ids: readonly number[]): ReadImage[] {
    return this.#audit
      .prepare<Place & { readonly id: number; readonly stamp: string }>(readAmongSql)
      .all(JSON.stringify(ids))
      .map((row) => ({ id: imageId(row.id), source: this.#images.sourceOf(row), stamp: row.stamp }));
  }

  /** Gives a row its content; returns the change when it had another one. */
  #become(id: number, sha256: string): ContentChange | null {
    const { file, before } = this.#known(id);
    const changed = before !== null && before !== sha256;
    if (changed) this.#forget(id);
    this.#audit.prepare<never>('UPDATE images SET sha256 = ? WHERE id = ?').run(hashToBlob(sha256), id);
    return changed ? { id: imageId(id), file, before } : null;
  }

  /** File and content of a row as they are known; of a row that is gone, nothing is. */
  #known(id: number): { readonly file: string; readonly before: string | null } {
    const row = this.#audit
      .prepare<{ file: string; sha256: Uint8Array | null }>('SELECT file, sha256 FROM images WHERE id = ?')
      .get(id);
    if (row === undefined) return { file: '', before: null };
    return { file: row.file, before: row.sha256 === null ? null : hashOfBlob(row.sha256) };
  }

  #forget(id: number): void {
    this.#audit.prepare<never>(forgetSql).run(id);
    this.#audit.prepare<never>('DELETE FROM disagreements WHERE image = ?').run(id);
  }
}
