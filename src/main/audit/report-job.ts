/** The step that writes a report from a project. */

import { AppError, type ErrorData } from '../../shared/errors.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine } from '../engine/engine.js';
import { modelLocation, type Terms } from '../project/project-info.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Work } from '../jobs/pace.js';
import { relayedSteps } from '../jobs/relayed-steps.js';
import { pictureOf } from './picture-of.js';
import { projectSources, readReportInput } from '../report/report-input.js';
import { formatsOf } from '../report/report-formats.js';
import { writeReport } from '../report/write-report.js';

/** Prints an HTML file to a PDF file. */
export type PrintPdf = (htmlPath: string, pdfPath: string) => Promise<void>;

/** What a person wants of a report. */
export interface ReportWish {
  readonly folder: string;
  /** What stands over it. */
  readonly title: string;
  /** Ids of report formats. */
  readonly formats: readonly string[];
  /** At most so many findings, most suspicious first. */
  readonly findings: number;
  /** Compute missing maps of the first so many findings. */
  readonly explain: number;
}

export interface ReportStep {
  readonly project: OpenProject;
  readonly engine: Engine;
  readonly wish: ReportWish;
  /** Whose maps it shows. */
  readonly terms: Terms;
  readonly signal: AbortSignal;
  readonly printPdf: PrintPdf;
  /** Version of the application. */
  readonly version: string;
}

/** Pieces of a report: one a finding where pictures are written, one for the rest. @throws AppError `BAD_USAGE` for a format that is not known. */
export function reportPieces(wish: ReportWish, findings: number): number {
  const pictures = formatsOf(wish.formats).some((format) => format.pictures !== 'none');
  return (pictures ? Math.min(wish.findings, findings) : 0) + 1;
}

/** Writing so many pieces. */
export function reportWork(items: number): Work {
  return { like: 'report', items, guess: 0.05 };
}

/**
 * Writes the report; `problems` hears of what could not be made (a PDF, a picture), which never stops the rest.
 * @throws AppError `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`, `CANCELLED`.
 */
export async function* reportSteps(
  step: ReportStep,
  problems: (problems: readonly ErrorData[]) => void,
): AsyncGenerator<StepProgress> {
  const { project, engine, wish, terms, signal, printPdf, version } = step;
  if (signal.aborted) throw new AppError('CANCELLED', 'The report was cancelled.');
  yield { done: 0, unbroken: true };
  const input = await readReportInput(project, {
    limit: wish.findings,
    title: wish.title,
    terms,
    appVersion: version,
    generatedAt: Date.now(),
    signal,
  });
  const model = modelLocation(terms);
  const { like } = reportWork(0);
  const { problems: met } = yield* relayedSteps(
    (options) =>
      writeReport(wish.folder, input, wish.formats, {
        ...projectSources(project, terms),
        picture: async (id, size) =>
          pictureOf(engine, { source: await project.source(id), size, model }, options.signal),
        printPdf,
        ...options,
      }),
    signal,
    { like },
  );
  problems(met);
  yield { done: 1, like };
}
