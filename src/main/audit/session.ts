/** An open project with everything that works on it: jobs, explanations, reports. Window and command line share it. */

import type { ClassIndex, Explanation, ImageId, Job, SettlingMaps } from '../../shared/audit.js';
import { AppError, type ErrorData } from '../../shared/errors.js';
import type { MethodMap, MethodOffer } from '../../shared/methods.js';
import type { EventName, Events } from '../../shared/ipc.js';
import type { Precision } from '../../shared/precision.js';
import { type FidelityReport, type SpeedReport, fidelityImages } from '../../shared/speed.js';
import type { ImageSource } from '../dataset/dataset.js';
import { openDataset } from '../dataset/registry.js';
import type { Engine } from '../engine/engine.js';
import { modelOf, type Terms } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import { Comparison, type MapsWish } from './comparison.js';
import { Explainer } from './explain.js';
import { explainImages } from './explain-images.js';
import { ExplainQueue } from './explain-queue.js';
import { freshenImages } from './fresh-images.js';
import { FidelityStep } from './fidelity.js';
import { imageProblems } from './image-problems.js';
import { Jobs, PutOff, type StepProgress } from './jobs.js';
import { openProjectModel } from './open-model.js';
import { requireDataset } from './missing-images.js';
import { pendingCount, predictPending } from './predict.js';
import { relinkDataset } from './relink.js';
import { type PrintPdf, reportPieces, reportSteps, type ReportWish } from './report-job.js';
import { identifyImages, listImages, type ListedImages, scanImages } from './scan.js';
import type { SheetFormat } from '../../shared/sheet.js';
import { writeSheet } from '../sheet/write-sheet.js';
import { type ContactSheetWish, type ImageSheetWish, Sheets } from './sheets.js';

/** Hears of every event. */
export type EventListener = <E extends EventName>(event: E, payload: Events[E]) => void;

export interface SessionOptions {
  readonly project: Project;
  readonly engine: Engine;
  readonly tell: EventListener;
  readonly printPdf: PrintPdf;
  /** For the report. */
  readonly version: string;
}

/** Counts are told at most this often while a job runs, in milliseconds. */
const countsInterval = 500;

const isChanged = (error: unknown): boolean => error instanceof AppError && error.code === 'MODEL_CHANGED';

const images = (count: number): string => (count === 1 ? '1 image' : `${count.toLocaleString('en')} images`);

