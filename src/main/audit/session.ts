/** An open project with everything that works on it: jobs, explanations, reports. Window and command line share it. */

import { stat } from 'node:fs/promises';
import type { ClassIndex, Explanation, ImageId, Job } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { MethodMap, MethodOffer } from '../../shared/methods.js';
import type { EventName, Events } from '../../shared/ipc.js';
import type { Precision } from '../../shared/precision.js';
import { type FidelityReport, type SpeedReport, fidelityImages } from '../../shared/speed.js';
import type { ImageSource } from '../dataset/dataset.js';
import { openDataset } from '../dataset/registry.js';
import type { Engine } from '../engine/engine.js';
import { modelLocation } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import { Comparison, type MapsWish } from './comparison.js';
import { Explainer } from './explain.js';
import { explainImages } from './explain-images.js';
import { ExplainQueue } from './explain-queue.js';
import { FidelityStep } from './fidelity.js';
import { Jobs, type StepProgress } from './jobs.js';
import { openProjectModel } from './open-model.js';
import { pendingCount, predictPending } from './predict.js';
import { type PrintPdf, reportPieces, reportSteps, type ReportWish } from './report-job.js';
import { listImages, type ListedImages, scanImages } from './scan.js';
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
    this.jobs = new Jobs((job) => {
      options.tell('job', job);
      if (job.state !== 'queued' && job.state !== 'running') this.tellProject();
    });
  }

  /** Lists the dataset into the project; `source` when it was listed already. Resolves when done. @throws what stopped it. */
  async scan(source?: ListedImages): Promise<void> {
    const { project } = this;
    const listed = source ?? (await this.#list());
    const job = this.jobs.add({
      kind: 'scan',
      title: `Listing ${images(listed.images.length)}`,
      total: listed.images.length,
      run: (signal) => scanImages(project, listed, signal),
    });
    try {
      await this.jobs.completed(job.id);
    } finally {
      this.#options.tell('change', { images: 'all' });
    }
  }

  /** Predicts what is pending; the job under way when there is one. */
  predict(): Job {
    const going = this.jobs.list().find((job) => job.kind === 'predict' && ['queued', 'running'].includes(job.state));
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
    const ids = this.project.suspicious(count, { unexplainedOnly: true });
    return this.jobs.add({
      kind: 'explain',
      title: `Explaining ${images(ids.length)}`,
      total: ids.length,
      run: (signal) => this.#explainSteps(ids, signal),
    });
  }

  /** Writes a report; missing maps of its first findings are computed before. */
  report(wish: ReportWish): Job {
    const { project } = this;
    const findings = project.findings(wish.findings);
    const ids = findings
      .slice(0, wish.explain)
      .filter(({ row }) => row.error === null && project.loadExplanation(row.id) === null)
      .map(({ row }) => row.id);
    return this.jobs.add({
      kind: 'report',
      title: 'Writing the report',
      total: ids.length + reportPieces(wish, findings.length),
      run: (signal) => this.#reportSteps(wish, ids, signal),
    });
  }

  /** The explanation a person waits for. @throws AppError `IMAGE_*`, `MODEL_*`, `ENGINE_STOPPED`, `CANCELLED` when another was asked for. */
  async explain(id: ImageId, classes: readonly ClassIndex[] = []): Promise<Explanation> {
    const cached = this.#queue.cached(id, classes);
    if (cached !== null) return cached;
    await this.openModel();
    const explanation = await this.#queue.now(id, classes, (maps) => {
      this.#options.tell('settling', maps);
    });
    this.#explained(id);
    return explanation;
  }

  /** Computes explanations ahead, in place of the earlier wish. */
  prefetch(ids: readonly ImageId[]): void {
    this.#queue.prefetch(ids, {
      done: (id) => {
        this.#explained(id);
      },
      // What cannot be computed ahead is told when the person gets there.
      failed: () => undefined,
    });
  }

  /** What computing costs with the project's model and settings. @throws AppError `IMAGE_NOT_FOUND` in an empty project. */
  async measureSpeed(): Promise<SpeedReport> {
    await this.openModel();
    const [input] = this.#someImages(1);
    if (input === undefined) throw new AppError('IMAGE_NOT_FOUND', 'The project has no image to measure with.');
    const { info } = this.project;
    return this.#options.engine.measureSpeed(modelLocation(info), input, info.tis, this.#closing.signal);
  }

  /** How near maps of rough numbers are to those of float32 on images of the project; a job, so that it can be watched and cancelled. */
  async measureFidelity(precision: Precision): Promise<FidelityReport> {
    const inputs = this.#someImages(fidelityImages);
    const step = new FidelityStep(this.project, this.#options.engine, precision);
    const job = this.jobs.add({
      kind: 'fidelity',
      title: `Comparing ${precision} with float32`,
      total: inputs.length,
      run: (signal) => this.#fidelitySteps(step, inputs, signal),
    });
    await this.jobs.completed(job.id);
    return step.report();
  }

  /** The explanation methods, and which of them the model refuses. */
  async methods(): Promise<readonly MethodOffer[]> {
    await this.openModel();
    return this.#comparison.methods();
  }

  /** Maps of one image by any method; see {@link Comparison.maps}. */
  async compare(wish: MapsWish): Promise<readonly MethodMap[]> {
    const cached = this.#comparison.cached(wish);
    if (cached !== null) return cached;
    await this.openModel();
    const { id, method } = wish;
    return this.#comparison.maps(wish, {
      onProgress: (done, total) => {
        this.#options.tell('mapProgress', { id, method, done, total });
      },
    });
  }

  /** Gives up every {@link compare} under way. */
  cancelCompare(): void {
    this.#comparison.cancel();
  }

  /** Writes the sheet of one image; maps that are missing are computed. @throws AppError as {@link compare}, and of the file. */
  async writeImageSheet(wish: ImageSheetWish, path: string, format: SheetFormat): Promise<void> {
    await this.openModel();
    const { signal } = this.#closing;
    await writeSheet(await this.#sheets.ofImage(wish, signal), path, format, this.#options.printPdf, signal);
  }

  /** Writes the contact sheet of many images. */
  contactSheet(wish: ContactSheetWish, path: string, format: SheetFormat): Job {
    return this.jobs.add({
      kind: 'sheet',
      title: `Contact sheet of ${images(wish.ids.length)}`,
      total: wish.ids.length * wish.methods.length + 1,
      run: (signal) => this.#sheetSteps(wish, path, format, signal),
    });
  }

  /** Opens the model once a session, and says so when it has changed. */
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

  async *#predictSteps(signal: AbortSignal): AsyncGenerator<StepProgress> {
    await this.openModel();
    if (pendingCount(this.project) === 0) return;
    await this.#requireDataset();
    const { project } = this;
    yield* predictPending({ project, engine: this.#options.engine, signal, changed: this.#changed });
  }

  async *#reportSteps(
    wish: ReportWish,
    missing: readonly ImageId[],
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    if (missing.length > 0) yield* this.#explainSteps(missing, signal);
    const { engine, printPdf, version } = this.#options;
    const step = { project: this.project, engine, wish, signal, printPdf, version };
    yield* reportSteps(step, (problems) => {
      for (const problem of problems) this.#options.tell('notice', problem);
    });
  }

  async *#explainSteps(ids: readonly ImageId[], signal: AbortSignal): AsyncGenerator<StepProgress> {
    await this.openModel();
    const explained = (id: ImageId): void => {
      this.#explained(id);
    };
    yield* explainImages({ ids, queue: this.#queue, signal, explained });
  }

  async *#fidelitySteps(
    step: FidelityStep,
    inputs: readonly ImageSource[],
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    await this.openModel();
    yield* step.run(inputs, signal);
  }

  async *#sheetSteps(
    wish: ContactSheetWish,
    path: string,
    format: SheetFormat,
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    await this.openModel();
    const maps = this.#sheets.ofImages(wish, signal, (problem) => {
      this.#options.tell('notice', problem);
    });
    let step = await maps.next();
    for (; step.done !== true; step = await maps.next()) yield { done: 1 };
    await writeSheet(step.value, path, format, this.#options.printPdf, signal);
    yield { done: 1 };
  }

  async #openModel(): Promise<void> {
    const { engine, tell } = this.#options;
    const notice = await openProjectModel(this.project, engine);
    if (notice === null) return;
    tell('notice', notice);
    tell('change', { images: 'all' });
    this.tellProject();
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

  /** Without this, a drive that is not connected would make every image unreadable. */
  async #requireDataset(): Promise<void> {
    const { datasetPath } = this.project.info;
    try {
      await stat(datasetPath);
    } catch (error) {
      throw new AppError(
        'DATASET_NOT_FOUND',
        `The dataset ${datasetPath} is not there.`,
        'Connect its drive or put it back, then predict again.',
        { cause: error },
      );
    }
  }

  readonly #changed = (ids: readonly ImageId[]): void => {
    this.#options.tell('change', { images: ids });
    if (performance.now() - this.#countsTold >= countsInterval) this.tellProject();
  };

  #explained(id: ImageId): void {
    this.#changed([id, ...this.project.detail(id).duplicates.map((other) => other.id)]);
  }
}
