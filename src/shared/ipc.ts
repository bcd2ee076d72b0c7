/** THE contract between the window and the main process: every call with its input schema and result, and every event. */

import * as v from 'valibot';
import {
  type ClassIndex,
  type Explanation,
  type FractionRect,
  type ImageDetail,
  type ImageId,
  type ImageRow,
  type Job,
  type JobId,
  type LabelIndex,
  type MappingRow,
  type ProjectSummary,
  type SettlingMaps,
  type Verdict,
  tisEstimates,
  verdictKinds,
  type ClassProbability,
} from './audit.js';
import { classOrders } from './class-order.js';
import { list, text, textTable } from './bounded.js';
import { colourMapNames } from './colormap.js';
import { mapScales } from './map-range.js';
import {
  type ModelChoice,
  type ModelInspection,
  type ModelSummary,
  preprocessingPresets,
  resizeKinds,
} from './model.js';
import {
  columnsSchema,
  type ConfusionCell,
  filterSchema,
  type GalleryFacets,
  type GalleryResult,
  orderSchema,
  type ProjectChange,
} from './query.js';
import type { ErrorData } from './errors.js';
import type { pictureEdges } from './picture-edges.js';
import { precisions } from './precision.js';
import type { FidelityFigures, SpeedFigures } from './speed.js';
import type { MethodOffer } from './methods.js';
import { type ProviderInfo, providerWishes } from './provider.js';
import type { ReportFormatChoice } from './report-formats.js';
import { mostSheetImages, mostSheetRows, sheetFormats, sheetScales } from './sheet.js';
import { type RowId, rowIds, type RowMap } from './sheet-rows.js';

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const imageIdSchema = v.pipe(
  count,
  v.transform((value) => value as ImageId),
);
const labelSchema = v.pipe(
  count,
  v.transform((value) => value as LabelIndex),
);
const classSchema = v.pipe(
  count,
  v.transform((value) => value as ClassIndex),
);
const jobIdSchema = v.pipe(
  v.string(),
  v.maxLength(64),
  v.transform((value) => value as JobId),
);
const nothing = v.undefined();

/** Labels of a dataset and classes of a model: ImageNet-21k has 21,843. */
const mostLabels = 100_000;

/** Images that one step may judge. */
const mostJudged = 10_000;

const verdictSchema = v.object({
  kind: v.picklist(verdictKinds),
  correctedLabels: list(text(1000), 100),
  note: text(10_000),
});

/** What a person may change about the application; kept in the user's settings file. */
export const settingsSchema = v.object({
  theme: v.picklist(['system', 'dark', 'light']),
  reviewer: text(200),
  cellSize: v.pipe(v.number(), v.integer(), v.minValue(64), v.maxValue(512)),
  colourMap: v.picklist(colourMapNames),
  mapOpacity: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** Colour scale of the inspector's maps. */
  mapScale: v.picklist(mapScales),
  masks: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2048)),
  ratio: v.pipe(v.number(), v.minValue(0.01), v.maxValue(1)),
  /** Expected correlation with the maps of all masks at which scoring stops; 1 scores every mask. */
  stability: v.pipe(v.number(), v.minValue(0.5), v.maxValue(1)),
  estimate: v.picklist(tisEstimates),
  /** Numbers that masks are scored with. */
  precision: v.picklist(precisions),
  /** Gigabytes that the sessions of explanation methods may take together. */
  memory: v.pipe(v.number(), v.minValue(0.5), v.maxValue(64)),
  /** Threads of the engine; 0 lets it choose. */
  threads: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(256)),
  provider: v.picklist(providerWishes),
  /** The methods of the compare view, and the contrast, in the order of the sheet; remembered between images and projects. */
  methods: list(v.picklist(rowIds), rowIds.length),
  sheetTransposed: v.boolean(),
  sheetScale: v.picklist(sheetScales),
  /** Key bindings that differ from the defaults: action name to tinykeys pattern. */
  keys: textTable(64, 500),
});
export type Settings = v.InferOutput<typeof settingsSchema>;

