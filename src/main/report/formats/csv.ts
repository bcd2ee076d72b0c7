/** Findings as a CSV table, one row each, most suspicious first. */

import { join } from 'node:path';
import { scoreColumns } from '../../../shared/columns.js';
import { exportedValue } from '../../../shared/column-words.js';
import type { Finding } from '../../project/project.js';
import { verdictState } from '../../../shared/verdict-state.js';
import { type CsvCell, csvRow } from '../../files/csv-row.js';
import { findingSentence } from '../finding-sentence.js';
import type { ReportFormat } from '../report-format.js';
import type { ReportInput } from '../report-input.js';
import { writePieces } from '../write-pieces.js';

const exported = scoreColumns.filter(({ shown }) => shown.exported === true);

const headings = [
  'finding',
  'file',
  'split',
  'label',
  'label_prob',
  ...exported.map(({ id }) => id.replaceAll('-', '_')),
  'top1',
  'top1_prob',
  'top2',
  'top2_prob',
  'top3',
  'top3_prob',
  'disagreement',
  'sentence',
  'verdict',
  'corrected_labels',
  'note',
  'reviewer',
  'verdict_time',
];

function cells(finding: Finding, number: number, input: ReportInput): CsvCell[] {
  const { row, disagreement } = finding;
  const { prediction, verdict, agreeing, unsettled } = row;
  const reviewers = verdict === null ? unsettled.map(({ reviewer }) => reviewer) : [verdict.reviewer, ...agreeing];
  const { labels, model } = input.summary;
  const top = [0, 1, 2].flatMap((place) => {
    const entry = prediction?.top[place];
    return entry === undefined ? [null, null] : [model.classes[entry.classIndex] ?? null, entry.probability];
  });
  return [
    number,
    row.file,
    row.split,
    row.label === null ? null : (labels[row.label] ?? null),
    prediction?.labelProbability ?? null,
    ...exported.map((column) => exportedValue(column, row.scores[column.id], model.classes)),
    ...top,
    disagreement?.kind ?? null,
    findingSentence(finding, input.names),
    verdictState(row),
    verdict === null ? null : verdict.correctedLabels.join('|'),
    verdict?.note ?? null,
    reviewers.length === 0 ? null : reviewers.join('|'),
    verdict === null ? null : new Date(verdict.at).toISOString(),
  ];
}

function* findingsCsv(input: ReportInput): Generator<string> {
  yield csvRow(headings);
  for (const [index, finding] of input.findings.entries()) yield csvRow(cells(finding, index + 1, input));
}

const fileName = 'findings.csv';

export const csv: ReportFormat = {
  id: 'csv',
  words: { name: 'CSV', says: 'Findings and corrected labels as tables', opens: null },
  fileName: () => fileName,
  pictures: 'none',

  async write({ folder, input }) {
    await writePieces(join(folder, fileName), findingsCsv(input));
    return null;
  },
};
