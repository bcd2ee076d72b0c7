/** The report formats that Hognose writes: a new one is a file in `formats/` and a place in this list. */

import type { ProjectSummary } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { ReportFormatChoice } from '../../shared/report-formats.js';
import { correctedLabels } from './formats/corrected-labels.js';
import { csv } from './formats/csv.js';
import { html } from './formats/html.js';
import { json } from './formats/json.js';
import { pdf } from './formats/pdf.js';
import type { ReportFormat } from './report-format.js';

/** In the order in which people read of them. */
const reportFormats: readonly ReportFormat[] = [html, pdf, csv, json, correctedLabels];

/** The formats that a person may choose. */
export const reportFormatChoices: readonly ReportFormatChoice[] = reportFormats.flatMap(({ id, words }) =>
  words === null ? [] : { id, ...words },
);

/** @throws AppError `BAD_USAGE` where there is no such format to choose. */
export function reportFormat(id: string): ReportFormat {
  const found = reportFormats.find((format) => format.id === id && format.words !== null);
  if (found !== undefined) return found;
  const known = reportFormatChoices.map((choice) => choice.id).join(', ');
  throw new AppError('BAD_USAGE', `There is no report format "${id}".`, `Known formats are ${known}.`);
}

/** What a report in the chosen formats is made of: these and what every report holds. @throws AppError `BAD_USAGE`. */
export function formatsOf(ids: readonly string[]): readonly ReportFormat[] {
  const chosen = ids.map(reportFormat);
  return reportFormats.filter((format) => format.words === null || chosen.includes(format));
}

/** The file of a format that is there to be opened. @throws AppError `BAD_USAGE` for one that is for programs. */
export function fileToOpen(id: string, audited: Pick<ProjectSummary, 'format'>): string {
  const { words, fileName } = reportFormat(id);
  if (typeof words?.opens !== 'string') throw new AppError('BAD_USAGE', `The report as ${id} is for programs.`);
  return fileName(audited);
}