const side = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8192));
const threeNumbers = v.pipe(
  v.tuple([v.number(), v.number(), v.number()]),
  v.transform((value): readonly [number, number, number] => value),
);

/** {@link PreprocessingChoice} as it crosses to the main process. */
export const preprocessingChoiceSchema = v.object({
  preset: v.optional(v.picklist(preprocessingPresets)),
  resizeKind: v.optional(v.picklist(resizeKinds)),
  resize: v.optional(side),
  crop: v.optional(side),
  interpolation: v.optional(v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos'])),
  mean: v.optional(threeNumbers),
  std: v.optional(threeNumbers),
});

const methodsSchema = list(v.picklist(rowIds), mostSheetRows, 1);
const sheetLookSchema = v.object({
  transposed: v.boolean(),
  scale: v.picklist(sheetScales),
  colourMap: v.picklist(colourMapNames),
  opacity: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});

/** Every call of the window: name -> schema of its one input. */
export const callSchemas = {
  'app.info': nothing,
  'settings.get': nothing,
  'settings.set': v.partial(settingsSchema),
  'project.recent': nothing,
  'project.forget': v.object({ recent: count }),
  'project.openRecent': v.object({ recent: count }),
  'project.openDemo': nothing,
  /** Asks for a project folder with the system's dialog. */
  'project.openDialog': nothing,
  /** Writes the open project to a folder chosen with the system's dialog, and opens it there. */
  'project.saveCopy': nothing,
  /** Gives the open project another name, its folder too. */
  'project.rename': v.object({ name: text(1000) }),
  'project.close': nothing,
  'project.current': nothing,
  'project.setMapping': v.object({
    rows: list(v.object({ label: labelSchema, classIndex: v.nullable(classSchema) }), mostLabels),
  }),
  /** Starts a new audit: an empty one, replacing any other. */
  'newAudit.create': nothing,
  'newAudit.discard': nothing,
  /** Asks with the system's dialog for the dataset folder or file, the label file, the model, or the place of the project. */
  'newAudit.pick': v.object({
    what: v.picklist([
      'dataset-folder',
      'dataset-file',
      'labels',
      'model-file',
      'model-folder',
      'class-names',
      'place',
    ]),
  }),
  /** Another preprocessing than the model's files say; null takes theirs again. Opens the model anew. */
  'newAudit.setPreprocessing': v.object({ choice: v.nullable(preprocessingChoiceSchema) }),
  /** Class names from the model's files, or the ImageNet list (a file is chosen with `newAudit.pick`). */
  'newAudit.setClassOrder': v.object({ order: v.picklist(classOrders) }),
  'project.setClassOrder': v.object({ order: v.picklist(classOrders) }),
  'newAudit.setClassNames': v.object({ from: v.picklist(['model', 'imagenet']) }),
  /** Corrects what was recognised in the ONNX file that was chosen last, opened or refused; opens it anew. */
  'newAudit.setModelValues': v.object({
    values: v.nullable(
      v.object({ pixels: v.optional(text(1000)), tokens: v.optional(text(1000)), logits: v.optional(text(1000)) }),
    ),
  }),
  /** Reads or writes the mapping as a CSV or JSON file chosen with the system's dialog. */
  'newAudit.importMapping': nothing,
  'newAudit.exportMapping': nothing,
  'project.importMapping': nothing,
  'project.exportMapping': nothing,
  /** Lists the dataset again: new, gone and overwritten images are noticed. Ends when all is listed; predicting follows as a job. */
  'project.rescan': nothing,
  /** Asks with the system's dialog where the dataset is now, and goes on there as `project.rescan`. */
  'project.relink': nothing,
  /** Anatomy, costs and proof of the open project's model. */
  'model.inspect': nothing,
  /** The same of another model, chosen with the system's dialog, to set beside it. */
  'model.compare': v.object({ what: v.picklist(['model-file', 'model-folder']) }),
  /** Another of the dataset's candidates. */
  'newAudit.setFormat': v.object({ format: text(64) }),
  'newAudit.setMapping': v.object({
    rows: list(v.object({ label: labelSchema, classIndex: v.nullable(classSchema) }), mostLabels),
  }),
  'newAudit.setName': v.object({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(120)) }),
  /** Predicts ten images spread over the new audit's dataset. */
  'newAudit.preview': nothing,
  /** Creates the project, opens it and starts predicting. */
  'newAudit.start': nothing,
  'gallery.query': v.object({
    filter: filterSchema,
    order: orderSchema,
  }),
  'gallery.facets': v.object({ filter: filterSchema, columns: columnsSchema }),
  'gallery.rows': v.object({ ids: list(imageIdSchema, 2000) }),
  'image.detail': v.object({ id: imageIdSchema }),
  /** Cached maps, or computes them now (ahead of background work); `classes` asks for more than label and top 5. */
  'explain.get': v.object({
    id: imageIdSchema,
    classes: v.optional(list(classSchema, 20)),
  }),
  /** Computes maps ahead, at low priority, in this order; replaces the previous wish. */
  'explain.prefetch': v.object({ ids: list(imageIdSchema, 16) }),
  /** The explanation methods, and which of them the project's model allows. */
  'compare.methods': nothing,
  /**
   * The maps of these classes by one method, or in contrast to their rivals: out of the cache, or computed one call after the other in the order of asking.
   * Rejected with `CANCELLED` after `compare.cancel`.
   */
  'compare.maps': v.object({
    id: imageIdSchema,
    method: v.picklist(rowIds),
    classes: list(classSchema, 20, 1),
  }),
  /** Gives up every `compare.maps` that is waiting or running. */
  'compare.cancel': nothing,
  /** Writes the sheet of one image to a file chosen with the system's dialog; maps that are missing are computed. */
  'compare.export': v.object({
    id: imageIdSchema,
    methods: methodsSchema,
    classes: list(classSchema, 20, 1),
    look: sheetLookSchema,
    format: v.picklist(sheetFormats),
  }),
  /** The same for many images, one class each (its label's, or the predicted one), as a job. */
  'compare.contact': v.object({
    ids: list(imageIdSchema, mostSheetImages, 1),
    methods: methodsSchema,
    of: v.picklist(['label', 'prediction']),
    look: sheetLookSchema,
    format: v.picklist(sheetFormats),
  }),
  /** Measures for about three seconds what computing costs with the project's model. */
  'speed.measure': nothing,
  /** Compares maps scored with a rough precision with those of float32, on up to a hundred images of the project. */
  'speed.fidelity': v.object({ precision: v.picklist(precisions) }),
  /** One verdict on each of these images, or its taking back: one step of undo, whole or not at all. */
  'verdict.give': v.object({ ids: list(imageIdSchema, mostJudged, 1), verdict: verdictSchema }),
  'verdict.clear': v.object({ ids: list(imageIdSchema, mostJudged, 1) }),
  'verdict.undo': nothing,
  'verdict.redo': nothing,
  'confusion.get': nothing,
  'jobs.list': nothing,
  'jobs.cancel': v.object({ id: jobIdSchema }),
  /** Predicts what is not predicted yet. */
  'jobs.predict': nothing,
  /** Tries the images again that could not be read. */
  'jobs.retry': nothing,
  /** Explains the `count` most suspicious images that are not explained yet. */
  'jobs.explain': v.object({ count: v.pipe(count, v.minValue(1)) }),
  /** Writes a report: its folder `name` is made where the person says with the system's dialog (`place: 'ask'`), or in the project. */
  'report.create': v.object({
    /** Ids of `reportFormats` of `app.info`. */
    formats: list(text(64), 32, 1),
    place: v.picklist(['project', 'ask']),
    name: text(1000),
    /** By default the project's name. */
    title: v.optional(text(1000)),
    /** At most this many findings, most suspicious first. */
    findings: v.pipe(count, v.minValue(1), v.maxValue(100_000)),
    /** Compute missing maps for the first this many findings. */
    explain: count,
  }),
  /** Opens a format of the last written report with the system's program, or its folder where that is null. */
  'report.open': v.object({ format: v.nullable(text(64)) }),
} as const;

