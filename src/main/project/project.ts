/** One audit on disk: a folder with its facts, a disposable cache (`audit.sqlite`) and what people decided (`verdicts.sqlite`). */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Disagreement,
  ImageDetail,
  ImageId,
  ImageRow,
  JournalEntry,
  MappingRow,
  ProjectCounts,
  ProjectSummary,
  TisParameters,
  Verdict,
} from '../../shared/audit.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError, toAppError } from '../../shared/errors.js';
import type { ConfusionCell, GalleryFacets, GalleryFilter, GallerySort } from '../../shared/gallery.js';
import type { VerdictOutcome } from '../../shared/ipc.js';
import type { Box, DatasetImage, ImageSource, StampedImage } from '../dataset/dataset.js';
import type { ImageFacts, ModelLocation } from '../engine/engine.js';
import type { LabelCounts } from './audit-counts.js';
import { Contents, type IdentifiedImage } from './contents.js';
import { type ExplanationRecord, Explanations } from './explanations.js';
import { Gallery } from './gallery.js';
import type { SuspicionOptions } from './gallery-query.js';
import { Images, type ListedSource } from './images.js';
import { LabelMapping } from './label-mapping.js';
import { Meta } from './meta.js';
import { MethodMaps, type MethodRecord } from './method-maps.js';
import { type LabelledProbabilities, Predictions, type RecordedPrediction } from './predictions.js';
import { type ProjectFiles, withFiles } from './project-files.js';
import { infoFile, type ProjectInfo, readProjectInfo, writeProjectInfo } from './project-info.js';
import type { SlowListener, SqliteFile } from './sqlite.js';
import { type GivenVerdict, Verdicts } from './verdicts.js';

export interface ProjectOptions {
  /** Hears of statements that took longer than 50 ms. */
  readonly onSlow?: SlowListener | undefined;
  /** Milliseconds since 1970, for verdicts. */
  readonly clock?: (() => number) | undefined;
}

const rebuiltNotice =
  'The cache of this project was damaged: images and predictions are computed anew. All verdicts are kept.';

/** A labelled image with the verdict on it. */
export interface LabelledImage {
  readonly file: string;
  readonly label: string;
  readonly split: string | null;
  readonly verdict: Verdict | null;
}

/** An image that a report tells of. */
export interface Finding {
  readonly row: ImageRow;
  readonly disagreement: Disagreement | null;
}

/**
 * An open project: the only writer of its folder. Every call is synchronous and has taken effect when it returns; all
 * throw AppError `DISK_FULL`, `READ_ONLY` or `PROJECT_DAMAGED` when the disk fails them.
 */
export class Project {
  readonly folder: string;
  #info: ProjectInfo;
  #mapping: LabelMapping;
  readonly #files: ProjectFiles;
  readonly #audit: SqliteFile;
  readonly #meta: Meta;
  #images: Images;
  #contents: Contents;
  readonly #verdicts: Verdicts;
  #predictions: Predictions;
  #explanations: Explanations;
  #methodMaps: MethodMaps;
  #gallery: Gallery;

  private constructor(folder: string, info: ProjectInfo, files: ProjectFiles, options: ProjectOptions) {
    this.folder = folder;
    this.#info = info;
    this.#files = files;
    this.#audit = files.audit;
    this.#mapping = new LabelMapping(info);
    this.#meta = new Meta(this.#audit);
    this.#images = new Images(this.#audit, info.datasetPath);
    this.#contents = new Contents(this.#audit, this.#images);
    this.#verdicts = new Verdicts(files.verdicts, options.clock ?? Date.now);
    const model = this.#meta.modelId(info.model.hash);
    this.#predictions = new Predictions(this.#audit, this.#images, this.#contents, model);
    this.#explanations = new Explanations(this.#audit, model);
    this.#methodMaps = new MethodMaps(this.#audit, model);
    this.#gallery = this.#newGallery();
    this.#catchUp();
  }

  /** Whether a folder holds a project. */
  static exists(folder: string): boolean {
    return existsSync(join(folder, infoFile));
  }

