/** The images of an open project as the window sees them: selections, counts, rows and details with verdicts and disagreements. */

import {
  type ImageDetail,
  type ImageId,
  imageId,
  type ImageRow,
  type ProjectCounts,
  type ProjectSummary,
} from '../../shared/audit.js';
import { disagreementKinds, type DisagreementKind } from '../../shared/disagreement.js';
import type { ConfusionCell, GalleryFacets, GalleryFilter, GallerySort } from '../../shared/gallery.js';
import { type LabelCounts, labelCounts, projectCounts, splitsAndDoubts } from './audit-counts.js';
import type { Explanations } from './explanations.js';
import { GalleryNames } from './gallery-names.js';
import {
  confusionCells,
  countFacets,
  findingIds,
  mostSuspicious,
  selectImages,
  type SuspicionOptions,
} from './gallery-query.js';
import { ImageColumns, kindCode, verdictCode } from './image-columns.js';
import type { Images, StoredRow } from './images.js';
import type { ProjectInfo } from './project-info.js';
import type { SqliteFile } from './sqlite.js';
import type { Verdicts } from './verdicts.js';

interface Sources {
  readonly audit: SqliteFile;
  readonly images: Images;
  readonly explanations: Explanations;
  readonly verdicts: Verdicts;
  readonly info: ProjectInfo;
}

/** Answers from columns in memory, which the project keeps in step by calling `added`, `changed`, `judged` and `setKind`. */
export class Gallery {
  readonly #sources: Sources;
  readonly #columns: ImageColumns;
  readonly #names: GalleryNames;
  /** Files that may have a verdict but whose column was not written yet. */
  #unread: string[];
  readonly #withVerdict: Set<string>;
  #loaded = false;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#columns = new ImageColumns(sources.audit);
    this.#names = new GalleryNames(this.#columns, sources.images, sources.info);
    this.#unread = sources.verdicts.files();
    this.#withVerdict = new Set(this.#unread);
  }

  get size(): number {
    return this.#current().size;
  }

  /** Images were added; those that have a verdict already get it. */
  added(files: readonly string[]): void {
    for (const file of files) if (this.#withVerdict.has(file)) this.#unread.push(file);
  }

  /** The files of these images were found to hold another picture: maps and disagreements of the old one are not theirs. */
  contentChanged(ids: readonly number[]): void {
    if (!this.#loaded) return;
    const columns = this.#current();
    for (const id of ids) {
      const slot = columns.slotOf(id);
      if (slot === undefined) continue;
      columns.kind[slot] = 0;
      columns.explained[slot] = 0;
    }
    this.changed(ids);
  }

  /** Predictions, content or maps of these images changed. */
  changed(ids: readonly number[]): void {
    if (!this.#loaded) return;
    const columns = this.#current();
    columns.refresh(ids);
    for (const id of this.#sources.explanations.explainedAmong(ids, this.#sources.info.tis)) {
      const slot = columns.slotOf(id);
      if (slot !== undefined) columns.explained[slot] = 1;
    }
    // A verdict holds for the content it was given for, and the content may have become known just now.
    if (this.#withVerdict.size === 0) return;
    for (const row of this.#sources.images.rows(ids)) if (this.#withVerdict.has(row.file)) this.#unread.push(row.file);
  }

  /** A verdict on this file was given, cleared, undone or redone. */
  judged(file: string): void {
    this.#withVerdict.add(file);
    this.#unread.push(file);
  }

  setKind(id: number, kind: DisagreementKind | null): void {
    const columns = this.#current();
    const slot = columns.slotOf(id);
    if (slot !== undefined) columns.kind[slot] = kindCode(kind);
  }

  query(filter: GalleryFilter, sort: GallerySort): Uint32Array {
    return selectImages(this.#current(), this.#names, filter, sort);
  }

  facets(filter: GalleryFilter): GalleryFacets {
    return countFacets(this.#current(), this.#names, filter);
  }

  confusion(): ConfusionCell[] {
    return confusionCells(this.#current());
  }

  suspicious(limit: number, options: SuspicionOptions): ImageId[] {
    return Array.from(mostSuspicious(this.#current(), limit, options), imageId);
  }

  findings(limit: number): ImageId[] {
    return Array.from(findingIds(this.#current(), limit), imageId);
  }

  counts(): ProjectCounts {
    return projectCounts(this.#current(), this.#sources.info.mapping);
  }

  labelCounts(): readonly LabelCounts[] {
    return labelCounts(this.#current());
  }

  splitsAndDoubts(): Pick<ProjectSummary, 'splits' | 'doubts'> {
    return splitsAndDoubts(this.#current(), this.#sources.info.model.classes);
  }

  rows(ids: readonly ImageId[]): ImageRow[] {
    const columns = this.#current();
    return this.#sources.images.rows(ids).map((row) => this.#complete(row, columns));
  }

  /** All rows by id, a thousand at a time. */
  *pages(): Generator<readonly ImageRow[]> {
    const ids = Array.from(this.#current().id.subarray(0, this.size), imageId);
    for (let start = 0; start < ids.length; start += 1000) yield this.rows(ids.slice(start, start + 1000));
  }

  detail(id: ImageId): ImageDetail {
    const { bytes, modelView, duplicates, ...row } = this.#sources.images.detail(id);
    return {
      ...this.#complete(row, this.#current()),
      sha256: row.sha256,
      bytes,
      modelView,
      duplicates,
      history: this.#sources.verdicts.history(row.file, row.sha256),
    };
  }

  #complete(row: StoredRow, columns: ImageColumns): ImageRow {
    const { sha256, ...shown } = row;
    const slot = columns.slotOf(row.id) ?? -1;
    return {
      ...shown,
      disagreement: disagreementKinds[(columns.kind[slot] ?? 0) - 1] ?? null,
      explained: columns.explained[slot] === 1,
      verdict: this.#withVerdict.has(row.file) ? this.#sources.verdicts.standing(row.file, sha256) : null,
    };
  }

  /** The columns with everything that happened since they were last asked for. */
  #current(): ImageColumns {
    const columns = this.#columns;
    columns.catchUp();
    if (!this.#loaded) {
      this.#loaded = true;
      const { explanations, info } = this.#sources;
      for (const id of explanations.explainedIds(info.tis)) {
        const slot = columns.slotOf(id);
        if (slot !== undefined) columns.explained[slot] = 1;
      }
      for (const [id, kind] of explanations.kinds(info.tis)) {
        const slot = columns.slotOf(id);
        if (slot !== undefined) columns.kind[slot] = kindCode(kind);
      }
    }
    if (this.#unread.length > 0) this.#readVerdicts();
    return columns;
  }

  #readVerdicts(): void {
    const { images, verdicts } = this.#sources;
    const files = this.#unread;
    this.#unread = [];
    const ids = files.flatMap((file) => images.idOf(file) ?? []);
    for (const row of images.rows(ids)) {
      const slot = this.#columns.slotOf(row.id);
      if (slot === undefined) continue;
      const verdict = verdicts.standing(row.file, row.sha256);
      this.#columns.verdict[slot] = verdictCode(verdict?.kind ?? null);
      this.#columns.noted[slot] = (verdict?.note ?? '').trim() === '' ? 0 : 1;
      this.#columns.verdictTime[slot] = verdict?.at ?? NaN;
    }
  }
}