export type CallName = keyof typeof callSchemas;
export type CallInput<N extends CallName> = v.InferInput<(typeof callSchemas)[N]>;

export interface AppInfo {
  readonly version: string;
  readonly platform: string;
  /** What runs the graphs, with the reason when a faster one is not used. */
  readonly provider: ProviderInfo;
  /** In which a report can be written. */
  readonly reportFormats: readonly ReportFormatChoice[];
}

export interface RecentProject {
  /** Index for `project.openRecent`. */
  readonly recent: number;
  readonly name: string;
  readonly place: string;
  readonly openedAt: number;
  readonly exists: boolean;
}

/** A new audit being put together. */
export interface NewAuditState {
  /** What may be chosen as the dataset, as phrases: "a folder with one folder per class". */
  readonly choices: readonly string[];
  readonly name: string;
  /** Folder in which `NAME.hognose` will be made, for display. */
  readonly place: string;
  readonly dataset: {
    readonly path: string;
    /** Id of one of the candidates. */
    readonly format: string;
    /** Formats that would also fit, best first, the chosen one included. */
    readonly candidates: readonly { readonly id: string; readonly name: string }[];
    readonly images: number;
    readonly labels: readonly { readonly name: string; readonly count: number }[];
    readonly splits: readonly { readonly name: string; readonly count: number }[];
    readonly warnings: readonly string[];
  } | null;
  readonly labelsFile: string | null;
  readonly model: ModelSummary | null;
  /** What the person wants of the model; class name files show their name only. */
  readonly modelChoice: ModelChoice;
  /** The ONNX file that was chosen last and could not be opened, so that its values can be named; null otherwise. */
  readonly refusedModel: { readonly name: string; readonly error: ErrorData } | null;
  readonly mapping: readonly MappingRow[];
  /** What still stops the start, in plain words; empty when ready. */
  readonly missing: readonly string[];
}

