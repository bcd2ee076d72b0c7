/** What the window works on: at most one open project and one new audit. The calls of the window work on it. */

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import { type ImageId, isOpen, type ProjectSummary } from '../shared/audit.js';
import { AppError, type ErrorData, toAppError } from '../shared/errors.js';
import type { PictureSize } from '../shared/picture-address.js';
import type { Progress } from '../shared/progress.js';
import { gigabyte, type Settings } from '../shared/settings.js';
import { requireDataset } from './audit/missing-images.js';
import { ModelInspections } from './audit/model-inspections.js';
import type { EventListener } from './audit/event-listener.js';
import { OpenAudit } from './audit/open-audit.js';
import { pictureOf } from './audit/picture-of.js';
import type { PrintPdf } from './audit/report-job.js';
import { sameTis, tisParameters } from './audit/tis-parameters.js';
import type { Data } from './data/data.js';
import type { OpenProject } from './data/open-project.js';
import type { Opening } from './data/opening.js';
import type { ImageSource } from './dataset/dataset.js';
import type { Engine, Picture } from './engine/engine.js';
import { NewAudit } from './new-audit/new-audit.js';
import { modelLocation, projectExists, readProjectInfo, writeProjectInfo } from './project/project-info.js';
import { titleOf } from './project/project-name.js';
import { Thumbnails } from './thumbnails.js';

/** The settings that the work depends on. */
export type WorkspaceSettings = Pick<
  Settings,
  'masks' | 'ratio' | 'stability' | 'estimate' | 'precision' | 'reviewer' | 'cacheGigabytes'
>;

export interface WorkspaceOptions {
  /** Where projects are opened. */
  readonly data: Data;
  readonly engine: Engine;
  /** The embedded demo: a folder with `data` and `model`. */
  readonly demoFolder: string;
  /** Where projects are made unless the person chooses another place. */
  readonly projectsFolder: string;
  /** As they are now; {@link Workspace.applySettings} after a change. */
  readonly settings: () => WorkspaceSettings;
  /** Prints an HTML file to a PDF file. */
  readonly printPdf: PrintPdf;
  /** Version of the application, for the report. */
  readonly version: string;
}

type PreviewPictureSize = Exclude<PictureSize, 'large' | 'full'>;

/** Which picture is asked for. */
export type PictureRequest =
  | { readonly kind: 'image'; readonly id: ImageId; readonly size: PictureSize }
  | { readonly kind: 'newAudit'; readonly index: number; readonly size: PreviewPictureSize };

interface Open {
  readonly audit: OpenAudit;
  readonly thumbnails: Thumbnails;
  /** Settings when they were last applied: a project keeps its own until the person changes them. */
  applied: WorkspaceSettings;
}

export class Workspace {
  /** What models are; those under way are given up when the open project is closed. */
  readonly inspections: ModelInspections;
  readonly #options: WorkspaceOptions;
  readonly #listeners = new Set<EventListener>();
  #open: Open | null = null;
  /** What opens and closes projects so far: one after the other. */
  #turns: Promise<unknown> = Promise.resolve();
  /** Projects that are being opened. */
  #underWay = 0;
  /** Gives up an opening under way. */
  #opening = new AbortController();
  #newAudit: NewAudit;

  constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.inspections = new ModelInspections(options.engine);
    this.#newAudit = this.#emptyNewAudit();
  }

  /** Hears of every event; returns the function that ends it. */
  on(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everyone who listens. */
  readonly tell: EventListener = (event, payload) => {
    for (const listener of this.#listeners) listener(event, payload);
  };

  /** The new audit as it stands. */
  get newAudit(): NewAudit {
    return this.#newAudit;
  }

  /** Puts an empty new audit in place of the one there is. */
  renewNewAudit(): NewAudit {
    this.#newAudit.discard();
    this.#newAudit = this.#emptyNewAudit();
    return this.#newAudit;
  }

  /** Makes the new audit's project, opens it and starts predicting. @throws AppError `BAD_USAGE`, and as {@link NewAudit.create}. */
  async startNewAudit(): Promise<ProjectSummary> {
    const summary = await this.#start(this.#newAudit);
    this.renewNewAudit();
    return summary;
  }

  /** The open project at work; null when none is open. */
  get current(): OpenAudit | null {
    return this.#open?.audit ?? null;
  }

  /** The open project at work. @throws AppError `NO_PROJECT`. */
  audit(): OpenAudit {
    return this.#theOpen().audit;
  }

  /** Makes what the person changed in the settings take effect on the open project; a project that cannot keep it says so in a notice. */
  async applySettings(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    const wish = this.#options.settings();
    const { applied, audit } = open;
    const { project } = audit;
    open.applied = wish;
    if (wish.reviewer !== applied.reviewer) this.#setReviewer(project, wish.reviewer);
    if (wish.cacheGigabytes !== applied.cacheGigabytes) this.#setCeiling(audit, wish.cacheGigabytes);
    const { model, tis } = project.info;
    if (sameTis(tisParameters(wish, model), tisParameters(applied, model))) return;
    try {
      await project.setTis(tisParameters({ ...wish, seed: tis.seed }, model));
    } catch (error) {
      this.tell('notice', toAppError(error).toData());
    }
    await audit.tellProject();
    this.tell('change', { images: 'all' });
  }

  /** Folder of the open project; null when none is open. */
  get projectFolder(): string | null {
    return this.#open?.audit.project.folder ?? null;
  }

  /**
   * Opens a project in place of the open one, and goes on with what was not finished. One that may not be written to opens for looking.
   * A newer wish takes the place of one that is still being opened.
   * @throws AppError `NO_PROJECT`, `PROJECT_*`, `DATA_STOPPED`; `CANCELLED` when another was wished for.
   */
  async openProject(folder: string): Promise<ProjectSummary> {
    return this.#goOn(await this.#openInstead({ how: 'as-allowed', folder }));
  }

  /** Opens the demo's project; made from the embedded dataset and model the first time. */
  async openDemo(): Promise<ProjectSummary> {
    const { engine, demoFolder, projectsFolder } = this.#options;
    const data = join(demoFolder, 'data');
    const model = join(demoFolder, 'model');
    const demo = new NewAudit(engine, this.#options.data, projectsFolder);
    demo.setName('Fashion-MNIST demo');
    if (projectExists(demo.folder)) return this.#openMoved(demo.folder, data, model);
    await demo.setDataset(data);
    await demo.setModel(model);
    return this.#start(demo);
  }

  /** Leaves none open. */
  async closeProject(): Promise<void> {
    await this.#leave();
    this.prepare();
  }

  /** Where nothing is open, makes ready for what a person may open next. */
  prepare(): void {
    if (this.#open === null && this.#underWay === 0) this.#options.data.prepare();
  }

  /**
   * Writes everything the open project holds to a new project in the folder `place`, and opens that one in its stead.
   * @throws AppError `NO_PROJECT`, `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`.
   */
  async saveCopy(place: string): Promise<ProjectSummary> {
    const { project } = this.audit();
    const folder = freeFolder(place, basename(project.folder, '.hognose'));
    await project.saveCopy(folder);
    return this.openProject(folder);
  }

  /**
   * Gives the open project another name, its folder too. What predicts goes on afterwards.
   * @throws AppError `NO_PROJECT`, `BAD_USAGE`, `OUTPUT_UNWRITABLE`, `READ_ONLY`, `PROJECT_GONE`; `PROJECT_IN_USE` while other work runs.
   */
  renameProject(name: string): Promise<ProjectSummary> {
    return this.#turn(async () => {
      const { project, jobs } = this.audit();
      await project.requireWritable();
      titleOf(name);
      const busy = jobs.list().find((job) => job.kind !== 'predict' && isOpen(job));
      if (busy !== undefined) {
        throw new AppError(
          'PROJECT_IN_USE',
          `The project cannot be renamed while this is under way: ${busy.title}.`,
          'Rename it when that has ended, or cancel it first.',
        );
      }
      await this.#putAway();
      const open = async (folder: string): Promise<ProjectSummary> =>
        this.#goOn(await this.#openNow({ how: 'as-allowed', folder }, new AbortController().signal));
      try {
        return await open(await this.#options.data.renameProject({ folder: project.folder, name }));
      } catch (error) {
        await open(project.folder);
        throw error;
      }
    });
  }

  /** Lists the images unless that was finished before, then predicts what is missing. */
  async resume(audit: OpenAudit): Promise<void> {
    const { project } = audit;
    const [scanned, access] = await Promise.all([project.scanned(), project.access()]);
    try {
      if (scanned) await requireDataset(project.info.datasetPath);
      if (access === 'read-only') return;
      if (scanned) await audit.readChanged();
      else await audit.scan();
      await audit.goOnPredicting();
      await audit.resumeTasks();
    } finally {
      audit.readAhead();
    }
  }

  /** A picture for the window; rejects with AppError `IMAGE_*`, `NO_PROJECT`. */
  async picture(request: PictureRequest): Promise<Picture & { readonly tag?: string | undefined }> {
    const { engine } = this.#options;
    if (request.kind === 'newAudit') {
      const { index, size } = request;
      return pictureOf(engine, { source: this.#newAudit.previewSource(index), size, model: this.#newAudit.location });
    }
    const { audit, thumbnails } = this.#theOpen();
    const { project } = audit;
    const source = await project.source(request.id);
    // What is wrong with the file, whoever reads it next says.
    audit.freshen(request.id).catch(() => undefined);
    if (request.size === 'thumb') return thumbnails.get(source);
    return pictureOf(engine, { source, size: request.size, model: modelLocation(project.info) });
  }

  /** Ends all work and closes the project; the engine is the caller's. */
  async close(): Promise<void> {
    await this.#leave();
    this.#listeners.clear();
  }

  #emptyNewAudit(): NewAudit {
    return new NewAudit(this.#options.engine, this.#options.data, this.#options.projectsFolder);
  }

  #theOpen(): Open {
    if (this.#open !== null) return this.#open;
    throw new AppError('NO_PROJECT', 'No project is open.', 'Open a project or start a new audit.');
  }

  /** After everything that opens or closes projects already. */
  #turn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  /** Ends all work on the open project and closes it, without a word. */
  async #putAway(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    this.inspections.cancel();
    await open.audit.close();
  }

  /** Closes what is open, or is being opened. */
  #leave(): Promise<void> {
    this.#opening.abort();
    return this.#turn(() => this.#closeNow());
  }

  async #closeNow(): Promise<void> {
    if (this.#open === null) return;
    await this.#putAway();
    this.tell('project', null);
  }

  #openInstead(opening: Opening): Promise<OpenAudit> {
    this.#opening.abort();
    const { signal } = (this.#opening = new AbortController());
    return this.#turn(async () => {
      await this.#closeNow();
      return this.#openNow(opening, signal);
    });
  }

  async #openNow(opening: Opening, signal: AbortSignal): Promise<OpenAudit> {
    this.#underWay += 1;
    try {
      return await this.#openAndAdopt(opening, signal);
    } finally {
      this.#underWay -= 1;
      // Where it failed, another is opened.
      this.prepare();
    }
  }

  async #openAndAdopt(opening: Opening, signal: AbortSignal): Promise<OpenAudit> {
    if (signal.aborted) throw new AppError('CANCELLED', 'The project was not opened: something else was wished for.');
    // Its pictures are asked for as soon as it is open; what goes wrong here goes wrong there as well, and is told there.
    this.#options.engine.readyPictures(null).catch(() => undefined);
    const name = basename(opening.folder, '.hognose');
    let ended: (() => void) | undefined;
    const onProgress = ({ done, total }: Progress): void => {
      this.tell('opening', { name, done, total });
      ended = () => {
        this.tell('opening', null);
      };
    };
    const project = await this.#options.data.open(opening, { signal, onProgress }).finally(() => ended?.());
    return this.#adopt(project);
  }

  async #adopt(project: OpenProject): Promise<OpenAudit> {
    const { engine, printPdf, version, settings } = this.#options;
    const audit = new OpenAudit({ project, engine, printPdf, version, tell: this.tell });
    const make = (source: ImageSource): Promise<Picture> => engine.picture({ source, size: 'thumb' });
    const thumbnails = new Thumbnails(project.folder, make, (error) => {
      this.#tellThumbnailTrouble(project, error);
    });
    const applied = settings();
    this.#open = { audit, thumbnails, applied };
    this.#setReviewer(project, applied.reviewer);
    this.#setCeiling(audit, applied.cacheGigabytes);
    await audit.bringScoresUpToDate();
    await audit.tellProject();
    return audit;
  }

  /** Whatever is asked after it comes after it. */
  #setReviewer(project: OpenProject, name: string): void {
    this.#follow(project.setReviewer(name));
  }

  /** Maps that are over it go bit by bit. */
  #setCeiling(audit: OpenAudit, gigabytes: number): void {
    this.#follow(audit.setCeiling(gigabytes * gigabyte));
  }

  /** Nobody waits for it; where it fails, that is told. */
  #follow(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      const known = toAppError(error);
      if (known.code !== 'CANCELLED') this.tell('notice', known.toData());
    });
  }

  /** Of a project that cannot be written to nobody expects that they are kept. */
  #tellThumbnailTrouble(project: OpenProject, error: unknown): void {
    project.access().then(
      (access) => {
        if (access === 'writable') this.tell('notice', thumbnailTrouble(error));
      },
      () => undefined, // closed meanwhile
    );
  }

  /** Goes on with what was not finished, behind the answer. */
  #goOn(audit: OpenAudit): Promise<ProjectSummary> {
    this.resume(audit).catch((error: unknown) => {
      this.tell('notice', toAppError(error).toData());
    });
    return audit.project.summary();
  }

  async #start(newAudit: NewAudit): Promise<ProjectSummary> {
    const { model } = newAudit;
    const { masks, ratio, stability, estimate, precision } = this.#options.settings();
    if (model === null) throw new AppError('BAD_USAGE', 'Choose a model.');
    const info = newAudit.facts(tisParameters({ masks, ratio, stability, estimate, precision }, model));
    const audit = await this.#openInstead({ how: 'create', folder: newAudit.folder, info });
    await this.resume(audit);
    return audit.project.summary();
  }

  /** The demo lies elsewhere after an update, or whenever an AppImage is started: its project is told where. */
  async #openMoved(folder: string, datasetPath: string, modelPath: string): Promise<ProjectSummary> {
    const info = readProjectInfo(folder);
    if (info.datasetPath === datasetPath && info.modelPath === modelPath) return this.openProject(folder);
    await this.closeProject();
    writeProjectInfo(folder, { ...info, datasetPath, modelPath });
    const audit = await this.#openInstead({ how: 'open', folder });
    await audit.scan();
    await this.resume(audit);
    return audit.project.summary();
  }
}

/** The first of NAME.hognose, NAME 2.hognose ... that is not there yet. */
function freeFolder(place: string, name: string): string {
  for (let number = 1; ; number += 1) {
    const folder = join(place, `${number === 1 ? name : `${name} ${String(number)}`}.hognose`);
    if (!existsSync(folder)) return folder;
  }
}

function thumbnailTrouble(error: unknown): ErrorData {
  const { code, message, hint } = toAppError(error);
  return { code, message: `Thumbnails cannot be kept: ${message}`, hint };
}
