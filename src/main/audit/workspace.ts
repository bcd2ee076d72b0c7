/** What the window works on: at most one open project and one new audit, and the answers to all calls that need no Electron. */

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ImageId, isOpen, type Job, type ProjectSummary } from '../../shared/audit.js';
import type { ModelInspection } from '../../shared/model.js';
import { AppError, type ErrorData, toAppError } from '../../shared/errors.js';
import type { NewAuditState, PictureSize, Settings } from '../../shared/ipc.js';
import type { WorkspaceCalls } from '../call-handlers.js';
import type { ImageSource } from '../dataset/dataset.js';
import type { Engine, Picture } from '../engine/engine.js';
import { modelLocation, readProjectInfo, writeProjectInfo } from '../project/project-info.js';
import { fileNameOf, titleOf } from '../project/project-name.js';
import { Project } from '../project/project.js';
import { renameProject } from '../project/rename-project.js';
import { compareCalls, type Desk, galleryCalls, jobCalls, projectCalls, speedCalls, verdictCalls } from './calls.js';
import { NewAudit, type NewAuditChoice } from '../new-audit/new-audit.js';
import { newAuditCalls } from './draft-calls.js';
import { confirmMapping } from '../mapping/mapping.js';
import { readMappingFile, writeMappingFile } from '../mapping/mapping-file.js';
import { ModelInspections } from './model-inspections.js';
import { requireDataset } from './missing-images.js';
import { pictureOf } from './picture-of.js';
import type { PrintPdf, ReportWish } from './report-job.js';
import type { ListedImages } from './scan.js';
import { OpenAudit, type EventListener } from './open-audit.js';
import { Thumbnails } from '../thumbnails.js';
import { sameTis, tisParameters } from './tis-parameters.js';

/** The settings that the work depends on. */
export type WorkspaceSettings = Pick<Settings, 'masks' | 'ratio' | 'stability' | 'estimate' | 'precision' | 'reviewer'>;

export interface WorkspaceOptions {
  readonly engine: Engine;
  /** The embedded demo: a folder with `data` and `model`. */
  readonly demoFolder: string;
  /** Where projects are made unless the person chooses another place. */
  readonly projectsFolder: string;
  /** Asked again whenever it matters, so that changes take effect at once. */
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

/** Whose mapping is read from or written to a file. */
export type MappingOwner = 'newAudit' | 'project';

/** A report to be written. */
export interface ReportOrder extends Omit<ReportWish, 'folder' | 'title'> {
  /** The folder that the report's own is made in; null for the project's. */
  readonly place: string | null;
  /** Name of the report's own folder. */
  readonly name: string;
  /** By default the project's name. */
  readonly title?: string | undefined;
}

interface Open {
  readonly audit: OpenAudit;
  readonly thumbnails: Thumbnails;
  /** Settings when they were last applied: a project keeps its own until the person changes them. */
  applied: WorkspaceSettings;
  reportFolder: string;
}

export class Workspace {
  /** The answers to the window's calls. */
  readonly calls: WorkspaceCalls;
  readonly #options: WorkspaceOptions;
  readonly #listeners = new Set<EventListener>();
  readonly #reports: ModelInspections;
  #open: Open | null = null;
  #newAudit: NewAudit;

  constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.#reports = new ModelInspections(options.engine);
    this.#newAudit = this.#newNewAudit();
    const desk: Desk = {
      audit: () => this.#audit(),
      current: () => this.#open?.audit ?? null,
      applySettings: () => {
        this.#applySettings();
      },
      openDemo: () => this.openDemo(),
      closeProject: () => this.closeProject(),
      reportModel: () => this.#reports.of(modelLocation(this.#audit().project.info)),
      resume: (audit) => this.#resume(audit),
      tell: this.#tell,
    };
    this.calls = {
      ...projectCalls(desk),
      ...galleryCalls(desk),
      ...compareCalls(desk),
      ...speedCalls(desk),
      ...verdictCalls(desk),
      ...jobCalls(desk),
      ...newAuditCalls({
        newAudit: () => this.#newAudit,
        renew: () => {
          this.#newAudit = this.#newNewAudit();
        },
        start: () => this.#startNewAudit(),
      }),
    };
  }

