/** An open project with everything that works on it: jobs, explanations, reports. Window and command line share it. */

import { join } from 'node:path';

import {
  type ClassIndex,
  type Explanation,
  type ImageId,
  isCancellable,
  isOpen,
  type Job,
  type JobId,
  type SettlingMaps,
} from '../../shared/audit.js';
import { AppError, type ErrorData } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import type { MethodOffer } from '../../shared/methods.js';
import type { EventName, Events } from '../../shared/events.js';
import type { Precision } from '../../shared/precision.js';
import { type FidelityFigures, type SpeedFigures, fidelityImages } from '../../shared/speed.js';
import { inThisProcess } from '../data/in-this-process.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { Engine, RunProgress } from '../engine/engine.js';
import { modelOf, type Terms } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import { Comparison, type MapsWish } from './comparison.js';
import { Contrasts } from './contrasts.js';
import { Explainer } from './explain.js';
import { DatasetJobs } from './dataset-jobs.js';
import { explainImages, explainWork } from './explain-images.js';
import { ExplainQueue } from './explain-queue.js';
import { freshenImages } from './fresh-images.js';
import { FidelityStep } from './fidelity.js';
import { imageProblems } from './image-problems.js';
import type { StepProgress } from '../jobs/job-progress.js';
import { Jobs, PutOff } from '../jobs/jobs.js';
import { ModelWatch } from './model-watch.js';
import type { Work } from '../jobs/pace.js';
import { Prediction } from './prediction.js';
import { type PrintPdf, reportPieces, reportSteps, reportWork, type ReportWish } from './report-job.js';
import type { SheetFormat } from '../../shared/sheet.js';
import type { RowMap } from '../../shared/sheet-rows.js';
import { writeSheet } from '../sheet/write-sheet.js';
import { ScoreKeeper } from './score-keeper.js';
import { type ContactSheetWish, type ImageSheetWish, Sheets } from './sheets.js';

/** Hears of every event. */
export type EventListener = <E extends EventName>(event: E, payload: Events[E]) => void;

export interface OpenAuditOptions {
  readonly project: Project;
  readonly engine: Engine;
  readonly tell: EventListener;
  readonly printPdf: PrintPdf;
  /** For the report. */
  readonly version: string;
}

/** What there is to do for a report. */
interface ReportPlan {
  readonly missing: readonly ImageId[];
  readonly work: readonly Work[];
  readonly total: number;
}

/** Counts are told at most this often while a job runs, in milliseconds. */
const countsInterval = 500;

const images = (count: number): string => counted(count, 'image');
/** What jobs wait for, to stand behind "waits for". */
const maps = 'the maps you look at';
const ahead = 'the maps of the next images';

/** The work on one open project. {@link close} ends it, the project included. */
export class OpenAudit {
  readonly project: Project;
  readonly jobs: Jobs;
  readonly #options: OpenAuditOptions;
  readonly #explainer: Explainer;
  readonly #queue: ExplainQueue;
  readonly #comparison: Comparison;
  readonly #sheets: Sheets;
  readonly #model: ModelWatch;
  readonly #prediction: Prediction;
  readonly #scoring: ScoreKeeper;
  readonly #dataset: DatasetJobs;
  /** Aborted when the project is closed. */
  readonly #closing = new AbortController();
  /** Whether maps were computed since it was opened: the first ones take the engine's getting ready as well. */
  #warm = false;
  #countsTold = -Infinity;
  #reportFolder: string;

