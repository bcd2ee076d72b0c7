/** The sentence of a finding: how label and prediction disagree, made from the measures kept with its maps. */

import type { ProjectSummary } from '../../shared/audit.js';
import { disagreementSentence } from '../../shared/disagreement-words.js';
import type { Finding } from '../project/project.js';

/** A class is called by the first of its names. */
function firstName(name: string): string {
  return name.split(',')[0] ?? name;
}

/** Null for a finding without maps of label and prediction. */
export function findingSentence({ row, disagreement, view }: Finding, summary: ProjectSummary): string | null {
  const [top] = row.prediction?.top ?? [];
  if (disagreement === null || top === undefined || row.label === null) return null;
  return disagreementSentence(disagreement, {
    label: firstName(summary.labels[row.label] ?? ''),
    prediction: firstName(summary.model.classes[top.classIndex] ?? ''),
    labelProbability: row.prediction?.labelProbability ?? NaN,
    predictionProbability: top.probability,
    view,
  });
}
