/** The images of an open project as the window sees them: selections, counts, rows and details with verdicts and disagreements. */

import {
  type ImageDetail,
  type ImageId,
  imageId,
  type ImageRow,
  type ProjectCounts,
  type ProjectFigures,
} from '../../shared/audit.js';
import { disagreementKinds, type DisagreementKind } from '../../shared/disagreement.js';
import type { ColumnId, Scores } from '../../shared/columns.js';
import type { ConfusionCounts, Filter, GalleryFacets, Order, Selection, SelectionWish } from '../../shared/query.js';
import type { Progress } from '../../shared/progress.js';
import type { LabelledImage } from '../../shared/statistics/score.js';
import { AuditCounts, type LabelCounts } from '../table/audit-counts.js';
import { Confusion } from '../table/confusion.js';
import type { Disagreements } from './disagreements.js';
import type { Explanations } from './explanations.js';
import { GalleryNames } from './gallery-names.js';
import type { FileNames } from '../table/file-names.js';
import { Followers } from '../table/followers.js';
import type { ImageTable } from '../table/image-table.js';
import { Orders } from '../table/orders.js';
import { idsOf, ownScores, ownScoresOf, ScoreStore, type StaleScores } from '../table/score-store.js';
import { scoreStale, scoringSteps } from '../table/scoring.js';
import { findingIds, mostSuspicious, selectImages, type SuspicionOptions } from '../table/selection.js';
import { ShownSelection } from '../table/shown-selection.js';
import { type ImageColumns, kindCode, verdictCode } from '../table/image-columns.js';
import type { Images, ImageTables, StoredRow } from './images.js';
import type { Predictions } from './predictions.js';
import type { ProjectInfo } from './project-info.js';
import type { SqliteFile } from '../database/sqlite.js';
import type { Verdicts } from '../decisions/verdicts.js';

interface Sources {
  readonly audit: SqliteFile;
  readonly tables: ImageTables;
  readonly images: Images;
  readonly explanations: Explanations;
  readonly disagreements: Disagreements;
  readonly predictions: Predictions;
  /** Row of the model in the cache. */
  readonly model: number;
  readonly verdicts: Verdicts;
  readonly info: ProjectInfo;
}

/** From so many files on the whole journal is read at once. */
const manyFiles = 200;

/**
 * Answers from columns in memory, which the project keeps in step by calling `added`, `change`, `judged` and `setKind`. What is counted
 * or put in order over them follows each change.
 */
export class Gallery {
  readonly #sources: Sources;
  readonly #columns: ImageColumns;
  readonly #files: FileNames;
  readonly #followers: Followers;
  readonly #scores: ScoreStore;
  readonly #table: ImageTable;
  readonly #counts: AuditCounts;
  readonly #confusion: Confusion;
  readonly #orders: Orders;
  readonly #shown: ShownSelection;
  /** Files that may have a verdict but whose column was not written yet. */
  #unread: string[];
  readonly #withVerdict: Set<string>;
  #loaded = false;
  /** Images that followers know of. */
  #size = 0;

  constructor(sources: Sources) {
    const { audit, model, info, verdicts, tables } = sources;
    this.#sources = sources;
    const { facts, names } = tables;
    this.#columns = facts;
    this.#files = names;
    const followers = new Followers(this.#columns);
    this.#followers = followers;
    this.#scores = new ScoreStore(audit, model, this.#columns, followers);
    this.#table = { facts: this.#columns, scores: this.#scores, names: new GalleryNames(this.#files, info) };
    this.#counts = followers.add(new AuditCounts(this.#columns, info.model.classes, info.mapping));
    this.#confusion = followers.add(new Confusion(this.#columns));
    this.#orders = followers.add(new Orders(this.#table));
    this.#shown = followers.add(new ShownSelection(this.#table, this.#orders));
    this.#unread = verdicts.files();
    this.#withVerdict = new Set(this.#unread);
  }

  get size(): number {
    return this.#current().size;
  }

  /** Images were added; those that have a verdict already get it. */
  added(files: readonly string[]): void {
    for (const file of files) if (this.#withVerdict.has(file)) this.#unread.push(file);
  }

  /**
   * Does `work`, which writes what is known of these images: predictions, content, labels, maps. Scores, counts, orders and verdicts follow.
   */
  change<Result>(ids: readonly number[], work: () => Result): Result {
    this.#current();
    const result = this.#followers.change(this.#slots(ids), () => {
      const made = work();
      this.#follow(ids);
      return made;
    });
    // A verdict holds for the content it was given for, and the content may have become known just now.
    if (this.#withVerdict.size > 0) {
      for (const row of this.#sources.images.rows(ids))
        if (this.#withVerdict.has(row.file)) this.#unread.push(row.file);
    }
    return result;
  }

  /** A verdict on this file was given, cleared, undone or redone. */
  judged(file: string): void {
    this.#withVerdict.add(file);
    this.#unread.push(file);
  }

  setKind(id: number, kind: DisagreementKind | null): void {
    const columns = this.#current();
    const slot = columns.slotOf(id);
    if (slot === undefined) return;
    this.#followers.change([slot], () => {
      columns.kind[slot] = kindCode(kind);
    });
  }

