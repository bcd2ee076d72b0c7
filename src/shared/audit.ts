/** The words of an audit that every process uses: images, predictions, saliency maps, disagreements, verdicts, jobs. */

import type { Scores } from './columns.js';
import type { Disagreement, DisagreementKind } from './disagreement.js';
import type { ErrorData } from './errors.js';
import type { Evidence } from './evidence.js';
import type { FractionRect } from './fraction-rect.js';
import type { ModelSummary } from './model.js';
import type { Precision } from './precision.js';
import type { VerdictKind } from './verdict-kinds.js';

export type { FractionRect } from './fraction-rect.js';
export {
  type VerdictKind,
  verdictKinds,
  verdictNames,
  type VerdictState,
  verdictStateNames,
  verdictStates,
} from './verdict-kinds.js';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Row id of an image within one project; never a path. */
export type ImageId = Brand<number, 'ImageId'>;
/** Index into {@link ProjectSummary.labels}: a label of the dataset. */
export type LabelIndex = Brand<number, 'LabelIndex'>;
/** Index into {@link ModelSummary.classes}: an output of the model. */
export type ClassIndex = Brand<number, 'ClassIndex'>;
/** Id of a job within one run of the application. */
export type JobId = Brand<string, 'JobId'>;

export const imageId = (value: number): ImageId => value as ImageId;
export const labelIndex = (value: number): LabelIndex => value as LabelIndex;
export const classIndex = (value: number): ClassIndex => value as ClassIndex;
export const jobId = (value: string): JobId => value as JobId;

/** One class and the probability the model gives it. */
export interface ClassProbability {
  readonly classIndex: ClassIndex;
  readonly probability: number;
}

/** What the model says about one image. */
export interface Prediction {
  /** The five most probable classes, best first (fewer when the model has fewer). */
  readonly top: readonly ClassProbability[];
  /** The model class the label maps to; null without a label or a mapping. */
  readonly labelClass: ClassIndex | null;
  readonly labelProbability: number | null;
  /** 1 when the label is the prediction. */
  readonly labelRank: number | null;
}

