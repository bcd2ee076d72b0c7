/** One audit on disk: a folder with its facts, a disposable cache (`audit.sqlite`) and what people decided (`verdicts.sqlite`). */

import { mkdirSync, statSync } from 'node:fs';
import {
  type ClassIndex,
  type FractionRect,
  type ImageDetail,
  type ImageId,
  imageId,
  type ImageRow,
  type LabelIndex,
  type MappingRow,
  type ProjectAccess,
  type ProjectCounts,
  type ProjectFigures,
  type ProjectSummary,
  type TisParameters,
} from '../../shared/audit.js';
import type { Disagreement } from '../../shared/disagreement.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError, toAppError } from '../../shared/errors.js';
import type { ColumnId } from '../../shared/columns.js';
import type { ConfusionCounts, Filter, GalleryFacets, Order, Selection, SelectionWish } from '../../shared/query.js';
import { finished, type Progress } from '../../shared/progress.js';
import type { NoiseEstimate } from '../../shared/statistics/confident-joint.js';
import type { CacheFigures, FreedSpace } from '../../shared/calls/project.js';
import type { MergeOutcome, VerdictOutcome, VerdictSteps } from '../../shared/calls/verdict.js';
import type { DatasetImage, ImageSource, StampedImage } from '../dataset/dataset.js';
import type { LabelledImage } from '../dataset/label-exporter.js';
import type { ImageFacts, ModelLocation } from '../engine/engine.js';
import type { LabelCounts } from '../table/audit-counts.js';
import { noiseOf } from '../table/noise.js';
import type { StaleScores } from '../table/score-store.js';
import { JudgedImages } from './judged-images.js';
import { Disagreements } from './disagreements.js';
import { type ContentChange, Contents, type IdentifiedImage, type ReadImage } from './contents.js';
import { type ExplanationRecord, Explanations, sameParameters } from './explanations.js';
import { Gallery } from './gallery.js';
import { FileNames } from '../table/file-names.js';
import { ImageColumns } from '../table/image-columns.js';
import { ImageStore } from '../table/image-store.js';
import { Probabilities } from '../table/probabilities.js';
import type { SuspicionOptions } from '../table/selection.js';
import { Images, type ImageTables, type ListedSource } from './images.js';
import { Ledger, type TaskEnd, type TaskOutcome } from './ledger.js';
import type { Task } from './task.js';
import { LabelMapping } from './label-mapping.js';
import { type GoneContents, MapCache } from './map-cache.js';
import { Meta } from './meta.js';
import { MapStore } from './map-store.js';
import { MethodMaps, type MethodRecord } from './method-maps.js';
import { Predictions, type RecordedPrediction } from './predictions.js';
import { type ProjectFiles, withCopiedFiles, withFiles } from './project-files.js';
import {
  projectExists,
  type ProjectInfo,
  readProjectInfo,
  type ResultTerms,
  type Terms,
  writeProjectInfo,
} from './project-info.js';
import { saveCopy } from './save-copy.js';
import type { SqliteFile } from '../database/sqlite.js';
import { type GivenVerdict, Verdicts } from '../decisions/verdicts.js';

const rebuiltNotice =
  'The cache of this project was damaged: images and predictions are computed anew. All verdicts are kept.';

/** What is kept of one model's maps. */
interface ModelResults {
  readonly explanations: Explanations;
  readonly methodMaps: MethodMaps;
  readonly disagreements: Disagreements;
}

/** An image that a report tells of. */
export interface Finding {
  readonly row: ImageRow;
  readonly disagreement: Disagreement | null;
  /** The part of the image that the model sees; null until the size is known. */
  readonly view: FractionRect | null;
}

/** What is known of an image whose maps are to be shown or made. */
export interface Explained {
  readonly source: ImageSource;
  /** When its content was read; null when it was not. */
  readonly read: ReadImage | null;
  readonly label: LabelIndex | null;
  /** The kept maps; null when there are none. */
  readonly record: ExplanationRecord | null;
  /** How label and prediction disagree by them, where that was kept. */
  readonly disagreement: Disagreement | null;
}

/** The same of one of many images, without the maps. */
export interface KeptExplanation {
  readonly id: ImageId;
  readonly label: LabelIndex | null;
  readonly maps: {
    readonly classes: readonly ClassIndex[];
    /** The most probable class. */
    readonly best: ClassIndex | null;
    /** Whether all of them have evidence. */
    readonly evidence: boolean;
  } | null;
  /** Whether it was kept how label and prediction disagree. */
  readonly told: boolean;
}

export interface ReportPlan {
  /** The findings, most suspicious first. */
  readonly ids: readonly ImageId[];
  readonly kept: readonly KeptExplanation[];
}

export interface LabelledPage {
  readonly images: readonly LabelledImage[];
  /** The id to go on after; null where there were no more images. */
  readonly last: ImageId | null;
}

