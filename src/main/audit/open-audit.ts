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
  type MappingRow,
  type SettlingMaps,
} from '../../shared/audit.js';
import type { FreedSpace } from '../../shared/calls/project.js';
import type { MergeOutcome, VerdictOutcome } from '../../shared/calls/verdict.js';
import { AppError, type ErrorData, toAppError } from '../../shared/errors.js';
import { counted } from '../../shared/figures.js';
import type { MethodOffer } from '../../shared/methods.js';
import type { Precision } from '../../shared/precision.js';
import { type FidelityFigures, type SpeedFigures, fidelityImages } from '../../shared/speed.js';
import type { OpenProject } from '../data/open-project.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { Engine, RunProgress } from '../engine/engine.js';
import type { ReadImage } from '../project/contents.js';
import { modelOf, type ProjectInfo, resultsOf, type Terms } from '../project/project-info.js';
import type { EventListener } from './event-listener.js';
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
import { relayedSteps } from './relayed-steps.js';
import { ProjectTeller } from './project-teller.js';
import { ModelWatch } from './model-watch.js';
import type { Work } from '../jobs/pace.js';
import { Prediction } from './prediction.js';
import { type PrintPdf, reportPieces, reportSteps, reportWork, type ReportWish } from './report-job.js';
import type { SheetFormat } from '../../shared/sheet.js';
import type { RowMap } from '../../shared/sheet-rows.js';
import { writeSheet } from '../sheet/write-sheet.js';
import type { Task } from '../project/task.js';
import { TaskJobs } from './task-jobs.js';
import { TaskRunner } from './task-runner.js';
import { ScoreKeeper } from './score-keeper.js';
import { type ContactSheetWish, type ImageSheetWish, Sheets } from './sheets.js';

export interface OpenAuditOptions {
  readonly project: OpenProject;
  readonly engine: Engine;
  readonly tell: EventListener;
  readonly printPdf: PrintPdf;
  /** For the report. */
  readonly version: string;
}

/** What there is to do for a report. */
interface ReportPlan {
  /** The findings. */
  readonly ids: readonly ImageId[];
  readonly missing: readonly ImageId[];
  readonly work: readonly Work[];
  readonly total: number;
}

const images = (count: number): string => counted(count, 'image');
/** What jobs wait for, to stand behind "waits for". */
const maps = 'the maps you look at';
const ahead = 'the maps of the next images';

/** The work on one open project. {@link close} ends it, the project included. */
export class OpenAudit {
  readonly project: OpenProject;
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
  readonly #teller: ProjectTeller;
  readonly #tasks: TaskJobs;
  /** Aborted when the project is closed. */
  readonly #closing = new AbortController();
  /** Whether maps were computed since it was opened: the first ones take the engine's getting ready as well. */
  #warm = false;
  /** Changes of the mapping so far: each is made of what the one before left. */
  #mapping: Promise<unknown> = Promise.resolve();
  /** When the latest decision was given. */
  #decided = 0;
  #reportFolder: string;