  /** Hears of every event; returns the function that ends it. */
  on(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The new audit as it stands. */
  newAudit(): NewAuditState {
    return this.#newAudit.state();
  }

  /** Puts what a person picked into the newAudit. @throws AppError `DATASET_*`, `LABELS_INVALID`, `MODEL_*`. */
  async chooseForNewAudit(what: NewAuditChoice, path: string): Promise<NewAuditState> {
    await this.#newAudit.choose(what, path);
    return this.#newAudit.state();
  }

  /** Reads the choices of a mapping file. @throws AppError `MAPPING_INVALID`, `NO_PROJECT`, `BAD_USAGE`. */
  async importMapping(of: MappingOwner, path: string): Promise<void> {
    if (of === 'newAudit') {
      const { mapping, opened } = this.#newAudit;
      this.#newAudit.replaceMapping(confirmMapping(mapping, await readMappingFile(path, mapping, opened)));
      return;
    }
    const audit = this.#audit();
    const { mapping, model } = audit.project.info;
    const rows = await readMappingFile(path, mapping, model);
    audit.project.setMapping(confirmMapping(mapping, rows));
    audit.bringScoresUpToDate();
    this.#tell('change', { images: 'all' });
    audit.tellProject();
  }

  /** Writes the new audit's or the project's mapping as CSV, or JSON by the file's name. @throws AppError `OUTPUT_UNWRITABLE`, `NO_PROJECT`, `BAD_USAGE`. */
  async exportMapping(of: MappingOwner, path: string): Promise<void> {
    const { mapping, model } =
      of === 'newAudit'
        ? { mapping: this.#newAudit.mapping, model: this.#newAudit.opened }
        : this.#audit().project.info;
    await writeMappingFile(path, mapping, model);
  }

  /** The open project's facts. @throws AppError `NO_PROJECT`. */
  summary(): ProjectSummary {
    return this.#audit().project.summary();
  }

  /**
   * Opens a project in place of the open one, and goes on with what was not finished.
   * One that may not be written to opens for looking.
   * @throws AppError `NO_PROJECT`, `PROJECT_*`.
   */
  async openProject(folder: string): Promise<ProjectSummary> {
    await this.closeProject();
    const audit = this.#adopt(Project.openAsAllowed(folder));
    this.#resume(audit).catch((error: unknown) => {
      this.#tell('notice', toAppError(error).toData());
    });
    return audit.project.summary();
  }

  /** Opens the demo's project; made from the embedded dataset and model the first time. */
  async openDemo(): Promise<ProjectSummary> {
    const { engine, demoFolder, projectsFolder } = this.#options;
    const data = join(demoFolder, 'data');
    const model = join(demoFolder, 'model');
    const demo = new NewAudit(engine, projectsFolder);
    demo.setName('Fashion-MNIST demo');
    if (Project.exists(demo.folder)) return this.#openMoved(demo.folder, data, model);
    await demo.setDataset(data);
    await demo.setModel(model);
    return this.#start(demo);
  }