export interface PreviewedImage {
  /** For `app://` picture URLs: see {@link pictureUrl}. */
  readonly index: number;
  readonly file: string;
  readonly label: string | null;
  readonly top: readonly ClassProbability[];
  readonly modelView: FractionRect | null;
  readonly error: string | null;
}

/** The reviewer's own verdict before and after a step. */
interface VerdictStep {
  readonly before: Verdict | null;
  readonly after: Verdict | null;
}

/** An image whose verdict a step changed; the row has the verdict that stands among all reviewers'. */
export interface VerdictChange extends VerdictStep {
  readonly row: ImageRow;
}

/** The same for a file that is not in the dataset any more. */
export interface GoneChange extends VerdictStep {
  readonly file: string;
}

export interface VerdictOutcome {
  /** The images the step concerned, as they are now; none where there was nothing to take back. */
  readonly changes: readonly VerdictChange[];
  /** Files of the step that are not in the dataset any more: their verdicts changed as well. */
  readonly gone: readonly GoneChange[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

/** Every call: name -> what it resolves to. */
export interface CallResults {
  'app.info': AppInfo;
  'settings.get': Settings;
  'settings.set': Settings;
  'project.recent': readonly RecentProject[];
  'project.forget': readonly RecentProject[];
  'project.openRecent': ProjectSummary;
  'project.openDemo': ProjectSummary;
  /** Null when the person cancelled the dialog. */
  'project.openDialog': ProjectSummary | null;
  /** Null when the person cancelled the dialog. */
  'project.saveCopy': ProjectSummary | null;
  'project.rename': ProjectSummary;
  'project.close': null;
  'project.current': ProjectSummary | null;
  'project.setMapping': ProjectSummary;
  'project.setClassOrder': ProjectSummary;
  'newAudit.create': NewAuditState;
  'newAudit.discard': null;
  /** The new audit after the choice; unchanged when the person cancelled. */
  'newAudit.pick': NewAuditState;
  'newAudit.setFormat': NewAuditState;
  'newAudit.setPreprocessing': NewAuditState;
  'newAudit.setClassNames': NewAuditState;
  'newAudit.setModelValues': NewAuditState;
  'newAudit.importMapping': NewAuditState;
  /** Null when the person cancelled the dialog; otherwise the name of the file. */
  'newAudit.exportMapping': string | null;
  'project.importMapping': ProjectSummary;
  'project.exportMapping': string | null;
  'project.rescan': ProjectSummary;
  /** Null when the person cancelled the dialog. */
  'project.relink': ProjectSummary | null;
  'model.inspect': ModelInspection;
  /** Null when the person cancelled the dialog. */
  'model.compare': ModelInspection | null;
  'newAudit.setMapping': NewAuditState;
  'newAudit.setClassOrder': NewAuditState;
  'newAudit.setName': NewAuditState;
  'newAudit.preview': readonly PreviewedImage[];
  'newAudit.start': ProjectSummary;
  'gallery.query': GalleryResult;
  'gallery.facets': GalleryFacets;
  'gallery.rows': readonly ImageRow[];
  'image.detail': ImageDetail;
  'explain.get': Explanation;
  'explain.prefetch': null;
  'compare.methods': readonly MethodOffer[];
  /** In the order of the classes asked for. */
  'compare.maps': readonly RowMap[];
  'compare.cancel': null;
  /** Name of the file; null when the person cancelled the dialog. */
  'compare.export': string | null;
  'compare.contact': Job | null;
  'speed.measure': SpeedFigures;
  'speed.fidelity': FidelityFigures;
  'verdict.give': VerdictOutcome;
  'verdict.clear': VerdictOutcome;
  'verdict.undo': VerdictOutcome;
  'verdict.redo': VerdictOutcome;
  'confusion.get': readonly ConfusionCell[];
  'jobs.list': readonly Job[];
  'jobs.cancel': null;
  'jobs.predict': Job;
  /** Null when every image could be read. */
  'jobs.retry': Job | null;
  'jobs.explain': Job;
  /** Null when the person cancelled the dialog. */
  'report.create': Job | null;
  'report.open': null;
}

/** Everything main tells the window unasked. */
export interface Events {
  /** A job was created or moved; at most ten times a second a job. */
  job: Job;
  /** Images, predictions, maps or verdicts changed. */
  change: ProjectChange;
  /** The files of these images were found to hold other pictures: what was shown of the old ones is not theirs. */
  contents: { readonly images: readonly ImageId[] };
  /** Counts, mapping or project changed; null when closed. */
  project: ProjectSummary | null;
  /** The maps of an `explain.get` under way; at most ten times a second. */
  settling: SettlingMaps;
  /** How far a `compare.maps` under way has come, in runs of a graph (a contrast: in masks); at most ten times a second. */
  mapProgress: { readonly id: ImageId; readonly method: RowId; readonly done: number; readonly total: number };
  /** Something to say that belongs to no call: an engine restart, a provider fallback. */
  notice: ErrorData;
}
export type EventName = keyof Events;

/** What crosses the bridge for a call: errors are data. */
export type CallReply<N extends CallName> =
  { readonly ok: true; readonly value: CallResults[N] } | { readonly ok: false; readonly error: ErrorData };

/** The whole surface that the preload script exposes as `window.hognose`. */
export interface Bridge {
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallReply<N>>;
  /** Returns the function that unsubscribes. */
  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void;
}

/** Channel names of the two directions. */
export const callChannel = 'hognose:call';
export const eventChannel = 'hognose:event';

/** How large a picture is asked for: within one of these edges, or exactly what the model sees. */
export type PictureSize = keyof typeof pictureEdges | 'model';

/** The `app://` address of an image's picture; upright, JPEG or PNG. */
export function pictureUrl(id: ImageId, size: PictureSize): string {
  return `app://picture/image/${String(id)}/${size}`;
}

/** The `app://` address of a picture of a new audit's preview: as it is, or exactly what the model sees of it. */
export function previewPictureUrl(index: number, size: 'thumb' | 'model' = 'thumb'): string {
  return `app://picture/newAudit/${String(index)}/${size}`;
}