  constructor(options: OpenAuditOptions) {
    this.#options = options;
    this.project = options.project;
    this.#reportFolder = join(options.project.folder, 'report');
    this.#explainer = new Explainer(options.project, options.engine);
    this.#queue = new ExplainQueue(this.#explainer);
    const contrasts = new Contrasts(options.project, this.#explainer, (id) => this.#explained(id));
    this.#comparison = new Comparison(options.project, options.engine, contrasts);
    this.#sheets = new Sheets(options.project, options.engine, this.#comparison);
    const { project, engine, tell } = options;
    const notice = (told: ErrorData): void => {
      tell('notice', told);
    };
    const changed = (): void => {
      tell('change', { images: 'all' });
    };
    this.#teller = new ProjectTeller(project, tell, notice);
    project.listen({
      contentsChanged: (ids) => {
        tell('contents', { images: ids });
        tell('change', { images: ids });
      },
      mapsGone: (ids) => {
        this.#changed(ids);
      },
      restarted: () => {
        changed();
        void this.#teller.figures();
        this.#follow(this.#goOn());
      },
    });
    this.jobs = new Jobs((job) => {
      tell('job', job);
      if (isOpen(job)) return;
      if (job.kind === 'scan' || job.kind === 'predict') this.#follow(this.bringScoresUpToDate());
      // Listing may bring labels and warnings.
      void (job.kind === 'scan' ? this.#teller.project() : this.#teller.figures());
    });
    const replaced = (told: ErrorData): void => {
      notice(told);
      changed();
      void this.#teller.project();
      this.#follow(this.#goOn());
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
    this.#dataset = new DatasetJobs({ project, engine, jobs: this.jobs, notice, changed });
    const runner = new TaskRunner({
      project,
      engine,
      queue: this.#queue,
      comparison: this.#comparison,
      changed: this.#changed,
      explained: (id) => this.#explained(id),
    });
    const score = (signal: AbortSignal): AsyncGenerator<StepProgress> => this.#scoreSteps(signal);
    this.#tasks = new TaskJobs({ project, jobs: this.jobs, model: this.#model, runner, score });
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
    await this.tellProject();
    await this.scan();
  }

  /** Reads the images that the latest scan found written to. Resolves when done. @throws what stopped it. */
  readChanged(): Promise<void> {
    return this.#dataset.readChanged();
  }

  /** Makes ready what sorts and filters by while nobody waits for it. */
  readAhead(): void {
    // Whoever asks for it before it is done, or after it failed, waits for it.
    this.project.readAhead({ signal: this.#closing.signal }).catch(() => undefined);
  }

  /** Makes pending again what could not be read, and predicts it; null when there is nothing to retry. */
  async retryUnreadable(): Promise<Job | null> {
    await this.project.requireWritable();
    if ((await this.project.retryUnreadable()) === 0) return null;
    this.#options.tell('change', { images: 'all' });
    return this.predict();
  }

  /** Predicts what is pending because a person says so; as {@link Prediction.begin}. */
  async predict(): Promise<Job> {
    const job = await this.#prediction.begin();
    // It is cancelled no longer.
    await this.#teller.figures();
    return job;
  }

  /** Predicts what is pending by itself, unless a person cancelled that; as {@link Prediction.goOn}. */
  goOnPredicting(): Promise<Job | null> {
    return this.#goOn();
  }

  /** A person cancels a job: predicting then does not begin by itself any more, also after the project was opened anew. */
  async cancel(id: JobId): Promise<void> {
    const job = this.jobs.list().find((one) => one.id === id);
    if (this.#prediction.job?.id === id) await this.#prediction.cancel(this.#prediction.job);
    else if (job !== undefined && isCancellable(job)) {
      try {
        await this.#tasks.cancelled(id);
      } finally {
        this.jobs.cancel(id);
      }
    }
  }

  /** Computes what is stale of the scores: at once where that is quick, otherwise as a job. As {@link ScoreKeeper.begin}. */
  bringScoresUpToDate(): Promise<Job | null> {
    return this.#scoring.begin();
  }

  /** Explains the most suspicious images that have no maps yet. */
  explainMost(count: number): Promise<Job> {
    return this.#tasks.explainMost(count);
  }

  /** Does a task that was written down; as {@link TaskJobs.add}. */
  runTask(task: Task): Promise<Job> {
    return this.#tasks.add(task);
  }

  /** Goes on with the tasks that had not ended when the project was closed. */
  resumeTasks(): Promise<void> {
    return this.#tasks.resume();
  }

  /** Where the last report was written, or will be unless another place is said. */
  get reportFolder(): string {
    return this.#reportFolder;
  }

  /** Writes a report; missing maps of its first findings are computed before. */
  async report(wish: ReportWish): Promise<Job> {
    const terms = this.project.info;
    // Once: files that are written to all the time shall not put the report off for ever.
    let freshened = false;
    const run = (signal: AbortSignal): AsyncIterable<StepProgress> => {
      const freshen = !freshened;
      freshened = true;
      return this.#model.watchedSteps(this.#reportSteps(wish, { terms, freshen }, signal));
    };
    const { total, work } = await this.#reportPlan(wish, terms, this.#closing.signal);
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
    const wish = this.#queue.wish(task);
    const look = await this.project.explained(id, resultsOf(task.terms));
    // What is kept is of the picture that was read: of another one, nothing is.
    const isFresh = (await this.#freshened(look.read === null ? [] : [look.read])).read.length === 0;
    const cached = isFresh ? await this.#explainer.seen(task, look) : null;
    if (cached !== null) return cached;
    const terms = await this.#model.opened(task.terms);
    wish.task = { ...task, terms };
    const told = (maps: SettlingMaps): void => {
      this.#options.tell('settling', maps);
    };
    const now = this.#queue.now(wish, told);
    const explanation = await this.#model.watched(this.jobs.giveWay(maps, now));
    this.#notePace(explanation, terms);
    await this.#explained(id);
    return explanation;
  }

  /** Computes explanations ahead, in place of the earlier wish. */
  prefetch(ids: readonly ImageId[]): void {
    // What cannot be computed ahead is told when the person gets there.
    const failed = (): void => undefined;
    const done = (id: ImageId): void => {
      this.#explained(id).catch(failed);
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
    const [input] = await this.#someImages(1);
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
    const inputs = await this.#someImages(fidelityImages);
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
    const cached = await this.#comparison.cached(task);
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
    await this.#freshened(await this.project.readAmong([id]));
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
  async contactSheet(wish: ContactSheetWish, path: string, format: SheetFormat): Promise<Job> {
    const terms = this.project.info;
    const [rows, work] = await Promise.all([this.project.rows(wish.ids), this.#sheets.work(wish, terms)]);
    return this.jobs.add({
      kind: 'sheet',
      title: `Contact sheet of ${images(wish.ids.length)}`,
      total: wish.ids.length * wish.methods.length + 1,
      work,
      restsOn: rows.every(({ prediction }) => prediction !== null) ? [] : ['predict'],
      run: (signal) => this.#model.watchedSteps(this.#sheetSteps(wish, { path, format, terms }, signal)),
    });
  }

  /** Changes the mapping, and tells of everything that follows from it; changes are made one after the other. */
  changeMapping(change: (info: ProjectInfo) => readonly MappingRow[]): Promise<void> {
    const changed = this.#mapping.then(async () => {
      await this.project.setMapping(change(this.project.info));
      await this.bringScoresUpToDate();
      this.#options.tell('change', { images: 'all' });
      await this.tellProject();
    });
    this.#mapping = changed.catch(() => undefined);
    return changed;
  }

  /**
   * Gives or takes back verdicts at a moment that is this decision's alone, by which it is known again; the journal holds the change
   * before anyone hears of it.
   */
  async decide(decision: (project: OpenProject, at: number) => Promise<VerdictOutcome>): Promise<VerdictOutcome> {
    this.#decided = Math.max(this.#decided + 1, Date.now());
    try {
      const outcome = await decision(this.project, this.#decided);
      this.#options.tell('change', { images: outcome.changes.map(({ row }) => row.id) });
      void this.#teller.figures();
      return outcome;
    } catch (error) {
      // What stands above the work changes with the first verdict that is refused.
      if (error instanceof AppError && error.code === 'PROJECT_GONE') void this.#teller.figures();
      throw error;
    }
  }

  /** Takes over what was decided in another copy of the project; as {@link Project.merge}. */
  async merge(other: string): Promise<MergeOutcome> {
    try {
      return await this.project.merge(other, { signal: this.#closing.signal });
    } finally {
      this.#options.tell('change', { images: 'all' });
      await this.#teller.figures();
    }
  }

  /** Maps may take so many bytes from now on; where they take more, those used longest ago go. */
  async setCeiling(bytes: number): Promise<void> {
    await this.project.setCeiling(bytes, { signal: this.#closing.signal });
    await this.#teller.figures();
  }

  /** Takes all maps away; as {@link Project.freeSpace}. */
  async freeSpace(): Promise<FreedSpace> {
    const freed = await this.project.freeSpace({ signal: this.#closing.signal });
    await this.#teller.figures();
    return freed;
  }

  /** Tells the project's facts and figures. */
  tellProject(): Promise<void> {
    return this.#teller.project();
  }

  /** Cancels everything, waits for it, and closes the project. */
  async close(): Promise<void> {
    this.#teller.close();
    this.#queue.close();
    this.#comparison.cancel();
    this.#closing.abort();
    await this.jobs.close();
    await this.#queue.ended();
    await this.project.close();
  }

  /** {@link freshen} of several images: those that were read again, and whether any that holds another picture is being predicted. */
  async #freshened(
    images: readonly ReadImage[],
  ): Promise<{ readonly read: readonly ImageId[]; readonly predicting: boolean }> {
    const { engine } = this.#options;
    const { signal } = this.#closing;
    const { read, changed } = await freshenImages({ project: this.project, engine, signal }, images);
    if (signal.aborted) throw new AppError('CANCELLED', 'The project was closed.');
    if (changed > 0) this.#changed(read);
    return { read, predicting: changed > 0 && (await this.#goOn()) !== null };
  }

  /** What predicts brings the scores up to date when it ends; where nothing is to be predicted they follow now. */
  async #goOn(): Promise<Job | null> {
    const job = await this.#prediction.goOn();
    if (job === null) await this.bringScoresUpToDate();
    return job;
  }

  /** What follows from something else by itself is told where it fails. */
  #follow(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      const known = toAppError(error);
      if (known.code !== 'CANCELLED') this.#options.tell('notice', known.toData());
    });
  }

  async *#reportSteps(
    wish: ReportWish,
    asked: { readonly terms: Terms; readonly freshen: boolean },
    signal: AbortSignal,
  ): AsyncGenerator<StepProgress> {
    const terms = await this.#model.jobTerms(asked.terms);
    yield* this.#scoreSteps(signal);
    const { ids, missing, total, work } = await this.#reportPlan(wish, terms, signal);
    if (asked.freshen) {
      // A finding is printed with the picture on disk: where that is another one than was predicted, it is predicted first.
      const { read, predicting } = await this.#freshened(await this.project.readAmong(ids));
      if (predicting) throw new PutOff('predict');
      // Others may be findings now.
      if (read.length > 0) {
        yield* this.#reportSteps(wish, { ...asked, freshen: false }, signal);
        return;
      }
    }
    yield { done: 0, total, left: work };
    yield* this.#explainSteps(missing, terms, signal);
    const { engine, printPdf, version } = this.#options;
    const step = { project: this.project, engine, wish, terms, signal, printPdf, version };
    yield* reportSteps(step, (problems) => {
      this.#tellProblems(problems, 'could not be shown in the report');
    });
  }

  /** Findings of a report whose maps are not all made under these terms yet, the pieces of the whole, and what these are. */
  async #reportPlan(wish: ReportWish, terms: Terms, signal: AbortSignal): Promise<ReportPlan> {
    const asked = { limit: wish.findings, explain: wish.explain };
    const { ids, kept } = await this.project.reportPlan(asked, resultsOf(terms), { signal });
    const missing = kept.filter((one) => !this.#explainer.isDone(one, terms)).map(({ id }) => id);
    const work = [explainWork(missing.length, terms), reportWork(reportPieces(wish, ids.length))];
    return { ids, missing, work, total: work.reduce((sum, { items }) => sum + items, 0) };
  }

  /** What rests on scores computes those that are stale: a job that did may have failed. */
  async *#scoreSteps(signal: AbortSignal): AsyncGenerator<StepProgress> {
    if ((await this.project.staleScores('all')) === 0) return;
    const steps = relayedSteps((options) => this.project.score('all', options), signal);
    for await (const _ of steps) yield { done: 0, like: null };
  }

  #explainSteps(ids: readonly ImageId[], terms: Terms, signal: AbortSignal): AsyncGenerator<StepProgress> {
    const explained = (id: ImageId): Promise<void> => this.#explained(id);
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
    yield { done: 0, left: await this.#sheets.work(wish, terms) };
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
  async #someImages(count: number): Promise<readonly ImageSource[]> {
    const { project } = this;
    const ids = await project.suspicious(count);
    if (ids.length > 0) return Promise.all(ids.map((id) => project.source(id)));
    return (await project.pendingPredictions(0, count)).map(({ source }) => source);
  }

  /** Jobs that explain know from the maps that somebody looked at how long theirs will take. */
  #notePace({ cached, milliseconds }: Explanation, terms: Terms): void {
    if (cached) return;
    if (this.#warm) this.jobs.paces.note(explainWork(1, terms).like, milliseconds / 1000, 1);
    this.#warm = true;
  }

  readonly #changed = (ids: readonly ImageId[]): void => {
    this.#options.tell('change', { images: ids });
    this.#teller.figuresSometimes();
  };

  async #explained(id: ImageId): Promise<void> {
    this.#changed(await this.project.sameContent(id));
  }
}
