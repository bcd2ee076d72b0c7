/** The report for machines: everything the other formats tell, with the raw maps. */

import { join } from 'node:path';
import type { ComparedCounts, ImageRow, ProjectSummary } from '../../../shared/audit.js';
import { exportedValue } from '../../../shared/column-words.js';
import { scoreColumns } from '../../../shared/columns.js';
import { disagreementsOf } from '../../../shared/count-words.js';
import { type Evidence, evidenceMap } from '../../../shared/evidence.js';
import { projectMappingNotices } from '../../../shared/mapping-words.js';
import type { Finding } from '../../project/project.js';
import type { ExplanationRecord } from '../../project/explanations.js';
import { findingSentence } from '../finding-sentence.js';
import type { ReportFormat } from '../report-format.js';
import type { ReportInput, ReportSources } from '../report-input.js';
import { writePieces } from '../write-pieces.js';

/**
 * Version of this format; grows when a field changes its meaning. 2: disagreements are null where nothing was compared,
 * `noise.errorRate` is a number, and there are `compared`, `splits`, `labelCounts` and `notices`. 3: the measures of a
 * disagreement are of evidence, each with its standard error, there is a fifth kind, `undecided`, and maps have `evidence`.
 */
const version = 3;

/** Counts as a program may read them: null, not 0, where nothing was compared. */
function countsJson(counts: ComparedCounts): object {
  return { ...counts, disagreements: disagreementsOf(counts) };
}

function summaryJson(summary: ProjectSummary): object {
  return {
    ...summary,
    counts: countsJson(summary.counts),
    splits: summary.splits.map(countsJson),
    notices: projectMappingNotices(summary, 'report'),
  };
}

/** Half precision holds about three digits; six keep every bit of it. */
function rounded(values: Float32Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : null));
}

/** In nats, with the standard error of every patch. */
function evidenceJson(evidence: Evidence): object {
  const { values, errors } = evidenceMap(evidence);
  return { values: rounded(values), errors: rounded(errors) };
}

function explanationJson(record: ExplanationRecord, classes: readonly string[]): object {
  return {
    method: 'tis',
    parameters: record.parameters,
    gridWidth: record.gridWidth,
    gridHeight: record.gridHeight,
    initIndices: Array.from(record.initIndices),
    maps: record.maps.map((map) => ({
      class: classes[map.classIndex] ?? null,
      classIndex: map.classIndex,
      probability: map.probability,
      contrast: map.contrast,
      samplingError: map.samplingError,
      splitHalfCorrelation: map.splitHalfCorrelation,
      kept: rounded(map.kept),
      dropped: rounded(map.dropped),
      evidence: map.evidence === null ? null : evidenceJson(map.evidence),
    })),
  };
}

/** By name in camel case; null where the label has no class. */
function scoresJson({ prediction, scores }: ImageRow, classes: readonly string[]): object | null {
  if ((prediction?.labelClass ?? null) === null) return null;
  const named = scoreColumns
    .filter(({ shown }) => shown.exported === true)
    .map((column) => [camelCase(column.id), exportedValue(column, scores[column.id], classes)] as const);
  return Object.fromEntries(named);
}

const camelCase = (id: string): string => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

async function findingJson(
  finding: Finding,
  number: number,
  input: ReportInput,
  sources: ReportSources,
): Promise<object> {
  const { row, disagreement } = finding;
  const { labels, model } = input.summary;
  const record = row.prediction === null ? null : await sources.explanation(row.id);
  return {
    finding: number,
    file: row.file,
    split: row.split,
    width: row.width,
    height: row.height,
    label: row.label === null ? null : (labels[row.label] ?? null),
    prediction:
      row.prediction === null
        ? null
        : {
            ...row.prediction,
            scores: scoresJson(row, model.classes),
            top: row.prediction.top.map((entry) => ({ class: model.classes[entry.classIndex] ?? null, ...entry })),
          },
    disagreement: disagreement === null ? null : { ...disagreement, sentence: findingSentence(finding, input.names) },
    verdict: row.verdict,
    agreeing: row.agreeing,
    unsettled: row.unsettled,
    explanation: record === null ? null : explanationJson(record, model.classes),
  };
}

/** The document in pieces: the head, then one line a finding. */
async function* reportJson(input: ReportInput, sources: ReportSources): AsyncGenerator<string> {
  const { findings, generatedAt, appVersion, summary, labelCounts, ...rest } = input;
  const head = {
    format: 'hognose-report',
    version,
    generatedAt: new Date(generatedAt).toISOString(),
    generator: `Hognose ${appVersion}`,
    summary: summaryJson(summary),
    labelCounts: labelCounts.map((counts) => ({ name: summary.labels[counts.label] ?? null, ...countsJson(counts) })),
    ...rest,
  };
  yield `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "findings": [`;
  for (const [index, finding] of findings.entries()) {
    yield `${index === 0 ? '' : ','}\n    ${JSON.stringify(await findingJson(finding, index + 1, input, sources))}`;
  }
  yield `${findings.length === 0 ? '' : '\n  '}]\n}\n`;
}

const fileName = 'report.json';

export const json: ReportFormat = {
  id: 'json',
  words: { name: 'JSON', says: 'Everything, for programs', opens: null },
  fileName: () => fileName,
  pictures: 'none',

  async write({ folder, input, sources }) {
    await writePieces(join(folder, fileName), reportJson(input, sources));
    return null;
  },
};