/** Whether all scores are meant, or only such as an image has by itself. */
export type StaleScoresWish = 'all' | 'own';

/**
 * An open project: the only writer of its folder. Every call is synchronous and has taken effect when it returns; all
 * throw AppError `DISK_FULL`, `READ_ONLY`, `PROJECT_GONE` or `PROJECT_DAMAGED` when the disk fails them.
 */
export class Project {
  readonly folder: string;
  #info: ProjectInfo;
  #mapping: LabelMapping;
  readonly #files: ProjectFiles;
  readonly #audit: SqliteFile;
  readonly #meta: Meta;
  #contentsChanged: (ids: readonly ImageId[]) => void = () => undefined;
  #tellMapsGone: (ids: readonly ImageId[]) => void = () => undefined;
  readonly #tables: ImageTables;
  readonly #images: Images;
  readonly #contents: Contents;
  readonly #verdicts: Verdicts;
  readonly #judged: JudgedImages;
  readonly #cache: MapCache;
  readonly #ledger: Ledger;
  #predictions: Predictions;
  #results: ModelResults;
  #gallery: Gallery;

  private constructor(folder: string, info: ProjectInfo, files: ProjectFiles) {
    this.folder = folder;
    this.#info = info;
    this.#files = files;
    this.#audit = files.audit;
    this.#mapping = new LabelMapping(info);
    this.#meta = new Meta(this.#audit);
    // Before it was noted, a project that moved was tied to its dataset by hand, and scanned.
    if (this.#meta.scanned && this.#meta.datasetListed === null) this.#meta.listedAt(info.datasetPath);
    const [facts, names] = [new ImageColumns(), new FileNames()];
    this.#tables = { facts, names, store: new ImageStore(this.#audit, facts, names) };
    this.#images = new Images(this.#audit, this.#tables, info.datasetPath);
    this.#contents = new Contents(this.#audit, this.#tables, this.#images);
    this.#verdicts = new Verdicts(files.verdicts);
    this.#judged = new JudgedImages({
      folder,
      file: files.verdicts,
      verdicts: this.#verdicts,
      images: this.#images,
      gallery: () => this.#gallery,
      requireWritable: () => {
        this.requireWritable();
      },
      requireFound: () => {
        this.#requireFound();
      },
    });
    const model = this.#meta.modelId(info.model);
    this.#predictions = this.#predictionsOf(model);
    this.#cache = new MapCache(this.#audit, this.#meta.mapCeiling, () => this.access === 'writable');
    this.#results = this.#resultsOf(model);
    this.#ledger = new Ledger(this.#audit);
    facts.mapLabels(this.#mapping.toClass);
    this.#tables.store.load(model);
    this.#gallery = this.#caughtUp();
    this.#tables.store.onReload(() => {
      this.#gallery = this.#newGallery();
    });
  }

  /** `listener` hears, from now on, of images whose files were found to hold another picture than before. */
  onContentsChanged(listener: (ids: readonly ImageId[]) => void): void {
    this.#contentsChanged = listener;
  }

  /** `listener` hears, from now on, of images whose TIS maps were taken away to make room. */
  onMapsGone(listener: (ids: readonly ImageId[]) => void): void {
    this.#tellMapsGone = listener;
  }

  /** Whether a folder holds a project. */
  static exists(folder: string): boolean {
    return projectExists(folder);
  }

  /**
   * Makes a project in a new or empty folder (its parents are made too) and opens it.
   * @throws AppError `OUTPUT_UNWRITABLE` when the folder holds a project already, `PROJECT_IN_USE`, `READ_ONLY`, `DISK_FULL`.
   */
  static create(folder: string, info: ProjectInfo): Project {
    return finished(Project.creating(folder, info));
  }

  /** {@link create} in steps. */
  static *creating(folder: string, info: ProjectInfo): Generator<Progress, Project, void> {
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
    return yield* withFiles(folder, (files) => {
      const project = new Project(folder, info, files);
      // Written last: a folder without it is no project yet, and making it can start again.
      writeProjectInfo(folder, info);
      return project;
    });
  }

  /** Opens a project for looking, without touching its folder; see {@link access}. @throws AppError as {@link open}. */
  static openReadOnly(folder: string): Project {
    return finished(Project.openingReadOnly(folder));
  }

  /** {@link openReadOnly} in steps, which tell how far a project of an earlier version is brought into the shape of this one. */
  static *openingReadOnly(folder: string): Generator<Progress, Project, void> {
    const info = readProjectInfo(folder);
    return yield* withCopiedFiles(folder, (files) => new Project(folder, info, files));
  }

  /** Opens a project, for looking only where its folder may not be written to. @throws AppError as {@link open}. */
  static openAsAllowed(folder: string): Project {
    return finished(Project.openingAsAllowed(folder));
  }

  /** {@link openAsAllowed} in steps, as {@link openingReadOnly}. */
  static *openingAsAllowed(folder: string): Generator<Progress, Project, void> {
    try {
      return yield* Project.opening(folder);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'READ_ONLY') throw error;
      return yield* Project.openingReadOnly(folder);
    }
  }

  /** Opens a project. @throws AppError `NO_PROJECT`, `PROJECT_IN_USE`, `PROJECT_NEWER`, `PROJECT_DAMAGED`, `READ_ONLY`. */
  static open(folder: string): Project {
    return finished(Project.opening(folder));
  }

  /** {@link open} in steps, as {@link openingReadOnly}. */
  static *opening(folder: string): Generator<Progress, Project, void> {
    const info = readProjectInfo(folder);
    return yield* withFiles(folder, (files) => new Project(folder, info, files));
  }

  close(): void {
    try {
      this.#gallery.save();
    } finally {
      this.#files.close();
    }
  }

  // ── facts ──────────────────────────────────────────────────────────────────────────────────────

  get info(): ProjectInfo {
    return this.#info;
  }

  /** Whether verdicts and predictions can be kept. */
  get access(): ProjectAccess {
    return this.#files.access();
  }

  /** Does nothing where decisions and results can be kept. @throws AppError `READ_ONLY`, `PROJECT_GONE`, with the way out. */
  requireWritable(): void {
    if (this.access === 'read-only') {
      throw new AppError(
        'READ_ONLY',
        `The project ${this.folder} may not be written to, so it can only be looked at.`,
        'Save a copy of it at a place where you may write: "Save a copy" in the project menu. The copy is opened.',
      );
    }
    this.#requireFound();
  }

  /**
   * Writes everything the project holds to a new folder, also when its own is gone.
   * @throws AppError `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`.
   */
  saveCopy(folder: string): void {
    saveCopy(folder, this.#info, this.#files);
  }

  get warnings(): readonly string[] {
    const notices = this.#files.rebuilt ? [rebuiltNotice] : [];
    return [...notices, ...this.#meta.warnings];
  }

  counts(): ProjectCounts {
    return this.#gallery.counts();
  }

  /** What changes with every verdict and every batch of predictions. */
  figures(): ProjectFigures {
    return {
      counts: this.counts(),
      ...this.#gallery.splitsAndDoubts(),
      predictionCancelled: this.predictionCancelled,
      access: this.access,
    };
  }

  /** Facts and counts; on request with other settings of maps than the project has now, and what was explained under these. */
  summary({ tis }: Pick<Terms, 'tis'> = this.#info): ProjectSummary {
    const { name, datasetPath, format, labels, model, modelPath, mapping } = this.#info;
    const figures = this.figures();
    const { counts } = figures;
    const explained = sameParameters(tis, this.#info.tis) ? counts.explained : this.#countExplained(tis);
    return {
      name,
      datasetPath,
      format,
      labels,
      model,
      modelPath,
      mapping,
      tis,
      ...figures,
      counts: { ...counts, explained },
      warnings: this.warnings,
    };
  }

  /** Changes the mapping; the class of every label follows at once, its scores by {@link score}. Labels that are not in it keep their rows. */
  setMapping(rows: readonly MappingRow[]): void {
    this.requireWritable();
    this.#setInfo({ ...this.#info, mapping: [...rows, ...this.#info.mapping.slice(rows.length)] });
    this.#gallery = this.#caughtUp();
  }

  /** Changes the settings of maps; maps cached under these settings are found again, others stay for later. */
  setTis(tis: TisParameters): void {
    this.#setInfo({ ...this.#info, tis });
    this.#gallery = this.#newGallery();
  }

  /** Puts another model in place; results of each model are kept, and what this one has not computed becomes pending. */
  setModel(location: ModelLocation, model: ModelSummary, mapping: readonly MappingRow[]): void {
    // Labels that were found meanwhile are no class of this model yet.
    const others = this.#info.mapping
      .slice(mapping.length)
      .map((row) => ({ ...row, classIndex: null, by: 'none' as const }));
    this.#setInfo({
      ...this.#info,
      modelPath: location.path,
      modelChoice: location.choice ?? null,
      model,
      mapping: [...mapping, ...others],
    });
    const id = this.#meta.modelId(model);
    this.#predictions = this.#predictionsOf(id);
    this.#cache.recount();
    this.#results = this.#resultsOf(id);
    this.#tables.store.loadModel(id);
    this.#gallery = this.#caughtUp();
  }

  // ── images ─────────────────────────────────────────────────────────────────────────────────────

  /** Whether a scan of the dataset was finished where it lies now; false in a new project and after the cache was lost. */
  get scanned(): boolean {
    const { scanned, datasetListed } = this.#meta;
    return scanned && datasetListed === this.#info.datasetPath;
  }

  /** Starts a scan: {@link finishScan} will remove the images that were not added again since. */
  beginScan(): void {
    this.requireWritable();
    this.#meta.beginScan();
    this.#images.beginScan();
  }

  /** Appends labels that are not in the list yet, without a class. */
  addLabels(names: Iterable<string>): void {
    const labels = this.#mapping.withNames(Array.from(names, (label) => ({ label })));
    if (labels === null) return;
    this.#setInfo({ ...this.#info, ...labels });
    this.#meta.mappingDone(this.#mapping.key);
    this.#gallery = this.#newGallery();
  }

  /** Adds a batch of images, or brings known ones (by `file`) up to date; labels not seen before are appended to the list. */
  addImages(images: readonly (DatasetImage | StampedImage)[]): void {
    const labels = this.#mapping.withNames(images);
    if (labels !== null) this.#setInfo({ ...this.#info, ...labels });
    const { facts } = this.#tables;
    const idsOf = (slots: readonly number[]): readonly ImageId[] => slots.map((slot) => imageId(facts.id[slot] ?? 0));
    const labelOf = ({ label }: DatasetImage): number | null => this.#mapping.indexOf(label);
    const relabelled = this.#images.add(images, labelOf, (slots, work) => {
      this.#gallery.change(idsOf(slots), () => {
        work();
        for (const slot of slots) facts.deriveClass(slot);
      });
    });
    if (relabelled.length > 0) this.#forgetDisagreements(idsOf(relabelled));
    this.#meta.mappingDone(this.#mapping.key);
    if (labels !== null) this.#gallery = this.#newGallery();
    else this.#gallery.added(images.map((image) => image.file));
  }

  /**
   * Ends a scan: removes images that are no longer in the dataset, makes pending what could not be read before its file was
   * written to, keeps the warnings; returns how many were removed. Images in `unlisted` folders, which could not be read, stay.
   */
  finishScan(warnings: readonly string[], unlisted: readonly string[] = []): number {
    const removed = this.#images.prune(unlisted);
    this.#retry('written-since');
    this.#meta.finishScan(warnings);
    this.#meta.listedAt(this.#info.datasetPath);
    return removed;
  }

  /** Makes ready what nobody has asked for yet, so that nobody has to wait for it: scores in memory, file names in their order. */
  *readAhead(): Generator<Progress, void, void> {
    for (let gallery: Gallery | null = null; gallery !== this.#gallery;) {
      gallery = this.#gallery;
      for (const _ of gallery.readying()) {
        // Another one has taken its place, which is made ready instead.
        if (gallery !== this.#gallery) break;
        yield { done: 0, total: 2 };
      }
    }
    for (const _ of this.#tables.store.order()) yield { done: 1, total: 2 };
  }

  /** Images whose files were written to since they were read: at most `limit` after `afterId`, by id. */
  imagesInDoubt(afterId: number, limit: number): readonly ListedSource[] {
    return this.#contents.inDoubt(afterId, limit);
  }

  *countInDoubt(): Generator<Progress, number, void> {
    return yield* this.#contents.countInDoubt();
  }

  /**
   * Keeps what reading images in doubt told. Where the content is another one, everything derived from the old goes: known
   * content has its prediction at once, the rest is pending. Returns how many have another content.
   */
  identify(batch: readonly IdentifiedImage[]): number {
    const changes = this.#gallery.change(
      batch.map(({ id }) => id),
      () => this.#contents.identify(batch),
    );
    this.#changed(changes);
    return changes.length;
  }

  /** Those of the images that were read, with the stamps that their files had then. */
  readAmong(ids: readonly ImageId[]): readonly ReadImage[] {
    return this.#contents.readAmong(ids);
  }

  /** Every image with the content of this one, itself first. */
  sameContent(id: ImageId): readonly ImageId[] {
    return this.#images.sameContent(id);
  }

  /** How many of these files of a dataset the project knows. */
  knownAmong(files: readonly string[]): number {
    return this.#images.knownAmong(files);
  }

  /** The dataset lies elsewhere now: a scan has to follow. Images keep their ids, results and verdicts. */
  relink(place: Pick<ProjectInfo, 'datasetPath' | 'labelsFile'>): void {
    this.#setInfo({ ...this.#info, ...place });
    this.#images.relink(place.datasetPath);
  }

  imageCount(): number {
    return this.#gallery.size;
  }

  /** Where the bytes of an image lie. @throws AppError `IMAGE_NOT_FOUND`. */
  source(id: ImageId): ImageSource {
    return this.#images.source(id);
  }

  // ── predictions ────────────────────────────────────────────────────────────────────────────────

  /** At most `limit` images after `afterId` that this model has not predicted and that were not found unreadable. */
  pendingPredictions(afterId: number, limit: number): readonly ListedSource[] {
    return this.#predictions.pending(afterId, limit);
  }

  /** Keeps a batch of outcomes in one transaction. @throws AppError `MODEL_CHANGED` where they are `of` another model than the project's. */
  recordPredictions(batch: readonly RecordedPrediction[], of: string = this.#info.model.hash): void {
    this.requireWritable();
    if (of !== this.#info.model.hash) {
      throw new AppError('MODEL_CHANGED', 'The model was changed while it predicted.', 'Predict again.');
    }
    const ids = batch.map(({ id }) => id);
    const changes = this.#gallery.change(ids, () => this.#predictions.record(batch));
    this.#changed(changes);
    this.#bind(ids);
  }

  /** Whether a person cancelled predicting: that is kept until somebody says that it goes on. */
  get predictionCancelled(): boolean {
    return this.#meta.predictionCancelled;
  }

  cancelPrediction(cancelled: boolean): void {
    this.#meta.predictionCancelled = cancelled;
  }

  /** Makes unreadable images pending again; returns how many. */
  retryUnreadable(): number {
    return this.#retry('all');
  }

  /** All class probabilities of one image, `[C]`; null without a prediction. */
  probabilities(id: ImageId): Float32Array | null {
    return this.#predictions.probabilities(id);
  }

  /** How many labels are wrong, as the model alone estimates; null when no image was compared. Begins anew when mapping or model change meanwhile. */
  *noise(): Generator<Progress, NoiseEstimate | null, void> {
    for (;;) {
      const gallery = this.#gallery;
      const isOvertaken = (): boolean => this.#gallery !== gallery;
      const steps = noiseOf({
        all: () => gallery.labelled(),
        count: gallery.counts().compared,
        classes: this.#info.model.classes.length,
      });
      let step = steps.next();
      for (; step.done !== true && !isOvertaken(); step = steps.next()) yield step.value;
      if (step.done === true) return step.value;
    }
  }

  /** How many parts of the images have scores that {@link score} would compute. */
  staleScores(which: StaleScoresWish): number {
    return this.#gallery.scoringSteps(this.#staleScores(which));
  }

  /**
   * Computes the scores that are not as they would be computed now: those of another mapping or model, of an earlier version of Hognose,
   * and, unless only the images' `own` are wanted, such as depend on all images. What was computed of a part is kept. What changes
   * meanwhile may leave some stale.
   */
  *score(which: StaleScoresWish): Generator<Progress, void, void> {
    const gallery = this.#gallery;
    for (const progress of gallery.score(this.#staleScores(which))) {
      yield progress;
      // What is read now goes by another mapping or model than these scores.
      if (this.#gallery !== gallery) return;
    }
  }

  // ── gallery ────────────────────────────────────────────────────────────────────────────────────

  /** A selection, which is the one on screen from now on: it is kept while images change. */
  select(wish: SelectionWish): Selection {
    return this.#gallery.select(wish);
  }

  /** Ids of the selection on screen from a place on; null where it is at another revision. */
  page(revision: number, from: number, count: number): Uint32Array | null {
    return this.#gallery.page(revision, from, count);
  }

  /** Places in the selection on screen, -1 for an image that is not in it; null where it is at another revision. */
  places(revision: number, ids: readonly ImageId[]): Int32Array | null {
    return this.#gallery.places(revision, ids);
  }

  /** Ids of the images that pass the filter, in order; ties by id, images without the value last. */
  query(filter: Filter, order: Order): Uint32Array {
    return this.#gallery.query(filter, order);
  }

  /** Counts beside the values of these columns, each under the conditions on all others. */
  facets(filter: Filter, columns: readonly ColumnId[]): GalleryFacets {
    return this.#gallery.facets(filter, columns);
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

  confusion(): ConfusionCounts {
    return this.#gallery.confusion();
  }

  /** Predicted images, most suspicious first. */
  suspicious(limit: number, options: SuspicionOptions = {}): readonly ImageId[] {
    return this.#gallery.suspicious(limit, options);
  }

  /**
   * What a report tells: images with a verdict other than 'right label' or with a note, and the most suspicious disagreements, at most `limit`;
   * how label and prediction disagree as the maps made under `terms` say.
   */
  findings(limit: number, terms: ResultTerms): readonly Finding[] {
    return this.#gallery.rows(this.#gallery.findings(limit)).map((row) => {
      const disagreement = this.disagreement(row.id, terms);
      const view = this.#images.modelView(row.id);
      return { row: { ...row, disagreement: disagreement?.kind ?? null }, disagreement, view };
    });
  }

  /** What a report of at most `limit` findings is about to tell, and what is explained of the first `explain` of them that can be read. */
  *reportPlan(
    { limit, explain }: { readonly limit: number; readonly explain: number },
    terms: ResultTerms,
  ): Generator<Progress, ReportPlan, void> {
    const ids = this.#gallery.findings(limit);
    const readable = this.#images.rows(ids.slice(0, explain)).filter(({ error }) => error === null);
    const kept: KeptExplanation[] = [];
    for (const { id, label, sha256 } of readable) {
      const record = sha256 === null ? null : this.#under(terms).explanations.load(sha256, terms.tis);
      kept.push({
        id,
        label,
        maps: record === null ? null : keptMaps(record),
        told: this.disagreement(id, terms) !== null,
      });
      yield { done: kept.length, total: readable.length };
    }
    return { ids, kept };
  }

  /** At most `limit` images after `afterId`, by id, with what their labels are after the verdicts; those without a label are left out. */
  labelledPage(afterId: number, limit: number): LabelledPage {
    const { labels } = this.#info;
    const ids = this.#gallery.idsAfter(afterId, limit);
    const images = this.#gallery.rows(ids).flatMap(({ file, label, split, verdict, unsettled }) => {
      const name = label === null ? undefined : labels[label];
      return name === undefined ? [] : [{ file, label: name, split, verdict, isUnsettled: unsettled.length > 0 }];
    });
    return { images, last: ids.at(-1) ?? null };
  }

  // ── explanations ───────────────────────────────────────────────────────────────────────────────

  /**
   * Keeps the maps of an image (and of every image with the same content) as those of the model of `terms`; returns them as
   * they will be found. @throws AppError `IMAGE_NOT_FOUND`.
   */
  saveExplanation(id: ImageId, record: ExplanationRecord, terms: ResultTerms): ExplanationRecord {
    this.#requireFound();
    const { explanations } = this.#under(terms);
    const kept = this.#saveMaps(() => {
      const sha256 = record.facts?.sha256 ?? this.#images.contentOf(id);
      if (record.facts !== null) this.#keepFacts(id, record.facts, terms);
      if (sha256 === null) throw new AppError('INTERNAL', `The content of image ${String(id)} is not known yet.`);
      explanations.save(sha256, record);
      return explanations.load(sha256, record.parameters) ?? record;
    });
    this.#gallery.change(this.#images.sameContent(id), () => undefined);
    return kept;
  }

  /** The cached maps of an image under these terms; null when there are none. */
  loadExplanation(id: ImageId, terms: ResultTerms): ExplanationRecord | null {
    const sha256 = this.#images.contentOf(id);
    return sha256 === null ? null : this.#under(terms).explanations.load(sha256, terms.tis);
  }

  /** Everything that is to be known of an image before its maps are shown or made. @throws AppError `IMAGE_NOT_FOUND`. */
  explained(id: ImageId, terms: ResultTerms): Explained {
    const { label } = this.#images.row(id);
    const [read = null] = this.#contents.readAmong([id]);
    const record = this.loadExplanation(id, terms);
    return { source: this.#images.source(id), read, label, record, disagreement: this.disagreement(id, terms) };
  }

  /** Keeps maps of any method as those of the model of `terms`; `facts` are what reading the image told. */
  saveMethodMaps(id: ImageId, record: MethodRecord, facts: ImageFacts, terms: ResultTerms): void {
    this.#requireFound();
    this.#saveMaps(() => {
      this.#keepFacts(id, facts, terms);
      this.#under(terms).methodMaps.save(facts.sha256, record);
    });
  }

  /** The cached maps of those of `classes` that there are of the model of `terms`. */
  loadMethodMaps(
    id: ImageId,
    { method, parameters }: Pick<MethodRecord, 'method' | 'parameters'>,
    classes: readonly number[],
    terms: ResultTerms,
  ): readonly MethodRecord[] {
    const sha256 = this.#images.contentOf(id);
    return sha256 === null ? [] : this.#under(terms).methodMaps.load(sha256, method, parameters, classes);
  }

  /** What kept maps take. */
  cacheFigures(): CacheFigures {
    const files = [this.#audit.path, `${this.#audit.path}-wal`];
    const fileBytes = files.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
    return { ...this.#cache.taken, fileBytes, ceiling: this.#cache.ceiling };
  }

  /** Bytes that maps may take from now on, also when it is opened again; where they take more, those used longest ago go. */
  *setCeiling(bytes: number): Generator<Progress, void, void> {
    this.#meta.mapCeiling = bytes;
    this.#cache.ceiling = bytes;
    // What is only looked at is left as it is.
    if (this.access === 'writable') yield* this.#takingAway(this.#cache.trim());
  }

  /**
   * Takes away all maps, which are made again when they are looked at, and gives their disk space back. Disagreements stay.
   * @throws AppError `READ_ONLY`, `PROJECT_GONE`; `DISK_FULL` where not even that can be written.
   */
  *freeSpace(): Generator<Progress, FreedSpace, void> {
    this.requireWritable();
    yield* this.#takingAway(this.#cache.clear());
    return { problem: this.#shrink(), figures: this.cacheFigures() };
  }

  /** Keeps how label and prediction of an image disagree by maps made under `terms`; null takes it away. */
  setDisagreement(id: ImageId, disagreement: Disagreement | null, terms: ResultTerms): void {
    this.#under(terms).disagreements.set(id, terms.tis, disagreement);
    if (!this.#isCurrent(terms) || !sameParameters(terms.tis, this.#info.tis)) return;
    this.#gallery.setKind(id, disagreement?.kind ?? null);
  }

  disagreement(id: ImageId, terms: ResultTerms): Disagreement | null {
    return this.#under(terms).disagreements.of(id, terms.tis);
  }

  // ── tasks ──────────────────────────────────────────────────────────────────────────────────────

  /** Takes a task on: it is gone on with until it ends, also when the project is opened again. */
  beginTask(task: Task): void {
    // In a project that is only looked at it lasts as long as that is open, as what is computed does.
    this.#requireFound();
    this.#ledger.begin(task);
  }

  /** Puts another task in the place of one with its id, of which nothing is done yet. */
  replaceTask(task: Task): void {
    this.#ledger.replace(task);
  }

  /** Tasks that have not ended, those taken on first at the front. */
  openTasks(): readonly Task[] {
    return this.#ledger.open();
  }

  /** See {@link Meta.identity}. */
  get identity(): string {
    return this.#meta.identity;
  }

  /** The images of a task that are left to do, in its order, and how many of these are not in the project any more. */
  taskLacks(task: Task): { readonly left: readonly ImageId[]; readonly gone: number } {
    const lacking = this.#ledger.lacks(task);
    const left = lacking.filter((id) => this.#tables.facts.slotOf(id) !== undefined);
    return { left, gone: lacking.length - left.length };
  }

  /** Notes what came of an image of a task. */
  noteTask(task: string, image: ImageId, outcome: TaskOutcome): void {
    this.#ledger.note(task, image, outcome);
  }

  endTask(task: string, end: TaskEnd): void {
    this.#ledger.end(task, end);
  }

  // ── verdicts ───────────────────────────────────────────────────────────────────────────────────

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

  /** What the reviewer can take back and do again. */
  verdictSteps(): VerdictSteps {
    return this.#judged.steps();
  }

  /**
   * Gives one verdict on all these images, as one step or not at all; durable when this returns. `at`, in milliseconds since 1970,
   * belongs to this step alone: asked for again, it is not taken twice. @throws AppError `IMAGE_NOT_FOUND`.
   */
  give(ids: readonly ImageId[], verdict: GivenVerdict, at: number): VerdictOutcome {
    return this.#judged.give(ids, verdict, at);
  }

  /** Takes away the reviewer's own verdicts on these images, as {@link give} gives them. */
  clear(ids: readonly ImageId[], at: number): VerdictOutcome {
    return this.#judged.clear(ids, at);
  }

  /** Takes back the reviewer's newest step, also where it concerned files that are gone. @throws AppError `NOTHING_TO_UNDO`. */
  undo(at: number): VerdictOutcome {
    return this.#judged.undo(at);
  }

  /** Does again what was undone last. @throws AppError as {@link undo}. */
  redo(at: number): VerdictOutcome {
    return this.#judged.redo(at);
  }

  /**
   * Takes over what was said in the copy of this project at `other`, which is left as it is. Done twice it changes nothing; undo and redo
   * are of what was said here. @throws AppError as {@link mergeVerdicts}.
   */
  merge(other: string): Generator<Progress, MergeOutcome, void> {
    return this.#judged.merge(other);
  }

  // ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Does `work`, which saves maps, in one transaction; others may have to go for them. */
  #saveMaps<Result>(work: () => Result): Result {
    const { store } = this.#tables;
    const [made, gone] = this.#cache.saving((writes) => store.edit(writes), work);
    this.#mapsGone(gone);
    return made;
  }

  #mapsGone(contents: GoneContents): void {
    if (contents.length === 0) return;
    const ids = this.#gallery.mapsGone(contents);
    if (ids.length > 0) this.#tellMapsGone(ids);
  }

  *#takingAway(parts: Generator<GoneContents, void, void>): Generator<Progress, void, void> {
    const total = this.#cache.taken.maps;
    for (const contents of parts) {
      this.#mapsGone(contents);
      yield { done: Math.max(0, total - this.#cache.taken.maps), total };
    }
  }

  /** Gives the disk space of what was removed back; why it could not be, or null. */
  #shrink(): FreedSpace['problem'] {
    try {
      this.#audit.shrink();
      return null;
    } catch (error) {
      return toAppError(error).toData();
    }
  }

  /** A picture was read for its maps; when it is another one than was predicted, that is pending again. */
  #keepFacts(id: ImageId, facts: ImageFacts, terms: ResultTerms): void {
    // What another model than the project's sees of an image is not what this one sees.
    if (!this.#isCurrent(terms)) return;
    const slot = this.#images.slotOf(id);
    const change = this.#gallery.change([id], () =>
      this.#tables.store.edit((edit) => this.#contents.keep(edit, slot, facts)),
    );
    if (change !== null) this.#changed([change]);
    this.#bind([id]);
  }

  /** Verdicts given while the content of these images was not known belong to the one they have now: it may leave with the cache or the file. */
  #bind(ids: readonly ImageId[]): void {
    for (const { file, sha256 } of this.#images.rows(ids)) {
      if (sha256 !== null) this.#verdicts.bind(file, sha256);
    }
  }

  #changed(changes: readonly ContentChange[]): void {
    if (changes.length === 0) return;
    const ids = changes.map(({ id }) => id);
    for (const { file, before } of changes) this.#verdicts.bind(file, before);
    const { facts } = this.#tables;
    const slots = ids.flatMap((id) => facts.slotOf(id) ?? []);
    this.#gallery.change(ids, () => {
      this.#predictions.adoptKnown(slots);
      // How the maps of the old picture relate is nothing of the new one.
      for (const slot of slots) facts.kind[slot] = 0;
    });
    this.#contentsChanged(ids);
  }

  #requireFound(): void {
    if (this.access !== 'gone') return;
    throw new AppError(
      'PROJECT_GONE',
      `The project ${this.folder} is not where it was opened: it was moved or deleted, or its drive was disconnected. This was not kept.`,
      'Save a copy at another place now ("Save a copy" in the project menu): it holds every verdict given so far.',
    );
  }

  /** Whether the model of these terms is the project's now. */
  #isCurrent({ model }: ResultTerms): boolean {
    return model.hash === this.#info.model.hash;
  }

  #under(terms: ResultTerms): ModelResults {
    return this.#isCurrent(terms) ? this.#results : this.#resultsOf(this.#meta.rowOf(terms.model.hash));
  }

  #resultsOf(model: number): ModelResults {
    const store = new MapStore(this.#audit, model, this.#cache);
    return {
      explanations: new Explanations(store),
      methodMaps: new MethodMaps(store),
      disagreements: new Disagreements(this.#audit, model),
    };
  }

  #setInfo(info: ProjectInfo): void {
    this.#requireFound();
    // What changes in a project that is only looked at lasts as long as it is open.
    if (this.access !== 'read-only') writeProjectInfo(this.folder, info);
    this.#info = info;
    this.#mapping = new LabelMapping(info);
  }

  #predictionsOf(model: number): Predictions {
    const probabilities = new Probabilities(this.#audit, model, this.#info.model.classes.length);
    return new Predictions(this.#tables, this.#images, this.#contents, probabilities);
  }

  /** What was said of these images rested on another label. */
  #forgetDisagreements(ids: readonly ImageId[]): void {
    this.#results.disagreements.forget(ids);
    for (const id of ids) this.#gallery.setKind(id, null);
  }

  /** Makes pending again what could not be read; returns how many. */
  #retry(which: 'all' | 'written-since'): number {
    const slots = this.#contents.unreadable(which);
    const ids = slots.map((slot) => this.#tables.facts.id[slot] ?? 0);
    if (slots.length > 0) {
      this.#gallery.change(ids, () => {
        this.#contents.retry(slots);
      });
    }
    return slots.length;
  }

  /** Images whose maps under other settings than the project's are cached. */
  #countExplained(tis: TisParameters): number {
    let count = 0;
    for (const _ of this.#images.holding(this.#results.explanations.explainedContents(tis))) count += 1;
    return count;
  }

  #staleScores(which: StaleScoresWish): StaleScores {
    const stale = this.#gallery.staleScores();
    return which === 'all' ? stale : { ...stale, relative: [] };
  }

  #newGallery(): Gallery {
    return new Gallery({
      audit: this.#audit,
      tables: this.#tables,
      images: this.#images,
      explanations: this.#results.explanations,
      disagreements: this.#results.disagreements,
      predictions: this.#predictions,
      model: this.#meta.modelId(this.#info.model),
      verdicts: this.#verdicts,
      info: this.#info,
    });
  }

  /** Brings stored results in step with model and mapping, which may have changed just now, or right before a crash; the gallery of that. */
  #caughtUp(): Gallery {
    const { model } = this.#info;
    const mapping = this.#mapping;
    const { facts } = this.#tables;
    facts.mapLabels(mapping.toClass);
    if (this.#meta.modelDone !== model.hash) {
      this.#predictions.adoptKnown();
      this.#meta.markModelDone(model.hash);
    }
    const before = this.#meta.mapping;
    if (before !== mapping.key) {
      const changed = mapping.changedSince(before);
      this.#audit.transaction(() => {
        this.#results.disagreements.forgetWhere((image) => {
          const slot = facts.slotOf(image);
          return slot === undefined || changed(facts.label[slot] ?? -1);
        });
        this.#meta.mappingDone(mapping.key);
      });
    }
    return this.#newGallery();
  }
}

function keptMaps({ maps }: ExplanationRecord): KeptExplanation['maps'] {
  const [best = null] = [...maps].sort((a, b) => b.probability - a.probability);
  return {
    classes: maps.map(({ classIndex }) => classIndex),
    best: best?.classIndex ?? null,
    evidence: maps.every(({ evidence }) => evidence !== null),
  };
}
