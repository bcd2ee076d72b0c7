/** The sentence of a finding: how label and prediction disagree, made from the measures kept with its maps. */

import { disagreementSentence } from '../../shared/disagreement-words.js';
import { labelInSentence, type ReadableNames } from '../../shared/readable-names.js';
import type { Finding } from '../project/project.js';

/** Null for a finding without maps of label and prediction. */
export function findingSentence({ row, disagreement, view }: Finding, names: ReadableNames): string | null {
  const [top] = row.prediction?.top ?? [];
  if (disagreement === null || top === undefined || row.label === null) return null;
  return disagreementSentence(disagreement, {
    label: labelInSentence(names.labels[row.label] ?? '', row.prediction?.labelClass ?? null, names),
    prediction: names.shortClasses[top.classIndex] ?? '',
    labelProbability: row.prediction?.labelProbability ?? NaN,
    predictionProbability: top.probability,
    view,
  });
}
