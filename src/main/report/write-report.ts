/** Writes a report folder: all formats beside each other, whole or not at all. */

import { open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, type ErrorData, toAppError } from '../../shared/errors.js';
import { datasetFormat } from '../dataset/dataset-formats.js';
import { findingsCsv } from './formats/csv.js';
import type { FindingCard } from './html-findings.js';
import { writeAssets, writeHtml, writePrintable } from './html-report.js';
import { reportJson } from './formats/json.js';
import { imageFolder, PictureWriter } from './pictures.js';
import { replaceFolder } from './report-folder.js';
import type { ReportInput, ReportSources } from './report-input.js';

export const reportFormats = ['html', 'pdf', 'csv', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** Absolute paths of what was written; null for formats that were not asked for or could not be made. */
export interface WrittenReport {
  readonly folder: string;
  /** `index.html` of the HTML report. */
  readonly html: string | null;
  readonly pdf: string | null;
  readonly csv: string | null;
  readonly json: string | null;
  /** Always written. */
  readonly correctedLabels: string;
  /** What could not be made and why: `PDF_UNAVAILABLE`, pictures that cannot be read. The rest is complete without it. */
  readonly problems: readonly ErrorData[];
}

/** File names within the folder. */
const names = { pdf: 'report.pdf', csv: 'findings.csv', json: 'report.json', labels: 'corrected-labels.csv' } as const;

function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('CANCELLED', 'The report was cancelled.');
}

async function writePieces(path: string, pieces: Iterable<string>): Promise<void> {
  const file = await open(path, 'w');
  try {
    let waiting = '';
    for (const piece of pieces) {
      waiting += piece;
      if (waiting.length < 2 ** 18) continue;
      await file.writeFile(waiting);
      waiting = '';
    }
    await file.writeFile(waiting);
  } finally {
    await file.close();
  }
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
    sources.onProgress?.(index + 1, input.findings.length);
  }
  return cards;
}

/** Prints the findings as PDF; returns why it could not be done, or null. */
async function print(
  folder: string,
  input: ReportInput,
  cards: readonly FindingCard[],
  sources: ReportSources,
): Promise<ErrorData | null> {
  const unavailable = (why: string): ErrorData => ({
    code: 'PDF_UNAVAILABLE',
    message: `The PDF could not be made: ${why}`,
    hint: 'Open index.html in a browser and print it from there.',
  });
  if (sources.printPdf === undefined) return unavailable('there is no browser to print with');
  const page = join(folder, await writePrintable(folder, input, cards));
  try {
    await sources.printPdf(page, join(folder, names.pdf));
    return null;
  } catch (error) {
    const known = toAppError(error);
    if (known.code === 'CANCELLED') throw known;
    await rm(join(folder, names.pdf), { force: true });
    return unavailable(known.message);
  } finally {
    await rm(page, { force: true });
  }
}

/**
 * Writes a report: `index.html` with its assets, `report.pdf`, `findings.csv`, `report.json` as asked for, and
 * `corrected-labels.csv` always. An older report at the same place is replaced when the new one is complete.
 * @throws AppError `OUTPUT_UNWRITABLE` when something else lies there; `DISK_FULL`, `READ_ONLY`, `CANCELLED`.
 */
export async function writeReport(
  folder: string,
  input: ReportInput,
  formats: readonly ReportFormat[],
  sources: ReportSources,
): Promise<WrittenReport> {
  const wanted = new Set(formats);
  const problems: ErrorData[] = [];
  await replaceFolder(folder, async (unfinished) => {
    if (wanted.has('csv')) await writePieces(join(unfinished, names.csv), findingsCsv(input));
    if (wanted.has('json')) await writePieces(join(unfinished, names.json), reportJson(input, sources));
    await writePieces(
      join(unfinished, names.labels),
      datasetFormat(input.summary.format).exporter.pieces(sources.labelledImages()),
    );
    if (!wanted.has('html') && !wanted.has('pdf')) return;
    await writeAssets(unfinished, imageFolder);
    const pictures = new PictureWriter(unfinished, sources, input.names);
    const cards = await writePictures(pictures, input, sources);
    problems.push(...pictures.problems);
    if (wanted.has('pdf')) {
      const problem = await print(unfinished, input, cards, sources);
      if (problem !== null) problems.push(problem);
    }
    stopIfCancelled(sources.signal);
    if (wanted.has('html')) await writeHtml(unfinished, input, cards);
    else await rm(join(unfinished, 'assets'), { recursive: true, force: true });
  });
  const place = resolve(folder);
  const at = (format: ReportFormat, name: string): string | null => (wanted.has(format) ? join(place, name) : null);
  const printed = problems.every((problem) => problem.code !== 'PDF_UNAVAILABLE');
  return {
    folder: place,
    html: at('html', 'index.html'),
    pdf: printed ? at('pdf', names.pdf) : null,
    csv: at('csv', names.csv),
    json: at('json', names.json),
    correctedLabels: join(place, names.labels),
    problems,
  };
}
