/** Everything a report tells, as plain data, and how it is read from a project. */

import {
  classIndex,
  imageId,
  type ImageId,
  labelIndex,
  type ProjectSummary,
  type VerdictState,
  verdictStates,
} from '../../shared/audit.js';
import type { ConfusionCell, ConfusionCounts, Filter } from '../../shared/query.js';
import { type ReadableNames, readableNames } from '../../shared/readable-names.js';
import type { Progress } from '../../shared/progress.js';
import type { NoiseEstimate } from '../../shared/statistics/confident-joint.js';
import type { OpenProject } from '../data/open-project.js';
import type { LabelledImage } from '../dataset/label-exporter.js';
import type { Picture } from '../engine/engine.js';
import type { LabelCounts } from '../table/audit-counts.js';
import type { ExplanationRecord } from '../project/explanations.js';
import { resultsOf, type Terms } from '../project/project-info.js';
import type { Finding } from '../project/project.js';

const unreadable: Filter = [{ column: 'state', op: 'is', value: 'unreadable' }];

/** How often each verdict was given; `none` counts the images without one. */
export type VerdictCounts = Readonly<Record<VerdictState | 'none', number>>;

export interface ReportInput {
  /** Milliseconds since 1970. */
  readonly generatedAt: number;
  readonly appVersion: string;
  /** What stands over the report. */
  readonly title: string;
  readonly summary: ProjectSummary;
  /** Labels and classes as people read them; files for programs keep those of `summary`. */
  readonly names: ReadableNames;
  readonly verdicts: VerdictCounts;
  /** Counts of each label that images have. */
  readonly labelCounts: readonly LabelCounts[];
  /** From the confident joint, so by the model alone; null when no image was compared. */
  readonly noise: NoiseEstimate | null;
  readonly confusion: readonly ConfusionCell[];
  /** Images that could not be read, by file name. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** Most suspicious first. */
  readonly findings: readonly Finding[];
}

/** Where the report gets what is too much to hold at once. */
export interface ReportSources {
  /** JPEG or PNG: the upright image small (`thumb`), or what the model sees of it (`model`). */
  picture(id: ImageId, size: 'thumb' | 'model'): Promise<Picture>;
  /** Cached maps of an image; null when there are none. */
  explanation(id: ImageId): Promise<ExplanationRecord | null>;
  /** All labelled images in a stable order; walked once. */
  labelledImages(): AsyncIterable<LabelledImage>;
  /** Prints an HTML file as PDF; absent where no browser can run. */
  readonly printPdf?: ((htmlPath: string, pdfPath: string) => Promise<void>) | undefined;
  /** Called as findings are written. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Images asked for at a time. */
const page = 1000;

function cellsOf({ labels, predictions, counts }: ConfusionCounts): readonly ConfusionCell[] {
  return Array.from(counts, (count, at) => ({
    label: labelIndex(labels[at] ?? 0),
    prediction: classIndex(predictions[at] ?? 0),
    count,
  }));
}

/** Reads from a project what its report tells, with at most `limit` findings and the maps made under `terms`. */
export async function readReportInput(
  project: OpenProject,
  options: {
    readonly limit: number;
    readonly title: string;
    readonly terms: Terms;
    readonly appVersion: string;
    readonly generatedAt: number;
    readonly signal?: AbortSignal;
  },
): Promise<ReportInput> {
  const results = resultsOf(options.terms);
  const noise = await project.noise({ signal: options.signal });
  const [summary, facets, labelCounts, confusion, unread, findings] = await Promise.all([
    project.summary(results),
    project.facets([], ['verdict']),
    project.labelCounts(),
    project.confusion(),
    unreadableImages(project),
    project.findings(options.limit, results),
  ]);
  const counts = new Map(facets.values.verdict?.map(({ value, count }) => [value ?? 'none', count]));
  const verdicts = Object.fromEntries(['none' as const, ...verdictStates].map((kind) => [kind, counts.get(kind) ?? 0]));
  return {
    generatedAt: options.generatedAt,
    appVersion: options.appVersion,
    title: options.title,
    summary,
    names: readableNames(summary),
    verdicts: verdicts as VerdictCounts,
    labelCounts,
    noise,
    confusion: cellsOf(confusion),
    unreadable: unread,
    findings,
  };
}

async function unreadableImages(project: OpenProject): Promise<ReportInput['unreadable']> {
  const ids = await project.query(unreadable, { by: 'file', descending: false });
  const found: ReportInput['unreadable'][number][] = [];
  for (let from = 0; from < ids.length; from += page) {
    const rows = await project.rows(Array.from(ids.subarray(from, from + page), imageId));
    for (const { file, error } of rows) found.push({ file, reason: error ?? '' });
  }
  return found;
}

/** The part of {@link ReportSources} that a project answers itself. */
export function projectSources(
  project: OpenProject,
  terms: Terms,
): Pick<ReportSources, 'explanation' | 'labelledImages'> {
  return {
    explanation: (id) => project.loadExplanation(id, resultsOf(terms)),
    labelledImages: () => labelledImages(project),
  };
}

async function* labelledImages(project: OpenProject): AsyncGenerator<LabelledImage> {
  let after = 0;
  for (;;) {
    const { images, last } = await project.labelledPage(after, page);
    yield* images;
    if (last === null) return;
    after = last;
  }
}