/** The work on one open project. {@link close} ends it, the project included. */
export class AuditSession {
  readonly project: Project;
  readonly jobs: Jobs;
  readonly #options: SessionOptions;
  readonly #queue: ExplainQueue;
  readonly #comparison: Comparison;
  readonly #sheets: Sheets;
  /** Aborted when the project is closed. */
  readonly #closing = new AbortController();
  #model: Promise<void> | null = null;
  #countsTold = -Infinity;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.project = options.project;
    this.#queue = new ExplainQueue(new Explainer(options.project, options.engine));
    this.#comparison = new Comparison(options.project, options.engine);
    this.#sheets = new Sheets(options.project, options.engine, this.#comparison);
    this.project.onContentsChanged((ids) => {
      options.tell('contents', { images: ids });
      options.tell('change', { images: ids });
    });
    this.jobs = new Jobs((job) => {
      options.tell('job', job);
      if (job.state !== 'queued' && job.state !== 'running') this.tellProject();
    });
  }

  /**
   * Lists the dataset into the project, and reads again the images whose files were written to since they were read;
   * `source` when it was listed already. Resolves when done. @throws what stopped it.
   */
  async scan(source?: ListedImages): Promise<void> {
    const listed = source ?? (await this.#list());
    const before = this.project.imageCount();
    const job = this.jobs.add({
      kind: 'scan',
      title: `Listing ${images(listed.images.length)}`,
      total: listed.images.length,
      run: (signal) => this.#scanSteps(listed, signal),
    });
    try {
      await this.jobs.completed(job.id);
      if (before > 0) await this.readChanged();
    } finally {
      this.#options.tell('change', { images: 'all' });
    }
  }

  /** Ties the project to its dataset at another place, and scans it there; as {@link relinkDataset} and {@link scan}. */
  async relink(path: string): Promise<void> {
    this.project.requireWritable();
    const listed = await relinkDataset(this.project, path);
    this.tellProject();
    await this.scan(listed);
  }

  /** Reads the images that the latest scan found written to. Resolves when done. @throws what stopped it. */
  async readChanged(): Promise<void> {
    const count = this.project.inDoubtCount();
    if (count === 0) return;
    const job = this.jobs.add({
      kind: 'scan',
      title: `Checking ${images(count)} with another date`,
      total: count,
      run: (signal) => this.#identifySteps(signal),
    });
    await this.jobs.completed(job.id);
  }

  /** Makes pending again what could not be read, and predicts it; null when there is nothing to retry. */
  retryUnreadable(): Job | null {
    this.project.requireWritable();
    if (this.project.retryUnreadable() === 0) return null;
    this.#options.tell('change', { images: 'all' });
    this.tellProject();
    return this.predict();
  }

  /** Predicts what is pending; the job under way when there is one. @throws AppError `READ_ONLY`, `PROJECT_GONE`. */
  predict(): Job {
    this.project.requireWritable();
    const going = this.#predicting();
    if (going !== undefined) return going;
    const count = pendingCount(this.project);
    return this.jobs.add({
      kind: 'predict',
      title: `Predicting ${images(count)}`,
      total: count,
      run: (signal) => this.#predictSteps(signal),
    });
  }

  /** Explains the most suspicious images that have no maps yet. */
  explainMost(count: number): Job {
    const terms = this.project.info;
    const ids = this.project.suspicious(count, { unexplainedOnly: true });
    return this.jobs.add({
      kind: 'explain',
      title: `Explaining ${images(ids.length)}`,
      total: ids.length,
      run: (signal) => this.#watchedSteps(this.#explainMostSteps({ ids, count, terms }, signal)),
    });
  }

  /** Writes a report; missing maps of its first findings are computed before. */
  report(wish: ReportWish): Job {
    const terms = this.project.info;
    // Once: files that are written to all the time shall not put the report off for ever.
    let freshened = false;
    const run = (signal: AbortSignal): AsyncIterable<StepProgress> => {
      const freshen = !freshened;
      freshened = true;
      return this.#watchedSteps(this.#reportSteps(wish, { terms, freshen }, signal));
    };
    return this.jobs.add({
      kind: 'report',
      title: 'Writing the report',
      total: this.#reportPlan(wish, terms).total,
      run,
    });
  }

  /** The explanation a person waits for. @throws AppError `IMAGE_*`, `MODEL_*`, `ENGINE_STOPPED`, `CANCELLED` when another was asked for. */
  async explain(id: ImageId, classes: readonly ClassIndex[] = []): Promise<Explanation> {
    const task = { image: id, classes, terms: this.project.info };
    await this.freshen(id);
    const cached = this.#queue.cached(task);
    if (cached !== null) return cached;
    const terms = await this.#opened(task.terms);
    const told = (maps: SettlingMaps): void => {
      this.#options.tell('settling', maps);
    };
    const explanation = await this.#watched(this.#queue.now({ ...task, terms }, told));
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
    this.#opened(this.project.info).then((terms) => {
      const tasks = ids.map((image) => ({ image, classes: [], terms }));
      this.#queue.prefetch(tasks, { done, failed });
    }, failed);
  }

  /** What computing costs with the project's model and settings. @throws AppError `IMAGE_NOT_FOUND` in an empty project. */
  async measureSpeed(): Promise<SpeedReport> {
    const terms = await this.#opened(this.project.info);
    const [input] = this.#someImages(1);
    if (input === undefined) throw new AppError('IMAGE_NOT_FOUND', 'The project has no image to measure with.');
    const { engine } = this.#options;
    return this.#watched(engine.measureSpeed(modelOf(terms), input, terms.tis, this.#closing.signal));
  }

  /** How near maps of rough numbers are to those of float32 on images of the project; a job, so that it can be watched and cancelled. */
  async measureFidelity(precision: Precision): Promise<FidelityReport> {
    const terms = await this.#opened(this.project.info);
    const inputs = this.#someImages(fidelityImages);
    const step = new FidelityStep(terms, this.#options.engine, precision);
    const job = this.jobs.add({
      kind: 'fidelity',
      title: `Comparing ${precision} with float32`,
      total: inputs.length,
      run: (signal) => this.#watchedSteps(step.run(inputs, signal)),
    });
    await this.jobs.completed(job.id);
    return step.report();
  }

  /** The explanation methods, and which of them the model refuses. */
  async methods(): Promise<readonly MethodOffer[]> {
    return this.#watched(this.#comparison.methods(await this.#opened(this.project.info)));
  }

  /** Maps of one image by any method; see {@link Comparison.maps}. */
  async compare(wish: MapsWish): Promise<readonly MethodMap[]> {
    const task = { ...wish, terms: this.project.info };
    await this.freshen(wish.id);
    const cached = this.#comparison.cached(task);
    if (cached !== null) return cached;
    const terms = await this.#opened(task.terms);
    const { id, method } = wish;
    const onProgress = (done: number, total: number): void => {
      this.#options.tell('mapProgress', { id, method, done, total });
    };
    return this.#watched(this.#comparison.maps({ ...task, terms }, { onProgress }));
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
    const terms = await this.#opened(this.project.info);
    const { signal } = this.#closing;
    const sheet = await this.#sheets.ofImage(wish, { terms, signal });
    await writeSheet(sheet, path, format, this.#options.printPdf, signal);
  }

  /** Writes the contact sheet of many images. */
  contactSheet(wish: ContactSheetWish, path: string, format: SheetFormat): Job {
    const terms = this.project.info;
    return this.jobs.add({
      kind: 'sheet',
      title: `Contact sheet of ${images(wish.ids.length)}`,
      total: wish.ids.length * wish.methods.length + 1,
      run: (signal) => this.#watchedSteps(this.#sheetSteps(wish, { path, format, terms }, signal)),
    });
  }

  /** Opens the model once a session; when it has changed, that is said, and predicting begins. */
  openModel(): Promise<void> {
    this.#model ??= this.#openModel().catch((error: unknown) => {
      this.#model = null;
      throw error;
    });
    return this.#model;
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

  async *#scanSteps(listed: ListedImages, signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { removed } = yield* scanImages(this.project, listed, signal);
    if (removed === 0) return;
    this.#options.tell('notice', {
      code: 'DATASET_CHANGED',
      message: `${images(removed)} of an earlier scan ${removed === 1 ? 'is' : 'are'} no longer in the dataset and left the list.`,
      hint: 'Verdicts on them are kept, and count again when the files come back.',
    });
  }

  async *#identifySteps(signal: AbortSignal): AsyncGenerator<StepProgress> {
    await requireDataset(this.project.info.datasetPath);
    let others = 0;
    yield* identifyImages(this.project, this.#options.engine, signal, (count) => {
      others += count;
    });
    if (others === 0) return;
    this.#options.tell('notice', {
      code: 'DATASET_CHANGED',
      message: `${images(others)} ${others === 1 ? 'holds another picture' : 'hold other pictures'} than before: what was computed from the old ${others === 1 ? 'one' : 'ones'} was dropped.`,
      hint: `${others === 1 ? 'It is' : 'They are'} predicted again. Verdicts stay in the history, as given for another picture.`,
    });
  }

  /** {@link freshen} of several images; whether any holds another picture, which is then being predicted. */
  async #freshenAll(ids: readonly ImageId[]): Promise<boolean> {
    const { engine } = this.#options;
    const { read, changed } = await freshenImages({ project: this.project, engine, signal: this.#closing.signal }, ids);
    if (changed === 0) return false;
    this.#changed(read);
    if (this.project.access !== 'writable') return false;
    this.predict();
    return true;
  }

  async *#predictSteps(signal: AbortSignal): AsyncGenerator<StepProgress> {
    await this.openModel();
    for (let done = 0; ;) {
      const missing = pendingCount(this.project);
      if (missing === 0) return;
      yield { done: 0, total: done + missing };
      try {
        for await (const step of this.#predictOnce(signal)) {
          done += step.done;
          yield step;
        }
        return;
      } catch (error) {
        if (!isChanged(error)) throw error;
        await this.#lookAgain();
      }
    }
  }

  async *#predictOnce(signal: AbortSignal): AsyncGenerator<StepProgress> {
    const { project } = this;
    await requireDataset(project.info.datasetPath);
    const missing = (notice: ErrorData): void => {
      this.#options.tell('notice', notice);
    };
    yield* predictPending({ project, engine: this.#options.engine, signal, changed: this.#changed, missing });
  }

  async *#reportSteps(
    wish: ReportWish,
    asked: { readonly terms: Terms; readonly freshen: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const terms = await this.#jobTerms(asked.terms);
    // A finding is printed with the picture on disk: where that is another one than was predicted, it is predicted first.
    const told = asked.freshen ? this.project.findings(wish.findings, terms).map(({ row }) => row.id) : [];
    if (await this.#freshenAll(told)) throw new PutOff();
    const { missing, total } = this.#reportPlan(wish, terms);
    yield { done: 0, total };
    yield* this.#explainSteps(missing, terms, signal);
    const { engine, printPdf, version } = this.#options;
    const step = { project: this.project, engine, wish, terms, signal, printPdf, version };
    yield* reportSteps(step, (problems) => {
      this.#tellProblems(problems, 'could not be shown in the report');
    });
  }

  /** Findings of a report that have no maps under these terms yet, and the pieces of the whole. */
  #reportPlan(wish: ReportWish, terms: Terms): { readonly missing: readonly ImageId[]; readonly total: number } {
    const findings = this.project.findings(wish.findings, terms);
    const missing = findings
      .slice(0, wish.explain)
      .filter(({ row }) => row.error === null && this.project.loadExplanation(row.id, terms) === null)
      .map(({ row }) => row.id);
    return { missing, total: missing.length + reportPieces(wish, findings.length) };
  }

  async *#explainMostSteps(
    { ids, count, terms: asked }: { readonly ids: readonly ImageId[]; readonly count: number; readonly terms: Terms },
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const terms = await this.#jobTerms(asked);
    // What is suspicious to another model are other images.
    const wanted = terms === asked ? ids : this.project.suspicious(count, { unexplainedOnly: true });
    yield { done: 0, total: wanted.length };
    yield* this.#explainSteps(wanted, terms, signal);
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
    const terms = await this.#jobTerms(asked);
    const problems: ErrorData[] = [];
    const maps = this.#sheets.ofImages(wish, { terms, signal }, (problem) => {
      problems.push(problem);
    });
    let step = await maps.next();
    for (; step.done !== true; step = await maps.next()) yield { done: 1 };
    this.#tellProblems(problems, 'are left out of the contact sheet');
    await writeSheet(step.value, path, format, this.#options.printPdf, signal);
    yield { done: 1 };
  }

  #tellProblems(problems: readonly ErrorData[], lost: string): void {
    for (const problem of imageProblems(problems, lost)) this.#options.tell('notice', problem);
  }

  async #openModel(): Promise<void> {
    const { engine, tell } = this.#options;
    const notice = await openProjectModel(this.project, engine);
    if (notice === null) return;
    tell('notice', notice);
    tell('change', { images: 'all' });
    this.tellProject();
    if (this.project.access === 'writable' && pendingCount(this.project) > 0) this.predict();
  }

  /** Opens the model anew after a task found another one in its place. */
  #lookAgain(): Promise<void> {
    this.#model = null;
    return this.openModel();
  }

  /** What a task did not get because its model was changed is not lost: that is noticed, and predicting begins. */
  async #watched<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      if (isChanged(error)) await this.#lookAgain();
      throw error;
    }
  }

  /** The same for the steps of a job. */
  async *#watchedSteps(steps: AsyncIterable<StepProgress>): AsyncGenerator<StepProgress> {
    try {
      yield* steps;
    } catch (error) {
      if (isChanged(error)) await this.#lookAgain();
      throw error;
    }
  }

  /** The predict job that is waiting or under way. */
  #predicting(): Job | undefined {
    return this.jobs.list().find((job) => job.kind === 'predict' && ['queued', 'running'].includes(job.state));
  }

  /**
   * What a task asked for under `asked` is done under, once the model is open: the same, unless the model turned out to be
   * another. Then the task is made anew, with the present model and its mapping and the settings that were asked for.
   */
  async #opened(asked: Terms): Promise<Terms> {
    await this.openModel();
    const { info } = this.project;
    return info.model.hash === asked.model.hash ? asked : { ...info, tis: asked.tis };
  }

  /** The same for a job that rests on predictions: those of another model come first. @throws PutOff while they are not done. */
  async #jobTerms(asked: Terms): Promise<Terms> {
    const terms = await this.#opened(asked);
    if (terms !== asked && this.#predicting() !== undefined) throw new PutOff();
    return terms;
  }

  async #list(): Promise<ListedImages> {
    const { datasetPath, format, labelsFile } = this.project.info;
    const dataset = await openDataset(datasetPath, { format, labelsFile: labelsFile ?? undefined });
    return listImages(dataset);
  }

  /** Images that are known to be readable, the most suspicious first; any while nothing was predicted. */
  #someImages(count: number): readonly ImageSource[] {
    const { project } = this;
    const ids = project.suspicious(count);
    if (ids.length > 0) return ids.map((id) => project.source(id));
    return project.pendingPredictions(0, count).map(({ source }) => source);
  }

  readonly #changed = (ids: readonly ImageId[]): void => {
    this.#options.tell('change', { images: ids });
    if (performance.now() - this.#countsTold >= countsInterval) this.tellProject();
  };

  #explained(id: ImageId): void {
    this.#changed([id, ...this.project.detail(id).duplicates.map((other) => other.id)]);
  }
}