  /**
   * Makes a project in a new or empty folder (its parents are made too) and opens it.
   * @throws AppError `OUTPUT_UNWRITABLE` when the folder holds a project already, `PROJECT_IN_USE`, `READ_ONLY`, `DISK_FULL`.
   */
  static create(folder: string, info: ProjectInfo, options: ProjectOptions = {}): Project {
    if (Project.exists(folder)) {
      throw new AppError(
        'OUTPUT_UNWRITABLE',
        `There is a project at ${folder} already.`,
        'Open it, or choose another name for the new one.',
      );
    }
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      const known = toAppError(error);
      if (known.code !== 'INTERNAL') throw known;
      throw new AppError(
        'OUTPUT_UNWRITABLE',
        `The folder ${folder} cannot be made: ${known.message}`,
        'Choose another place.',
        { cause: error },
      );
    }
    return withFiles(folder, options, (files) => {
      const project = new Project(folder, info, files, options);
      // Written last: a folder without it is no project yet, and making it can start again.
      writeProjectInfo(folder, info);
      return project;
    });
  }

  /** Opens a project. @throws AppError `NO_PROJECT`, `PROJECT_IN_USE`, `PROJECT_NEWER`, `PROJECT_DAMAGED`, `READ_ONLY`. */
  static open(folder: string, options: ProjectOptions = {}): Project {
    const info = readProjectInfo(folder);
    return withFiles(folder, options, (files) => new Project(folder, info, files, options));
  }

  close(): void {
    this.#files.close();
  }

  // ── facts ──────────────────────────────────────────────────────────────────────────────────────

  get info(): ProjectInfo {
    return this.#info;
  }

  get warnings(): readonly string[] {
    const notices = this.#files.rebuilt ? [rebuiltNotice] : [];
    return [...notices, ...this.#meta.warnings];
  }

  counts(): ProjectCounts {
    return this.#gallery.counts();
  }

  summary(): ProjectSummary {
    const { name, datasetPath, format, labels, model, modelPath, mapping, tis } = this.#info;
    const facts = { name, datasetPath, format, labels, model, modelPath, mapping, tis };
    return { ...facts, counts: this.counts(), ...this.#gallery.splitsAndDoubts(), warnings: this.warnings };
  }

  /** Changes the mapping; label class, probability, rank and scores follow from stored probabilities at once. */
  setMapping(rows: readonly MappingRow[]): void {
    this.#setInfo({ ...this.#info, mapping: rows });
    this.#catchUp();
  }

  /** Changes the settings of maps; maps cached under these settings are found again, others stay for later. */
  setTis(tis: TisParameters): void {
    this.#setInfo({ ...this.#info, tis });
    this.#gallery = this.#newGallery();
  }

  /** Puts another model in place; results of each model are kept, and what this one has not computed becomes pending. */
  setModel(location: ModelLocation, model: ModelSummary, mapping: readonly MappingRow[]): void {
    this.#setInfo({ ...this.#info, modelPath: location.path, modelChoice: location.choice ?? null, model, mapping });
    const id = this.#meta.modelId(model.hash);
    this.#predictions = new Predictions(this.#audit, this.#images, this.#contents, id);
    this.#explanations = new Explanations(this.#audit, id);
    this.#methodMaps = new MethodMaps(this.#audit, id);
    this.#catchUp();
  }

  // ── images ─────────────────────────────────────────────────────────────────────────────────────

  /** Whether a scan of the dataset was finished; false in a new project and after the cache was lost. */
  get scanned(): boolean {
    return this.#meta.scanned;
  }

  /** Starts a scan: {@link finishScan} will remove the images that were not added again since. */
  beginScan(): void {
    this.#meta.beginScan();
  }

  /** Adds a batch of images, or brings known ones (by `file`) up to date; labels not seen before are appended to the list. */
  addImages(images: readonly (DatasetImage | StampedImage)[]): void {
    const labels = this.#mapping.withNames(images);
    if (labels !== null) this.#setInfo({ ...this.#info, ...labels });
    const relabelled = this.#images.add(images, this.#meta.scan, ({ label }) => this.#mapping.indexOf(label));
    if (relabelled.length > 0) {
      const changed = new Set(relabelled);
      this.#predictions.rescore(this.#mapping.toClass, (id) => changed.has(id));
      this.#explanations.forgetDisagreements(relabelled);
    }
    this.#meta.mappingDone(this.#mapping.key);
    if (relabelled.length > 0 || labels !== null) this.#gallery = this.#newGallery();
    else this.#gallery.added(images.map((image) => image.file));
  }

  /**
   * Ends a scan: removes images that are no longer in the dataset, makes pending what could not be read before its file was
   * written to, keeps the warnings; returns how many were removed.
   */
  finishScan(warnings: readonly string[]): number {
    const removed = this.#images.prune(this.#meta.scan);
    const retried = this.#contents.retry('written-since');
    this.#meta.finishScan(warnings);
    if (removed + retried > 0) this.#gallery = this.#newGallery();
    return removed;
  }

  /** Images whose files were written to since they were read: at most `limit` after `afterId`, by id. */
  imagesInDoubt(afterId: number, limit: number): readonly ListedSource[] {
    return this.#contents.inDoubt(afterId, limit);
  }

  inDoubtCount(): number {
    return this.#contents.inDoubtCount();
  }

  /**
   * Keeps what reading images in doubt told. Where the content is another one, everything derived from the old goes: known
   * content has its prediction at once, the rest is pending. Returns how many have another content.
   */
  identify(batch: readonly IdentifiedImage[]): number {
    const changed = this.#contents.identify(batch);
    this.#predictions.adoptKnown(changed, this.#mapping.toClass);
    this.#gallery.contentChanged(changed);
    return changed.length;
  }

  /** How many of these files of a dataset the project knows. */
  knownAmong(files: readonly string[]): number {
    return this.#images.knownAmong(files);
  }

  /** The dataset lies elsewhere now: a scan has to follow. Images keep their ids, results and verdicts. */
  relink(place: Pick<ProjectInfo, 'datasetPath' | 'labelsFile'>): void {
    this.#setInfo({ ...this.#info, ...place });
    this.#images = new Images(this.#audit, place.datasetPath);
    this.#contents = new Contents(this.#audit, this.#images);
    this.#predictions = new Predictions(
      this.#audit,
      this.#images,
      this.#contents,
      this.#meta.modelId(this.#info.model.hash),
    );
    this.#gallery = this.#newGallery();
  }

  imageCount(): number {
    return this.#gallery.size;
  }

  /** Where the bytes of an image lie. @throws AppError `IMAGE_NOT_FOUND`. */
  source(id: ImageId): ImageSource {
    return this.#images.source(id);
  }

  boxes(id: ImageId): readonly Box[] {
    return this.#images.boxes(id);
  }

  /** The image with this `file` of the dataset. */
  imageByFile(file: string): ImageId | undefined {
    return this.#images.idOf(file);
  }

  // ── predictions ────────────────────────────────────────────────────────────────────────────────

  /** At most `limit` images after `afterId` that this model has not predicted and that were not found unreadable. */
  pendingPredictions(afterId: number, limit: number): readonly ListedSource[] {
    return this.#predictions.pending(afterId, limit);
  }

  /** Keeps a batch of outcomes in one transaction. */
  recordPredictions(batch: readonly RecordedPrediction[]): void {
    this.#predictions.record(batch, this.#mapping.toClass);
    this.#gallery.changed(batch.map(({ id }) => id));
  }

  /** Makes unreadable images pending again; returns how many. */
  retryUnreadable(): number {
    const count = this.#contents.retry('all');
    if (count > 0) this.#gallery = this.#newGallery();
    return count;
  }

  /** All class probabilities of one image, `[C]`; null without a prediction. */
  probabilities(id: ImageId): Float32Array | null {
    return this.#predictions.probabilities(id);
  }

  /** Every predicted image whose label maps to a class, with its probabilities; for the confident joint. */
  labelledProbabilities(): Iterable<LabelledProbabilities> {
    return this.#predictions.labelled();
  }

  // ── gallery ────────────────────────────────────────────────────────────────────────────────────

  /** Ids of the images that pass the filter, in order; ties by id, images without the value last. */
  query(filter: GalleryFilter, sort: GallerySort): Uint32Array {
    return this.#gallery.query(filter, sort);
  }

  /** Counts beside every filter value, each under all other filters. */
  facets(filter: GalleryFilter): GalleryFacets {
    return this.#gallery.facets(filter);
  }

  /** Rows in the order of `ids`; unknown ids are left out. */
  rows(ids: readonly ImageId[]): readonly ImageRow[] {
    return this.#gallery.rows(ids);
  }

  /** @throws AppError `IMAGE_NOT_FOUND`. */
  detail(id: ImageId): ImageDetail {
    return this.#gallery.detail(id);
  }

  /** How far the images of each label were compared, in the order of the labels. */
  labelCounts(): readonly LabelCounts[] {
    return this.#gallery.labelCounts();
  }

  confusion(): readonly ConfusionCell[] {
    return this.#gallery.confusion();
  }

  /** Predicted images, disagreements first, each group by ascending self-confidence. */
  suspicious(limit: number, options: SuspicionOptions = {}): readonly ImageId[] {
    return this.#gallery.suspicious(limit, options);
  }

  /** What a report tells: images with a verdict other than 'right label' and the most suspicious disagreements, at most `limit`. */
  findings(limit: number): readonly Finding[] {
    return this.#gallery
      .rows(this.#gallery.findings(limit))
      .map((row) => ({ row, disagreement: this.disagreement(row.id) }));
  }

  /** Every labelled image with its standing verdict, by id, read in portions. */
  *labelledImages(): Generator<LabelledImage> {
    const { labels } = this.#info;
    for (const page of this.#gallery.pages()) {
      for (const { file, label, split, verdict } of page) {
        const name = label === null ? undefined : labels[label];
        if (name !== undefined) yield { file, label: name, split, verdict };
      }
    }
  }

  // ── explanations ───────────────────────────────────────────────────────────────────────────────

  /** Keeps the maps of an image (and of every image with the same content). @throws AppError `IMAGE_NOT_FOUND`. */
  saveExplanation(id: ImageId, record: ExplanationRecord): void {
    this.#audit.transaction(() => {
      if (record.facts !== null) this.#keepFacts(id, record.facts);
      const { sha256 } = this.#images.row(id);
      if (sha256 === null) throw new AppError('INTERNAL', `The content of image ${String(id)} is not known yet.`);
      this.#explanations.save(sha256, record);
    });
    this.#gallery.changed([id, ...this.#images.detail(id).duplicates.map((other) => other.id)]);
  }

  /** The cached maps of an image, by default under the project's settings; null when there are none. */
  loadExplanation(id: ImageId, parameters: TisParameters = this.#info.tis): ExplanationRecord | null {
    const { sha256 } = this.#images.row(id);
    return sha256 === null ? null : this.#explanations.load(sha256, parameters);
  }

  /** Keeps maps of any method; `facts` are what reading the image told. */
  saveMethodMaps(id: ImageId, record: MethodRecord, facts: ImageFacts): void {
    this.#audit.transaction(() => {
      this.#keepFacts(id, facts);
      this.#methodMaps.save(facts.sha256, record);
    });
    this.#gallery.changed([id]);
  }

  /** The cached maps of those of `classes` that there are. */
  loadMethodMaps(
    id: ImageId,
    method: MethodRecord['method'],
    parameters: MethodRecord['parameters'],
    classes: readonly number[],
  ): readonly MethodRecord[] {
    const { sha256 } = this.#images.row(id);
    return sha256 === null ? [] : this.#methodMaps.load(sha256, method, parameters, classes);
  }

  /** Keeps how label and prediction of an image disagree under the project's settings; null takes it away. */
  setDisagreement(id: ImageId, disagreement: Disagreement | null): void {
    this.#explanations.setDisagreement(id, this.#info.tis, disagreement);
    this.#gallery.setKind(id, disagreement?.kind ?? null);
  }

  disagreement(id: ImageId): Disagreement | null {
    return this.#explanations.disagreement(id, this.#info.tis);
  }

  // ── verdicts ───────────────────────────────────────────────────────────────────────────────────

  get reviewer(): string {
    return this.#verdicts.reviewer;
  }

  /** Whose verdicts are given, undone and redone from now on. */
  setReviewer(name: string): void {
    this.#verdicts.setReviewer(name);
  }

  get canUndo(): boolean {
    return this.#verdicts.canUndo;
  }

  get canRedo(): boolean {
    return this.#verdicts.canRedo;
  }

  /** Gives a verdict; durable when this returns. @throws AppError `IMAGE_NOT_FOUND`. */
  give(id: ImageId, verdict: GivenVerdict): VerdictOutcome {
    const { file, sha256 } = this.#images.row(id);
    this.#verdicts.give(file, sha256, verdict);
    return this.#outcome(file);
  }

  /** Takes away the reviewer's own verdict; durable when this returns. @throws AppError `IMAGE_NOT_FOUND`. */
  clear(id: ImageId): VerdictOutcome {
    const { file } = this.#images.row(id);
    this.#verdicts.clear(file);
    return this.#outcome(file);
  }

  /** Takes back the reviewer's newest change. @throws AppError `NOTHING_TO_UNDO`; `IMAGE_NOT_FOUND` when it was done for a file that is gone. */
  undo(): VerdictOutcome {
    return this.#outcome(this.#verdicts.undo());
  }

  /** Does again what was undone last. @throws AppError as {@link undo}. */
  redo(): VerdictOutcome {
    return this.#outcome(this.#verdicts.redo());
  }

  history(id: ImageId): readonly JournalEntry[] {
    return this.#verdicts.history(this.#images.row(id).file);
  }

  /** The standing verdict on an image. */
  verdict(id: ImageId): Verdict | null {
    const { file, sha256 } = this.#images.row(id);
    return this.#verdicts.standing(file, sha256);
  }

  // ───────────────────────────────────────────────────────────────────────────────────────────────

  /** A picture was read for its maps; when it is another one than was predicted, that is pending again. */
  #keepFacts(id: ImageId, facts: ImageFacts): void {
    if (!this.#contents.keep(id, facts)) return;
    this.#predictions.adoptKnown([id], this.#mapping.toClass);
    this.#gallery.contentChanged([id]);
  }

  #outcome(file: string): VerdictOutcome {
    const id = this.#images.idOf(file);
    if (id === undefined) {
      throw new AppError('IMAGE_NOT_FOUND', `This was done for ${file}, which is not in the dataset any more.`);
    }
    this.#gallery.judged(file);
    const [row] = this.#gallery.rows([id]);
    if (row === undefined) throw new AppError('INTERNAL', `The image ${file} cannot be read from the project.`);
    return { row, canUndo: this.canUndo, canRedo: this.canRedo };
  }

  #setInfo(info: ProjectInfo): void {
    writeProjectInfo(this.folder, info);
    this.#info = info;
    this.#mapping = new LabelMapping(info);
  }

  #newGallery(): Gallery {
    return new Gallery({
      audit: this.#audit,
      images: this.#images,
      explanations: this.#explanations,
      verdicts: this.#verdicts,
      info: this.#info,
    });
  }

  /** Brings stored results in step with model and mapping: they may have changed just now, or right before a crash. */
  #catchUp(): void {
    const { model } = this.#info;
    const mapping = this.#mapping;
    this.#audit.transaction(() => {
      if (this.#meta.modelDone !== model.hash) {
        this.#predictions.adopt(mapping.toClass);
        this.#meta.markModelDone(model.hash);
        this.#meta.mappingDone(mapping.key);
      }
      const before = this.#meta.mapping;
      if (before === mapping.key) return;
      const changed = mapping.changedSince(before);
      this.#predictions.rescore(mapping.toClass, (_, label) => label !== null && changed(label));
      this.#explanations.forgetLabels(changed);
      this.#meta.mappingDone(mapping.key);
    });
    this.#gallery = this.#newGallery();
  }
}
