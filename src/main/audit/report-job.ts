/** The step that writes a report from a project. */

import { AppError, type ErrorData } from '../../shared/errors.js';
import type { Engine } from '../engine/engine.js';
import { modelLocation, type Terms } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import type { StepProgress } from '../jobs/job-progress.js';
import type { Work } from '../jobs/pace.js';
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
  readonly project: Project;
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
  const input = readReportInput(project, {
    limit: wish.findings,
    title: wish.title,
    terms,
    appVersion: version,
    generatedAt: Date.now(),
  });
  const model = modelLocation(terms);
  const { like } = reportWork(0);
  yield { done: 0, unbroken: true };
  let written = 0;
  let wake: () => void = () => undefined;
  const report = writeReport(wish.folder, input, wish.formats, {
    ...projectSources(project, terms),
    picture: (id, size) => pictureOf(engine, { source: project.source(id), size, model }, signal),
    printPdf,
    signal,
    onProgress: (done) => {
      written = done;
      wake();
    },
  });
  const ended = report.then(
    () => true,
    () => true, // told below, where the report is awaited
  );
  for (let told = 0; ;) {
    const moved = new Promise<boolean>((resolve) => {
      wake = () => {
        resolve(false);
      };
    });
    if (written > told) {
      yield { done: written - told, like };
      told = written;
    } else if (await Promise.race([ended, moved])) break;
  }
  problems((await report).problems);
  yield { done: 1, like };
}