  async closeProject(): Promise<void> {
    if (this.#open === null) return;
    await this.#putAway();
    this.#tell('project', null);
  }

  /**
   * Writes everything the open project holds to a new project in the folder `place`, and opens that one in its stead.
   * @throws AppError `NO_PROJECT`, `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`.
   */
  async saveCopy(place: string): Promise<ProjectSummary> {
    const { project } = this.#audit();
    const folder = freeFolder(place, basename(project.folder, '.hognose'));
    project.saveCopy(folder);
    return this.openProject(folder);
  }

  /**
   * Gives the open project another name, its folder too. What predicts goes on afterwards.
   * @throws AppError `NO_PROJECT`, `BAD_USAGE`, `OUTPUT_UNWRITABLE`, `READ_ONLY`, `PROJECT_GONE`; `PROJECT_IN_USE` while other work runs.
   */
  async renameProject(name: string): Promise<ProjectSummary> {
    const { project, jobs } = this.#audit();
    project.requireWritable();
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
    try {
      return await this.openProject(renameProject(project.folder, name));
    } catch (error) {
      await this.openProject(project.folder);
      throw error;
    }
  }

  /** What another model is, to set beside the project's. @throws AppError `MODEL_*`. */
  reportOn(path: string): Promise<ModelInspection> {
    return this.#reports.of({ path });
  }

  /** Folder of the open project, for the list of recent ones; null when none is open. */
  get projectFolder(): string | null {
    return this.#open?.audit.project.folder ?? null;
  }

  /** Ties the open project to its dataset at another place, lists it there and predicts what is missing. @throws AppError as `OpenAudit.relink`. */
  async relink(path: string): Promise<ProjectSummary> {
    const audit = this.#audit();
    await audit.relink(path);
    await this.#resume(audit);
    return audit.project.summary();
  }

  /** Starts writing a report. @throws AppError `NO_PROJECT`, `BAD_USAGE`; `READ_ONLY` for one in a project that may not be written to. */
  createReport({ place, name, title, ...wish }: ReportOrder): Job {
    const audit = this.#audit();
    const { project } = audit;
    if (place === null) project.requireWritable();
    const folder = join(place ?? project.folder, fileNameOf(name, 'report'));
    const order = { ...wish, folder, title: titleOf(title ?? project.info.name) };
    this.#applySettings();
    const job = audit.report(order);
    if (this.#open !== null) this.#open.reportFolder = folder;
    return job;
  }

  /** Writes the sheet of one image to a file. @throws AppError `NO_PROJECT`, and as `OpenAudit.writeImageSheet`. */
  writeImageSheet(...order: Parameters<OpenAudit['writeImageSheet']>): Promise<void> {
    this.#applySettings();
    return this.#audit().writeImageSheet(...order);
  }

  /** Starts writing a contact sheet. @throws AppError `NO_PROJECT`. */
  createContactSheet(...order: Parameters<OpenAudit['contactSheet']>): Job {
    this.#applySettings();
    return this.#audit().contactSheet(...order);
  }

  /** Where the last report was written. @throws AppError `NO_PROJECT`. */
  reportFolder(): string {
    this.#audit();
    return this.#open?.reportFolder ?? '';
  }

  /** A picture for the window; rejects with AppError `IMAGE_*`, `NO_PROJECT`. */
  async picture(request: PictureRequest): Promise<Picture & { readonly tag?: string | undefined }> {
    const { engine } = this.#options;
    if (request.kind === 'newAudit') {
      const { index, size } = request;
      return pictureOf(engine, {
        source: this.#newAudit.previewSource(index),
        size,
        model: this.#newAudit.location,
      });
    }
    const audit = this.#audit();
    const { project } = audit;
    const source = project.source(request.id);
    // What is wrong with the file, whoever reads it next says.
    audit.freshen(request.id).catch(() => undefined);
    if (request.size === 'thumb' && this.#open !== null) return this.#open.thumbnails.get(source);
    return pictureOf(engine, { source, size: request.size, model: modelLocation(project.info) });
  }

  /** Ends all work and closes the project; the engine is the caller's. */
  async close(): Promise<void> {
    await this.closeProject();
    this.#listeners.clear();
  }

  readonly #tell: EventListener = (event, payload) => {
    for (const listener of this.#listeners) listener(event, payload);
  };

  #newNewAudit(): NewAudit {
    return new NewAudit(this.#options.engine, this.#options.projectsFolder);
  }

  /** Ends all work on the open project and closes it, without a word. */
  async #putAway(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    this.#reports.cancel();
    await open.audit.close();
  }

  #audit(): OpenAudit {
    if (this.#open !== null) return this.#open.audit;
    throw new AppError('NO_PROJECT', 'No project is open.', 'Open a project or start a new audit.');
  }

  #adopt(project: Project): OpenAudit {
    const { engine, printPdf, version, settings } = this.#options;
    const audit = new OpenAudit({ project, engine, printPdf, version, tell: this.#tell });
    const make = (source: ImageSource): Promise<Picture> => engine.picture({ source, size: 'thumb' });
    const thumbnails = new Thumbnails(project.folder, make, (error) => {
      if (project.access === 'writable') this.#tell('notice', thumbnailTrouble(error));
    });
    const applied = settings();
    project.setReviewer(applied.reviewer);
    this.#open = { audit, thumbnails, applied, reportFolder: join(project.folder, 'report') };
    audit.bringScoresUpToDate();
    audit.tellProject();
    return audit;
  }

  /** Makes what the person changed in the settings take effect on the open project. */
  #applySettings(): void {
    const open = this.#open;
    if (open === null) return;
    const wish = this.#options.settings();
    const { project } = open.audit;
    if (wish.reviewer !== open.applied.reviewer) project.setReviewer(wish.reviewer);
    const { model, tis } = project.info;
    if (!sameTis(tisParameters(wish, model), tisParameters(open.applied, model))) {
      project.setTis(tisParameters({ ...wish, seed: tis.seed }, model));
      open.audit.tellProject();
      this.#tell('change', { images: 'all' });
    }
    open.applied = wish;
  }

  async #startNewAudit(): Promise<ProjectSummary> {
    const summary = await this.#start(this.#newAudit);
    this.#newAudit = this.#newNewAudit();
    return summary;
  }

  async #start(newAudit: NewAudit): Promise<ProjectSummary> {
    const { model } = newAudit;
    const { masks, ratio, stability, estimate, precision } = this.#options.settings();
    if (model === null) throw new AppError('BAD_USAGE', 'Choose a model.');
    const { project, listed } = newAudit.create(tisParameters({ masks, ratio, stability, estimate, precision }, model));
    await this.closeProject();
    const audit = this.#adopt(project);
    await this.#resume(audit, listed);
    return project.summary();
  }

  /** The demo lies elsewhere after an update, or whenever an AppImage is started: its project is told where. */
  async #openMoved(folder: string, datasetPath: string, modelPath: string): Promise<ProjectSummary> {
    const info = readProjectInfo(folder);
    if (info.datasetPath === datasetPath && info.modelPath === modelPath) return this.openProject(folder);
    await this.closeProject();
    writeProjectInfo(folder, { ...info, datasetPath, modelPath });
    const audit = this.#adopt(Project.open(folder));
    await audit.scan();
    await this.#resume(audit);
    return audit.project.summary();
  }

  /** Lists the images unless that was finished before, then predicts what is missing. */
  async #resume(audit: OpenAudit, listed?: ListedImages): Promise<void> {
    const { project } = audit;
    if (project.scanned) await requireDataset(project.info.datasetPath);
    if (project.access === 'read-only') return;
    if (project.scanned) await audit.readChanged();
    else await audit.scan(listed);
    audit.goOnPredicting();
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
