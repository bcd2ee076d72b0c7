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
import type { ColumnId, Scores } from '../../shared/columns.js';
import type { ConfusionCell, Filter, GalleryFacets, Order } from '../../shared/query.js';
import type { Progress } from '../../shared/progress.js';
import type { LabelledImage } from '../../shared/statistics/score.js';
import { type LabelCounts, labelCounts, projectCounts, splitsAndDoubts } from '../table/audit-counts.js';
import type { Explanations } from './explanations.js';
import { GalleryNames } from './gallery-names.js';
import { countFacets } from '../table/facets.js';
import type { ImageTable } from '../table/image-table.js';
import { idsOf, ownScores, ownScoresOf, ScoreStore, type StaleScores } from '../table/score-store.js';
import { scoreStale, scoringSteps } from '../table/scoring.js';
import { confusionCells, findingIds, mostSuspicious, selectImages, type SuspicionOptions } from '../table/selection.js';
import { ImageColumns, kindCode, verdictCode } from '../table/image-columns.js';
import type { Images, StoredRow } from './images.js';
import type { Predictions } from './predictions.js';
import type { ProjectInfo } from './project-info.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { Verdicts } from './verdicts.js';

interface Sources {
  readonly audit: SqliteFile;
  readonly images: Images;
  readonly explanations: Explanations;
  readonly predictions: Predictions;
  /** Row of the model in the cache. */
  readonly model: number;
  readonly verdicts: Verdicts;
  readonly info: ProjectInfo;
}

/** Answers from columns in memory, which the project keeps in step by calling `added`, `changed`, `judged` and `setKind`. */
export class Gallery {
  readonly #sources: Sources;
  readonly #columns: ImageColumns;
  readonly #scores: ScoreStore;
  readonly #names: GalleryNames;
  /** Files that may have a verdict but whose column was not written yet. */
  #unread: string[];
  readonly #withVerdict: Set<string>;
  #loaded = false;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#columns = new ImageColumns(sources.audit);
    this.#scores = new ScoreStore(sources.audit, sources.model, this.#columns);
    this.#names = new GalleryNames(this.#columns, sources.images, sources.info);
    this.#unread = sources.verdicts.files();
    this.#withVerdict = new Set(this.#unread);
  }

  get size(): number {
    return this.#current().size;
  }

  /** Reads the columns where nobody has asked for them: what changes from now on is followed image by image. */
  load(): void {
    this.#current();
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
    const rescored = columns.refresh(ids);
    if (rescored.length > 0) this.#scores.follow(rescored, this.#sources.predictions.labelledAmong(rescored));
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

  query(filter: Filter, order: Order): Uint32Array {
    return selectImages(this.#table(), filter, order);
  }

  facets(filter: Filter, columns: readonly ColumnId[]): GalleryFacets {
    return countFacets(this.#table(), filter, columns);
  }

  confusion(): ConfusionCell[] {
    return confusionCells(this.#current());
  }

  suspicious(limit: number, options: SuspicionOptions): ImageId[] {
    return Array.from(mostSuspicious(this.#table(), limit, options), imageId);
  }

  findings(limit: number): ImageId[] {
    return Array.from(findingIds(this.#table(), limit), imageId);
  }

  /** Every image that has scores, by id, read a chunk at a time. */
  *labelled(): Generator<LabelledImage> {
    this.#current();
    for (const chunk of this.#scores.chunks()) yield* this.#sources.predictions.labelledBetween(idsOf(chunk));
  }

  /** The scores that are not as they would be computed now. */
  staleScores(): StaleScores {
    this.#current();
    return this.#scores.stale();
  }

  /** How many steps {@link score} takes for these. */
  scoringSteps(stale: StaleScores): number {
    return scoringSteps(stale, this.#scores.chunks().length);
  }

  /** Computes stale scores, a step a chunk. */
  score(stale: StaleScores): Generator<Progress, void, void> {
    const { predictions, info } = this.#sources;
    const source = {
      between: (ids: Parameters<Predictions['labelledBetween']>[0]) => predictions.labelledBetween(ids),
      classes: info.model.classes.length,
    };
    return scoreStale(this.#scores, stale, source);
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
    const stored = this.#sources.images.rows(ids);
    const unscored = this.#unscored(stored, columns);
    return stored.map((row) => this.#complete(row, columns, unscored));
  }

  /** Ids of at most `limit` images after `afterId`, ascending. */
  idsAfter(afterId: number, limit: number): ImageId[] {
    const columns = this.#current();
    const first = columns.firstFrom(afterId + 1);
    return Array.from(columns.id.subarray(first, Math.min(first + limit, columns.size)), imageId);
  }

  detail(id: ImageId): ImageDetail {
    const { bytes, modelView, duplicates, ...row } = this.#sources.images.detail(id);
    return {
      ...this.#complete(row, this.#current(), this.#unscored([row], this.#current())),
      sha256: row.sha256,
      bytes,
      modelView,
      duplicates,
      history: this.#sources.verdicts.history(row.file, row.sha256),
    };
  }

  /** Own scores of those of these rows that have some which are not computed yet: an image is never shown without what is known of it. */
  #unscored(rows: readonly StoredRow[], columns: ImageColumns): ReadonlyMap<number, Scores> {
    const ids = rows.flatMap(({ id, prediction }) => {
      if ((prediction?.labelClass ?? null) === null) return [];
      const scores = this.#scores.at(columns.slotOf(id) ?? -1);
      return ownScores.every((score) => scores[score.id] !== undefined) ? [] : [id];
    });
    if (ids.length === 0) return new Map();
    const images: Iterable<LabelledImage> = this.#sources.predictions.labelledAmong(ids);
    return new Map(Array.from(images, (image) => [image.id, ownScoresOf(image)]));
  }

  #complete(row: StoredRow, columns: ImageColumns, unscored: ReadonlyMap<number, Scores>): ImageRow {
    const { sha256, prediction, ...shown } = row;
    const slot = columns.slotOf(row.id) ?? -1;
    const scores = { ...this.#scores.at(slot), ...unscored.get(row.id) };
    const ofLabel = {
      labelProbability: scores['self-confidence'] ?? null,
      labelRank: scores['label-rank'] ?? null,
    };
    return {
      ...shown,
      prediction: prediction === null ? null : { ...prediction, ...ofLabel },
      scores,
      disagreement: disagreementKinds[(columns.kind[slot] ?? 0) - 1] ?? null,
      explained: columns.explained[slot] === 1,
      verdict: this.#withVerdict.has(row.file) ? this.#sources.verdicts.standing(row.file, sha256) : null,
    };
  }

  #table(): ImageTable {
    return { facts: this.#current(), scores: this.#scores, names: this.#names };
  }

  /** The columns with everything that happened since they were last asked for. */
  #current(): ImageColumns {
    const columns = this.#columns;
    columns.catchUp();
    this.#scores.catchUp();
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
