/** Writes a report folder: all formats beside each other, whole or not at all. */

import { join, resolve } from 'node:path';
import { AppError, type ErrorData } from '../../shared/errors.js';
import type { FindingCard } from './html-findings.js';
import { removeAssets, writeAssets } from './html-report.js';
import { imageFolder, PictureWriter } from './pictures.js';
import { replaceFolder } from './report-folder.js';
import type { ReportFormat, UnfinishedReport } from './report-format.js';
import { formatsOf } from './report-formats.js';
import type { ReportInput, ReportSources } from './report-input.js';

/** What was written. */
export interface WrittenReport {
  /** Absolute path. */
  readonly folder: string;
  /** Absolute path of each format's file by the format's id; those that could not be made are left out. */
  readonly files: Readonly<Record<string, string>>;
  /** What could not be made and why: `PDF_UNAVAILABLE`, pictures that cannot be read. The rest is complete without it. */
  readonly problems: readonly ErrorData[];
}

function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('CANCELLED', 'The report was cancelled.');
}

async function writePictures(
  pictures: PictureWriter,
  input: ReportInput,
  sources: ReportSources,
): Promise<FindingCard[]> {
  const cards: FindingCard[] = [];
  for (const [index, finding] of input.findings.entries()) {
    stopIfCancelled(sources.signal);
    cards.push(await pictures.write(finding, index + 1));
    sources.onProgress?.({ done: index + 1, total: input.findings.length });
  }
  return cards;
}

/** Formats that were written, and why others were not. */
class Outcome {
  readonly written: ReportFormat[] = [];
  readonly problems: ErrorData[] = [];

  async write(formats: readonly ReportFormat[], report: UnfinishedReport): Promise<void> {
    for (const format of formats) {
      const problem = await format.write(report);
      if (problem === null) this.written.push(format);
      else this.problems.push(problem);
      stopIfCancelled(report.sources.signal);
    }
  }
}

/** Writes formats one after the other: first those without pictures, then the pictures and those with them. */
async function writeFormats(
  formats: readonly ReportFormat[],
  { folder, input, sources }: Omit<UnfinishedReport, 'cards'>,
): Promise<Outcome> {
  const outcome = new Outcome();
  const plain = formats.filter(({ pictures }) => pictures === 'none');
  await outcome.write(plain, { folder, input, sources, cards: [] });
  const pictured = formats.filter(({ pictures }) => pictures !== 'none');
  if (pictured.length === 0) return outcome;
  await writeAssets(folder, imageFolder);
  const pictures = new PictureWriter(folder, sources, input.names);
  const cards = await writePictures(pictures, input, sources);
  outcome.problems.push(...pictures.problems);
  await outcome.write(pictured, { folder, input, sources, cards });
  if (!formats.some((format) => format.pictures === 'kept')) await removeAssets(folder);
  return outcome;
}

/**
 * Writes a report in the formats of these ids, and what every report holds. An older report at the same place is replaced when
 * the new one is complete.
 * @throws AppError `BAD_USAGE` for a format that is not known; `OUTPUT_UNWRITABLE` when something else lies there; `DISK_FULL`,
 * `READ_ONLY`, `CANCELLED`.
 */
export async function writeReport(
  folder: string,
  input: ReportInput,
  formats: readonly string[],
  sources: ReportSources,
): Promise<WrittenReport> {
  const wanted = formatsOf(formats);
  const { written, problems } = await replaceFolder(folder, (unfinished) =>
    writeFormats(wanted, { folder: unfinished, input, sources }),
  );
  const place = resolve(folder);
  const files = written.map(({ id, fileName }) => [id, join(place, fileName(input.summary))] as const);
  return { folder: place, files: Object.fromEntries(files), problems };
}
