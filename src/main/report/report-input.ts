/** Everything a report tells, as plain data, and how it is read from a project. */

import { imageId, type ImageId, type ProjectSummary, verdictKinds, type VerdictKind } from '../../shared/audit.js';
import type { ConfusionCell, Filter } from '../../shared/query.js';
import { type ReadableNames, readableNames } from '../../shared/readable-names.js';
import { confidentJoint, estimateNoise, type NoiseEstimate } from '../../shared/statistics/confident-joint.js';
import type { LabelledImage } from '../dataset/label-exporter.js';
import type { Picture } from '../engine/engine.js';
import type { LabelCounts } from '../table/audit-counts.js';
import type { ExplanationRecord } from '../project/explanations.js';
import type { Terms } from '../project/project-info.js';
import type { Finding, Project } from '../project/project.js';

const unreadable: Filter = [{ column: 'state', op: 'is', value: 'unreadable' }];

/** How often each verdict was given; `none` counts the images without one. */
export type VerdictCounts = Readonly<Record<VerdictKind | 'none', number>>;

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
  explanation(id: ImageId): ExplanationRecord | null;
  /** All labelled images in a stable order; walked once. */
  labelledImages(): Iterable<LabelledImage>;
  /** Prints an HTML file as PDF; absent where no browser can run. */
  readonly printPdf?: ((htmlPath: string, pdfPath: string) => Promise<void>) | undefined;
  /** Called as findings are written. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads from a project what its report tells, with at most `limit` findings and the maps made under `terms`. */
export function readReportInput(
  project: Project,
  options: {
    readonly limit: number;
    readonly title: string;
    readonly terms: Terms;
    readonly appVersion: string;
    readonly generatedAt: number;
  },
): ReportInput {
  const summary = project.summary(options.terms);
  const classes = summary.model.classes.length;
  const joint = confidentJoint(() => project.labelledProbabilities(), classes);
  const noise = estimateNoise(joint);
  const given = project.facets([], ['verdict']).values.verdict ?? [];
  const counts = new Map(given.map(({ value, count }) => [value ?? 'none', count]));
  const verdicts = Object.fromEntries(['none' as const, ...verdictKinds].map((kind) => [kind, counts.get(kind) ?? 0]));
  return {
    generatedAt: options.generatedAt,
    appVersion: options.appVersion,
    title: options.title,
    summary,
    names: readableNames(summary),
    verdicts: verdicts as VerdictCounts,
    labelCounts: project.labelCounts(),
    noise: noise.images === 0 ? null : noise,
    confusion: project.confusion(),
    unreadable: project
      .rows(Array.from(project.query(unreadable, { by: 'file', descending: false }), imageId))
      .map((row) => ({ file: row.file, reason: row.error ?? '' })),
    findings: project.findings(options.limit, options.terms),
  };
}

/** The part of {@link ReportSources} that a project answers itself. */
export function projectSources(project: Project, terms: Terms): Pick<ReportSources, 'explanation' | 'labelledImages'> {
  return {
    explanation: (id) => project.loadExplanation(id, terms),
    labelledImages: () => project.labelledImages(),
  };
}