  constructor(options: OpenAuditOptions) {
    this.#options = options;
    this.project = options.project;
    this.#reportFolder = join(options.project.folder, 'report');
    this.#explainer = new Explainer(options.project, options.engine);
    this.#queue = new ExplainQueue(this.#explainer);
    const contrasts = new Contrasts(options.project, this.#explainer, (id) => {
      this.#explained(id);
    });
    this.#comparison = new Comparison(options.project, options.engine, contrasts);
    this.#sheets = new Sheets(options.project, options.engine, this.#comparison);
    this.project.onContentsChanged((ids) => {
      options.tell('contents', { images: ids });
      options.tell('change', { images: ids });
    });
    this.jobs = new Jobs((job) => {
      options.tell('job', job);
      if (isOpen(job)) return;
      if (job.kind === 'scan' || job.kind === 'predict') this.bringScoresUpToDate();
      this.tellProject();
    });
    const { project, engine, tell } = options;
    const notice = (told: ErrorData): void => {
      tell('notice', told);
    };
    const changed = (): void => {
      tell('change', { images: 'all' });
    };
    const replaced = (told: ErrorData): void => {
      notice(told);
      changed();
      this.tellProject();
      this.#goOn();
    };
    this.#model = new ModelWatch({ project, engine, jobs: this.jobs, replaced });
    this.#prediction = new Prediction({
      project,
      engine,
      jobs: this.jobs,
      model: this.#model,
      changed: this.#changed,
      notice,
    });
    this.#scoring = new ScoreKeeper({ project, jobs: this.jobs, changed });
    this.#dataset = new DatasetJobs({ project: inThisProcess(project), engine, jobs: this.jobs, notice, changed });
  }

  /**
   * Lists the dataset into the project, and reads again the images whose files were written to since they were read.
   * Resolves when done. @throws what stopped it.
   */
  scan(): Promise<void> {
    return this.#dataset.scan();
  }

  /** Ties the project to its dataset at another place, and scans it there; as {@link DatasetJobs.relink} and {@link scan}. */
  async relink(path: string): Promise<void> {
    await this.#dataset.relink(path);
    this.tellProject();
    await this.scan();
  }

  /** Reads the images that the latest scan found written to. Resolves when done. @throws what stopped it. */
  readChanged(): Promise<void> {
    return this.#dataset.readChanged();
  }

  /** Makes pending again what could not be read, and predicts it; null when there is nothing to retry. */
  retryUnreadable(): Job | null {
    this.project.requireWritable();
    if (this.project.retryUnreadable() === 0) return null;
    this.#options.tell('change', { images: 'all' });
    this.tellProject();
    return this.predict();
  }

  /** Predicts what is pending because a person says so; as {@link Prediction.begin}. */
  predict(): Job {
    const job = this.#prediction.begin();
    // It is cancelled no longer.
    this.tellProject();
    return job;
  }

  /** Predicts what is pending by itself, unless a person cancelled that; as {@link Prediction.goOn}. */
  goOnPredicting(): Job | null {
    return this.#goOn();
  }

  /** A person cancels a job: predicting then does not begin by itself any more, also after the project was opened anew. */
  cancel(id: JobId): void {
    const job = this.jobs.list().find((one) => one.id === id);
    if (this.#prediction.job?.id === id) this.#prediction.cancel(this.#prediction.job);
    else if (job !== undefined && isCancellable(job)) this.jobs.cancel(id);
  }

  /** Computes what is stale of the scores: at once where that is quick, otherwise as a job. As {@link ScoreKeeper.begin}. */
  bringScoresUpToDate(): Job | null {
    return this.#scoring.begin();
  }

  /** Explains the most suspicious images that have no maps yet. */
  explainMost(count: number): Job {
    const terms = this.project.info;
    const ids = this.project.suspicious(count, { unexplainedOnly: true });
    return this.jobs.add({
      kind: 'explain',
      title: `Explaining ${images(ids.length)}`,
      total: ids.length,
      work: [explainWork(ids.length, terms)],
      run: (signal) => this.#model.watchedSteps(this.#explainMostSteps({ ids, count, terms }, signal)),
    });
  }

  /** Where the last report was written, or will be unless another place is said. */
  get reportFolder(): string {
    return this.#reportFolder;
  }

  /** Writes a report; missing maps of its first findings are computed before. */
  report(wish: ReportWish): Job {
    const terms = this.project.info;
    // Once: files that are written to all the time shall not put the report off for ever.
    let freshened = false;
    const run = (signal: AbortSignal): AsyncIterable<StepProgress> => {
      const freshen = !freshened;
      freshened = true;
      return this.#model.watchedSteps(this.#reportSteps(wish, { terms, freshen }, signal));
    };
    const { total, work } = this.#reportPlan(wish, terms);
    const job = this.jobs.add({
      kind: 'report',
      title: 'Writing the report',
      total,
      work,
      restsOn: ['scan', 'predict', 'scores'],
      run,
    });
    this.#reportFolder = wish.folder;
    return job;
  }

  /** The explanation a person waits for. @throws AppError `IMAGE_*`, `MODEL_*`, `ENGINE_STOPPED`, `CANCELLED` when another was asked for. */
  async explain(id: ImageId, classes: readonly ClassIndex[] = []): Promise<Explanation> {
    const task = { image: id, classes, terms: this.project.info };
    await this.freshen(id);
    const cached = this.#queue.cached(task);
    if (cached !== null) return cached;
    const terms = await this.#model.opened(task.terms);
    const told = (maps: SettlingMaps): void => {
      this.#options.tell('settling', maps);
    };
    const now = this.#queue.now({ ...task, terms }, told);
    const explanation = await this.#model.watched(this.jobs.giveWay(maps, now));
    this.#notePace(explanation, terms);
    this.#explained(id);
    return explanation;
  }

  /** Computes explanations ahead, in place of the earlier wish. */
  prefetch(ids: readonly ImageId[]): void {
    // What cannot be computed ahead is told when the person gets there.
    const failed = (): void => undefined;
    const done = (id: ImageId): void => {
      this.#explained(id);
    };
    this.#model
      .opened(this.project.info)
      .then((terms) => {
        const tasks = ids.map((image) => ({ image, classes: [], terms }));
        return this.jobs.giveWay(ahead, this.#queue.prefetch(tasks, { done, failed }), ['predict']);
      }, failed)
      .catch(failed);
  }

  /** What computing costs with the project's model and settings. @throws AppError `IMAGE_NOT_FOUND` in an empty project. */
  async measureSpeed(): Promise<SpeedFigures> {
    const terms = await this.#model.opened(this.project.info);
    const [input] = this.#someImages(1);
    if (input === undefined) throw new AppError('IMAGE_NOT_FOUND', 'The project has no image to measure with.');
    const { engine } = this.#options;
    const measured = engine.measureSpeed(
      { model: modelOf(terms), input, request: terms.tis },
      { signal: this.#closing.signal },
    );
    return this.#model.watched(this.jobs.giveWay('the speed that is measured', measured));
  }

  /** How near maps of rough numbers are to those of float32 on images of the project; a job, so that it can be watched and cancelled. */
  async measureFidelity(precision: Precision): Promise<FidelityFigures> {
    const terms = await this.#model.opened(this.project.info);
    const inputs = this.#someImages(fidelityImages);
    const step = new FidelityStep(terms, this.#options.engine, precision);
    const job = this.jobs.add({
      kind: 'fidelity',
      title: `Comparing ${precision} with float32`,
      total: inputs.length,
      work: [{ like: `fidelity ${precision} ${terms.model.hash}`, items: inputs.length, guess: 1 }],
      run: (signal) => this.#model.watchedSteps(step.run(inputs, signal)),
    });
    await this.jobs.completed(job.id);
    return step.report();
  }

  /** The explanation methods, and which of them the model refuses. */
  async methods(): Promise<readonly MethodOffer[]> {
    return this.#model.watched(this.#comparison.methods(await this.#model.opened(this.project.info)));
  }

  /** Maps of one image by any method, or contrasts; see {@link Comparison.maps}. */
  async compare(wish: MapsWish): Promise<readonly RowMap[]> {
    const task = { ...wish, terms: this.project.info };
    await this.freshen(wish.id);
    const cached = this.#comparison.cached(task);
    if (cached !== null) return cached;
    const terms = await this.#model.opened(task.terms);
    const { id, method } = wish;
    const onProgress = ({ done, total }: RunProgress): void => {
      this.#options.tell('mapProgress', { id, method, done, total });
    };
    return this.#model.watched(this.jobs.giveWay(maps, this.#comparison.maps({ ...task, terms }, { onProgress })));
  }

  /** Notices that a file was written to since it was read, before anything that is kept of it is shown beside it. */
  async freshen(id: ImageId): Promise<void> {
    await this.#freshenAll([id]);
  }

  /** Gives up every {@link compare} under way. */
  cancelCompare(): void {
    this.#comparison.cancel();
  }

  /** Writes the sheet of one image; maps that are missing are computed. @throws AppError as {@link compare}, and of the file. */
  async writeImageSheet(wish: ImageSheetWish, path: string, format: SheetFormat): Promise<void> {
    const terms = await this.#model.opened(this.project.info);
    const { signal } = this.#closing;
    const sheet = await this.jobs.giveWay('a sheet of maps', this.#sheets.ofImage(wish, { terms, signal }));
    await writeSheet(sheet, path, format, this.#options.printPdf, signal);
  }

  /** Writes the contact sheet of many images. */
  contactSheet(wish: ContactSheetWish, path: string, format: SheetFormat): Job {
    const terms = this.project.info;
    return this.jobs.add({
      kind: 'sheet',
      title: `Contact sheet of ${images(wish.ids.length)}`,
      total: wish.ids.length * wish.methods.length + 1,
      work: this.#sheets.work(wish, terms),
      restsOn: this.project.rows(wish.ids).every(({ prediction }) => prediction !== null) ? [] : ['predict'],
      run: (signal) => this.#model.watchedSteps(this.#sheetSteps(wish, { path, format, terms }, signal)),
    });
  }

  /** Tells the project's facts and counts. */
  tellProject(): void {
    this.#countsTold = performance.now();
    this.#options.tell('project', this.project.summary());
  }

  /** Cancels everything, waits for it, and closes the project. */
  async close(): Promise<void> {
    this.#queue.close();
    this.#comparison.cancel();
    this.#closing.abort();
    await this.jobs.close();
    await this.#queue.ended();
    this.project.close();
  }

  /** {@link freshen} of several images; whether any holds another picture, which is then being predicted. */
  async #freshenAll(ids: readonly ImageId[]): Promise<boolean> {
    const { engine } = this.#options;
    const { signal } = this.#closing;
    const { read, changed } = await freshenImages({ project: this.project, engine, signal }, ids);
    if (signal.aborted) throw new AppError('CANCELLED', 'The project was closed.');
    if (changed === 0) return false;
    this.#changed(read);
    return this.#goOn() !== null;
  }

  /** What predicts brings the scores up to date when it ends; where nothing is to be predicted they follow now. */
  #goOn(): Job | null {
    const job = this.#prediction.goOn();
    if (job === null) this.bringScoresUpToDate();
    return job;
  }

  async *#reportSteps(
    wish: ReportWish,
    asked: { readonly terms: Terms; readonly freshen: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const terms = await this.#model.jobTerms(asked.terms);
    yield* this.#scoreSteps();
    // A finding is printed with the picture on disk: where that is another one than was predicted, it is predicted first.
    const told = asked.freshen ? this.project.findings(wish.findings, terms).map(({ row }) => row.id) : [];
    if (await this.#freshenAll(told)) throw new PutOff('predict');
    const { missing, total, work } = this.#reportPlan(wish, terms);
    yield { done: 0, total, left: work };
    yield* this.#explainSteps(missing, terms, signal);
    const { engine, printPdf, version } = this.#options;
    const step = { project: this.project, engine, wish, terms, signal, printPdf, version };
    yield* reportSteps(step, (problems) => {
      this.#tellProblems(problems, 'could not be shown in the report');
    });
  }

  /** Findings of a report whose maps are not all made under these terms yet, the pieces of the whole, and what these are. */
  #reportPlan(wish: ReportWish, terms: Terms): ReportPlan {
    const findings = this.project.findings(wish.findings, terms);
    const missing = findings
      .slice(0, wish.explain)
      .filter(({ row }) => row.error === null && !this.#explainer.isDone({ image: row.id, classes: [], terms }))
      .map(({ row }) => row.id);
    const work = [explainWork(missing.length, terms), reportWork(reportPieces(wish, findings.length))];
    return { missing, work, total: work.reduce((sum, { items }) => sum + items, 0) };
  }

  async *#explainMostSteps(
    { ids, count, terms: asked }: { readonly ids: readonly ImageId[]; readonly count: number; readonly terms: Terms },
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const terms = await this.#model.jobTerms(asked);
    const isScored = this.project.scoring('own') === null;
    yield* this.#scoreSteps();
    // What is suspicious to another model, or once scores are computed, are other images.
    const wanted = terms === asked && isScored ? ids : this.project.suspicious(count, { unexplainedOnly: true });
    yield { done: 0, total: wanted.length, left: [explainWork(wanted.length, terms)] };
    yield* this.#explainSteps(wanted, terms, signal);
  }

  /** What rests on scores computes those that are stale: a job that did may have failed. */
  *#scoreSteps(): Generator<StepProgress> {
    for (const _ of this.project.scoring()?.run() ?? []) yield { done: 0, like: null };
  }

  #explainSteps(ids: readonly ImageId[], terms: Terms, signal: AbortSignal): AsyncGenerator<StepProgress> {
    const explained = (id: ImageId): void => {
      this.#explained(id);
    };
    return explainImages({ ids, terms, queue: this.#queue, signal, explained });
  }

  async *#sheetSteps(
    wish: ContactSheetWish,
    { path, format, terms: asked }: { readonly path: string; readonly format: SheetFormat; readonly terms: Terms },
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const terms = await this.#model.jobTerms(asked);
    const problems: ErrorData[] = [];
    const maps = this.#sheets.ofImages(wish, { terms, signal }, (problem) => {
      problems.push(problem);
    });
    yield { done: 0, left: this.#sheets.work(wish, terms) };
    const sheet = yield* maps;
    this.#tellProblems(problems, 'are left out of the contact sheet');
    yield { done: 0, unbroken: true };
    await writeSheet(sheet, path, format, this.#options.printPdf, signal);
    yield { done: 1 };
  }

  #tellProblems(problems: readonly ErrorData[], lost: string): void {
    for (const problem of imageProblems(problems, lost)) this.#options.tell('notice', problem);
  }

  /** Images that are known to be readable, the most suspicious first; any while nothing was predicted. */
  #someImages(count: number): readonly ImageSource[] {
    const { project } = this;
    const ids = project.suspicious(count);
    if (ids.length > 0) return ids.map((id) => project.source(id));
    return project.pendingPredictions(0, count).map(({ source }) => source);
  }

  /** Jobs that explain know from the maps that somebody looked at how long theirs will take. */
  #notePace({ cached, milliseconds }: Explanation, terms: Terms): void {
    if (cached) return;
    if (this.#warm) this.jobs.paces.note(explainWork(1, terms).like, milliseconds / 1000, 1);
    this.#warm = true;
  }

  readonly #changed = (ids: readonly ImageId[]): void => {
    this.#options.tell('change', { images: ids });
    if (performance.now() - this.#countsTold >= countsInterval) this.tellProject();
  };

  #explained(id: ImageId): void {
    this.#changed([id, ...this.project.detail(id).duplicates.map((other) => other.id)]);
  }
}