/** One reviewer's standing decision on one image. */
export interface Verdict {
  readonly kind: VerdictKind;
  /** The right label by name for `wrong-label`; all right labels for `several-labels`; otherwise empty. */
  readonly correctedLabels: readonly string[];
  readonly note: string;
  readonly reviewer: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What the gallery shows of one image. */
export interface ImageRow {
  readonly id: ImageId;
  /** Path relative to the dataset, or `name#index` inside a container file; for display only. */
  readonly file: string;
  readonly label: LabelIndex | null;
  readonly split: string | null;
  /** Upright (EXIF-corrected) size in pixels; null until the image was read. */
  readonly width: number | null;
  readonly height: number | null;
  /** Why the image could not be read; null when it could or was not tried yet. */
  readonly error: string | null;
  readonly prediction: Prediction | null;
  readonly scores: Scores;
  readonly disagreement: DisagreementKind | null;
  /** Whether saliency maps are cached. */
  readonly explained: boolean;
  /** Null where nothing was decided, and where what was decided is in conflict. */
  readonly verdict: Verdict | null;
  /** Who else decided the same, each of them without knowing of the others. Mostly empty. */
  readonly agreeing: readonly string[];
  /** The decisions in conflict, newest first: people decided differently and none of them knew of the other. Mostly empty. */
  readonly unsettled: readonly Verdict[];
}

/** One entry of the verdict journal, oldest first. */
export interface JournalEntry {
  readonly at: number;
  readonly reviewer: string;
  readonly action: 'give' | 'clear' | 'undo' | 'redo';
  readonly verdict: Verdict | null;
  /** The file held another picture when this verdict was given, so that it does not stand. */
  readonly ofOtherPicture: boolean;
}

/** Everything the inspector shows besides the maps. */
export interface ImageDetail extends ImageRow {
  readonly sha256: string | null;
  /** Size of the file, or of the raw pixels inside a container, in bytes. */
  readonly bytes: number | null;
  /** The part of the upright image that the model sees; null until the size is known. */
  readonly modelView: FractionRect | null;
  /** Other images with the same content. */
  readonly duplicates: readonly { readonly id: ImageId; readonly file: string; readonly label: LabelIndex | null }[];
  readonly history: readonly JournalEntry[];
}

/** The saliency of one class on one image, on the model's patch grid. */
export interface SaliencyMap {
  readonly classIndex: ClassIndex;
  readonly probability: number;
  /** `[gridHeight * gridWidth]` row-major: mean probability over the masks that keep the token (the paper's map). NaN where no mask does. */
  readonly kept: Float32Array;
  /** The same over the masks that drop the token. */
  readonly dropped: Float32Array;
  /** max - mean of `kept`. */
  readonly contrast: number;
  /** Root-mean-square standard error of `kept`, from the jackknife over 16 groups of masks (of a regression: from two halves); NaN when too few masks tell. */
  readonly samplingError: number;
  /** Correlation between the maps of two halves of the masks. */
  readonly splitHalfCorrelation: number;
  /** What the patches add to the logarithm of the probability; null in maps kept before there was any, which could not be made again. */
  readonly evidence: Evidence | null;
}

/** The TIS maps of one image. */
export interface Explanation {
  readonly imageId: ImageId;
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** Label first when it has a class, then the model's classes by probability. */
  readonly maps: readonly SaliencyMap[];
  /** Null when label and prediction agree or there is no label. */
  readonly disagreement: Disagreement | null;
  readonly parameters: TisParameters;
  /** Masks that were scored: fewer than asked for when the maps were stable before. */
  readonly scored: number;
  /** Time the computation took, in milliseconds (of the first computation when cached). */
  readonly milliseconds: number;
  readonly cached: boolean;
}

/** The maps of an image while more and more masks are scored: as in its {@link Explanation}, but not settled. */
export interface SettlingMaps {
  readonly imageId: ImageId;
  readonly gridWidth: number;
  readonly gridHeight: number;
  readonly maps: readonly SaliencyMap[];
  /** Masks scored so far, and at most. */
  readonly scored: number;
  readonly total: number;
}

/** How TIS is run: Englebert et al., ICCV-W 2023, section 3, and what a person chose beyond it. */
export interface TisParameters {
  /** Number of k-means clusters, hence masks; at most the number of hidden columns. */
  readonly masks: number;
  /** Share of the tokens each mask keeps. */
  readonly ratio: number;
  /** Seed of the draw of the initial centroids. */
  readonly seed: number;
  /** Scoring stops once the maps are expected to correlate this well with those of all masks; absent: every mask is scored. */
  readonly stability?: number | undefined;
  /** How scores become maps; absent: `published`. */
  readonly estimate?: TisEstimate | undefined;
  /** Numbers that masks are scored with; absent: `float32`. */
  readonly precision?: Precision | undefined;
}

/** The mean score of the masks that keep a patch, as published; or a ridge regression of the scores on the patches kept. */
export const tisEstimates = ['published', 'regression'] as const;
export type TisEstimate = (typeof tisEstimates)[number];

export const maskCounts = [128, 256, 512, 1024, 2048] as const;
export const tokenRatios = [0.125, 0.25, 0.5] as const;

/** One row of the mapping from dataset labels to model classes. */
export interface MappingRow {
  readonly label: LabelIndex;
  readonly labelName: string;
  readonly classIndex: ClassIndex | null;
  /** A class of a similar name for a row without one: shown as a question, never taken by itself. */
  readonly suggestion?: ClassIndex | undefined;
  /** How the row came about. */
  readonly by: 'name' | 'synset' | 'position' | 'person' | 'none';
}

/**
 * Whether what is decided and computed can be kept: `read-only` in a folder that may not be written to, `gone` when the folder or
 * a file in it is not where it was opened.
 */
export type ProjectAccess = 'writable' | 'read-only' | 'gone';

/** What changes with every verdict and every batch of predictions, small however many images, labels and classes there are. */
export interface ProjectFigures {
  readonly counts: ProjectCounts;
  /** The same for each split, by name; images that are in no split are one of `null`, at the end. */
  readonly splits: readonly SplitCounts[];
  /** What about the predictions speaks against trusting the figures, in sentences. */
  readonly doubts: readonly string[];
  /** Whether a person cancelled predicting: it goes on only when somebody says so, also after the project was opened anew. */
  readonly predictionCancelled: boolean;
  readonly access: ProjectAccess;
}

/** Counts and facts of the open project, for the frame of the window and the first page of the report. */
export interface ProjectSummary extends ProjectFigures {
  readonly name: string;
  /** Where the dataset lies, for display. */
  readonly datasetPath: string;
  /** Id of the dataset's format: main has the table of them. */
  readonly format: string;
  readonly labels: readonly string[];
  readonly model: ModelSummary;
  /** Where the model lies, for display. */
  readonly modelPath: string;
  readonly mapping: readonly MappingRow[];
  readonly tis: TisParameters;
  /** Things about the data a person should know: rows without files, unknown labels ... */
  readonly warnings: readonly string[];
}

/** How far label and prediction were compared over some images. */
export interface ComparedCounts {
  readonly images: number;
  readonly predicted: number;
  /** Predicted images whose label has a class of the model: the others have nothing to be compared with. */
  readonly compared: number;
  /** Among the compared; says nothing where `compared` is 0. */
  readonly disagreements: number;
}

export interface SplitCounts extends ComparedCounts {
  readonly split: string | null;
}

export interface ProjectCounts extends ComparedCounts {
  readonly labelled: number;
  /** Images whose label has no class of the model, predicted or not. */
  readonly withoutClass: number;
  readonly unreadable: number;
  readonly explained: number;
  /** Images on which a verdict stands. */
  readonly reviewed: number;
  /** Images whose verdicts are in conflict; not among the reviewed. */
  readonly unsettled: number;
}

export type JobKind = 'scan' | 'predict' | 'scores' | 'explain' | 'report' | 'sheet' | 'fidelity';
/** `paused`: begun, and put aside between two steps for a shorter job. */
export type JobState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

/** A piece of long work as the job bar shows it. */
export interface Job {
  readonly id: JobId;
  readonly kind: JobKind;
  /** What it does, for people: "Predicting 10,000 images". */
  readonly title: string;
  readonly state: JobState;
  readonly done: number;
  readonly total: number;
  /** Items computed a second over the recent past, pauses left out; null until enough was measured. */
  readonly rate: number | null;
  /** Seconds left to compute, from the rate of like work; null until that means something, and while it waits. */
  readonly eta: number | null;
  /** What it waits for, to stand behind "waits for": `Explaining 12 images`, `the maps you look at`; null when it goes on. */
  readonly waitsFor: string | null;
  /** Items that failed and were passed over. */
  readonly skipped: number;
  readonly error: ErrorData | null;
}

/** Whether a person may cancel it. Without scores, filters and orders would leave images out, so these are computed whatever follows. */
export function isCancellable({ kind }: Pick<Job, 'kind'>): boolean {
  return kind !== 'scores';
}

/** Whether a job has not come to its end yet. */
export function isOpen({ state }: Pick<Job, 'state'>): boolean {
  return state === 'queued' || state === 'running' || state === 'paused';
}