  /** TIS maps of these contents were taken away; returns the images that have none any more. */
  mapsGone(contents: readonly string[]): ImageId[] {
    const columns = this.#current();
    const { explanations, images, info } = this.#sources;
    const slots: number[] = [];
    for (const [slot, content] of images.holding(new Set(contents))) {
      if (columns.explained[slot] === 1 && !explanations.isExplained(content, info.tis)) slots.push(slot);
    }
    this.#followers.change(slots, () => {
      for (const slot of slots) columns.explained[slot] = 0;
    });
    return slots.map((slot) => imageId(columns.id[slot] ?? 0));
  }

  /** The selection on screen is this one from now on. */
  select(wish: SelectionWish): Selection {
    this.#current();
    return this.#shown.select(wish);
  }

  /** Ids of the selection on screen from a place on; null where it is at another revision. */
  page(revision: number, from: number, count: number): Uint32Array | null {
    this.#current();
    return this.#shown.page(revision, from, count);
  }

  /** Places in the selection on screen, -1 for an image that is not in it; null where it is at another revision. */
  places(revision: number, ids: readonly ImageId[]): Int32Array | null {
    this.#current();
    return this.#shown.places(revision, ids);
  }

  query(filter: Filter, order: Order): Uint32Array {
    this.#current();
    return selectImages(this.#table, this.#orders, filter, order);
  }

  facets(filter: Filter, columns: readonly ColumnId[]): GalleryFacets {
    this.#current();
    return this.#shown.facets(filter, columns);
  }

  confusion(): ConfusionCounts {
    this.#current();
    return this.#confusion.counts();
  }

  suspicious(limit: number, options: SuspicionOptions): ImageId[] {
    this.#current();
    return Array.from(mostSuspicious(this.#table, this.#orders, limit, options), imageId);
  }

  findings(limit: number): ImageId[] {
    this.#current();
    return Array.from(findingIds(this.#table, this.#orders, limit), imageId);
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

  /** Makes ready what orders, filters and verdicts rest on, so that nobody has to wait for it. */
  *readying(): Generator<void> {
    this.#current();
    yield* this.#scores.reading();
    yield* this.#files.finding();
    this.#shown.sort();
  }

  /** Writes the scores that lie in memory only. */
  save(): void {
    this.#scores.save();
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
    this.#current();
    return this.#counts.project();
  }

  labelCounts(): readonly LabelCounts[] {
    this.#current();
    return this.#counts.labels();
  }

  splitsAndDoubts(): Pick<ProjectFigures, 'splits' | 'doubts'> {
    this.#current();
    return this.#counts.splitsAndDoubts();
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
    const standing = this.#withVerdict.has(row.file) ? this.#sources.verdicts.standing(row.file, sha256) : null;
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
      verdict: standing?.verdict ?? null,
      agreeing: standing?.agreeing ?? [],
      unsettled: standing?.unsettled ?? [],
    };
  }

  #slots(ids: readonly number[]): readonly number[] {
    return ids.flatMap((id) => this.#columns.slotOf(id) ?? []);
  }

  /** The columns with everything that happened since they were last asked for. */
  #current(): ImageColumns {
    const columns = this.#columns;
    this.#scores.catchUp();
    if (!this.#loaded) this.#load();
    else if (columns.size > this.#size) this.#followers.added(this.#size, columns.size);
    this.#size = columns.size;
    if (this.#unread.length > 0) this.#readVerdicts();
    return columns;
  }

  #follow(ids: readonly number[]): void {
    const { explanations, images, predictions, info } = this.#sources;
    this.#scores.follow(ids, predictions.labelledAmong(ids));
    for (const slot of this.#slots(ids)) {
      const content = images.contentAt(slot);
      this.#columns.explained[slot] = content !== null && explanations.isExplained(content, info.tis) ? 1 : 0;
    }
  }

  /** Before anything is counted. */
  #load(): void {
    this.#loaded = true;
    const columns = this.#columns;
    const { explanations, disagreements, images, info } = this.#sources;
    columns.kind.fill(0);
    columns.explained.fill(0);
    for (const [slot] of images.holding(explanations.explainedContents(info.tis))) columns.explained[slot] = 1;
    for (const [id, kind] of disagreements.kinds(info.tis)) {
      const slot = columns.slotOf(id);
      if (slot !== undefined) columns.kind[slot] = kindCode(kind);
    }
  }

  #readVerdicts(): void {
    const { images, verdicts } = this.#sources;
    const files = this.#unread;
    this.#unread = [];
    const found = this.#files.slotsOf(files);
    const slots = found.filter((slot) => slot !== undefined);
    const contentOf = (slot: number | undefined): string | null => (slot === undefined ? null : images.contentAt(slot));
    const judged = files.map((file, index) => ({ file, sha256: contentOf(found[index]) }));
    const standing =
      judged.length > manyFiles
        ? verdicts.standingOnMany(judged)
        : judged.map(({ file, sha256 }) => verdicts.standing(file, sha256));
    this.#followers.change(slots, () => {
      for (const [index, slot] of found.entries()) {
        if (slot === undefined) continue;
        const { verdict = null, unsettled = [] } = standing[index] ?? {};
        this.#columns.verdict[slot] = verdictCode(unsettled.length > 0 ? 'unsettled' : (verdict?.kind ?? null));
        this.#columns.noted[slot] = (verdict?.note ?? '').trim() === '' ? 0 : 1;
        this.#columns.verdictTime[slot] = verdict?.at ?? NaN;
      }
    });
  }
}
