/** THE table of columns: all that images are sorted, filtered and counted by, and the scores of labels among them. */

import type { Column, ScoreColumn } from './column.js';
import { disagreementKinds } from './disagreement.js';
import { kindMeanings, kindNames } from './disagreement-words.js';
import { adjustedSelfConfidence } from './statistics/adjusted-self-confidence.js';
import { confidenceWeightedEntropy } from './statistics/confidence-weighted-entropy.js';
import { jointMembership } from './statistics/confident-class.js';
import { labelIssue } from './statistics/label-issue.js';
import { labelRankScore } from './statistics/label-rank.js';
import { lightlyDisagreement } from './statistics/lightly-disagreement.js';
import { loss } from './statistics/loss.js';
import { mistakenness } from './statistics/mistakenness.js';
import { normalisedMargin } from './statistics/normalised-margin.js';
import { selfConfidence } from './statistics/self-confidence.js';
import { unsettled, unsettledName, verdictKinds, verdictNames } from './verdict-kinds.js';

const noClass = 'not predicted, or its label has no class of the model';

const probability = { kind: 'number', unit: 'probability', range: [0, 1] } as const;
const share = { kind: 'number', unit: 'share', range: [0, 1] } as const;
/** Where most scores are shown, beside their place among the orders. */
const everywhere = { facet: 'range', inspector: true, exported: true } as const;

/** Scores of labels, in the order in which they are shown and exported. A new score is a file of statistics and an entry here. */
const scores = [
  {
    id: 'label-rank',
    key: 'rank',
    name: 'Rank of the label',
    says: 'The place of the label among the classes by probability; 1 where the model agrees',
    kind: 'number',
    unit: 'rank',
    range: [1, 21],
    suspicious: 'high',
    missing: noClass,
    shown: { report: 'rank', exported: true },
    formula: '1 + the number of classes with a higher probability than y',
    source: '',
    version: 1,
    score: labelRankScore,
  },
  {
    id: 'self-confidence',
    key: 'conf',
    name: 'Self-confidence',
    says: 'The probability that the model gives the label',
    ...probability,
    suspicious: 'low',
    missing: noClass,
    shown: { ...everywhere, sort: 'low', facet: 'open range' },
    formula: 'p[y]',
    source: 'Northcutt et al. 2021',
    version: 1,
    score: selfConfidence,
  },
  {
    id: 'normalised-margin',
    key: 'margin',
    name: 'Margin',
    says: 'How far the label is ahead of its strongest rival: 0.5 where they are equal, 0 where the rival has everything',
    ...share,
    suspicious: 'low',
    missing: noClass,
    shown: { ...everywhere, sort: 'low', report: 'margin' },
    formula: '(p[y] − the highest probability of another class + 1) / 2',
    source: 'Kuan and Mueller 2022',
    version: 1,
    score: normalisedMargin,
  },
  {
    id: 'confidence-weighted-entropy',
    key: 'entropy',
    name: 'Weighted entropy',
    says: 'How sure the model is on the whole, weighed by what it gives the label',
    ...share,
    suspicious: 'low',
    missing: noClass,
    shown: { ...everywhere, sort: 'low', report: 'entropy' },
    formula: 'ln(s + 1) / s with s = (H(p) / ln C) / p[y]',
    source: 'Kuan and Mueller 2022',
    version: 1,
    score: confidenceWeightedEntropy,
  },
  {
    id: 'adjusted-self-confidence',
    key: 'adjusted',
    name: 'Adjusted confidence',
    says: 'The probability of the label once every class is measured by what the model gives its images on average',
    ...probability,
    suspicious: 'low',
    missing: noClass,
    shown: { ...everywhere, sort: 'low' },
    formula:
      'p\u2032[y] of p\u2032 = (p \u2212 t + max t) / its sum, where t are the mean self-confidences of the classes',
    source: 'Northcutt et al. 2021',
    version: 1,
    score: adjustedSelfConfidence,
  },
  {
    id: 'mistakenness',
    key: 'mistaken',
    name: 'Mistakenness',
    says: 'How sure the model is on the whole that the label is another one',
    ...share,
    suspicious: 'high',
    missing: noClass,
    shown: { ...everywhere, sort: 'high' },
    formula: '(m exp(\u2212H(p)) + 1) / 2 with m = 1 where the prediction differs from y, else \u22121',
    source: 'FiftyOne 1.22',
    version: 1,
    score: mistakenness,
  },
  {
    id: 'lightly-disagreement',
    key: 'lightly',
    name: 'Lightly disagreement',
    says: 'The probability of the prediction where it is not the label, and what it lacks to 1 where it is',
    ...share,
    suspicious: 'high',
    missing: noClass,
    shown: { ...everywhere, sort: 'high' },
    formula: 'max p where the prediction differs from y, else 1 \u2212 max p',
    source: 'LightlyStudio 1.2',
    version: 1,
    score: lightlyDisagreement,
  },
  {
    id: 'loss',
    key: 'loss',
    name: 'Loss',
    says: 'The cross-entropy of the label',
    kind: 'number',
    unit: 'nats',
    range: [0, 10],
    suspicious: 'high',
    missing: noClass,
    shown: { ...everywhere, sort: 'high' },
    formula: '\u2212ln p[y]',
    source: '',
    version: 1,
    score: loss,
  },
  {
    id: 'confident-class',
    key: 'counted',
    name: 'Confidently counted for',
    says: 'The class whose average image the model is no surer of than of this one: where the confident joint counts it',
    kind: 'class',
    missing: 'For no class',
    shown: { facet: 'values', none: true, inspector: true, exported: true },
    formula: 'the class k with p[k] at least the mean self-confidence of k; of several the most probable class',
    source: 'Northcutt et al. 2021',
    version: 1,
    score: jointMembership,
  },
  {
    id: 'label-issue',
    key: 'issue',
    name: 'Label issue',
    says: 'Whether confident learning takes the label for wrong, by the model alone',
    kind: 'flag',
    suspicious: 'high',
    missing: noClass,
    shown: { facet: 'values', inspector: true, exported: true },
    formula:
      'per label and class as many images as the confident joint counts, those with the largest p[j] \u2212 p[y]',
    source: 'Northcutt et al. 2021',
    version: 1,
    score: labelIssue,
  },
] as const satisfies readonly ScoreColumn[];

/** What is known of an image besides scores, in the order of the filters. */
const facts = [
  {
    id: 'suspicion',
    key: 'suspicion',
    name: 'Most suspicious',
    says: 'Where label and prediction differ first, the least believed labels on top; then those that agree; then what has no label',
    kind: 'order',
    missing: 'not predicted',
    shown: { sort: 'low' },
  },
  {
    id: 'state',
    key: 'state',
    name: 'Label and prediction',
    says: 'Whether the prediction is the label',
    kind: 'word',
    words: [
      { value: 'disagree', name: 'Disagree' },
      { value: 'agree', name: 'Agree' },
      { value: 'unreadable', name: 'Unreadable' },
    ],
    missing: 'not compared',
    shown: { facet: 'values' },
  },
  {
    id: 'verdict',
    key: 'verdict',
    name: 'Verdict',
    says: 'What a person decided',
    kind: 'word',
    words: [
      ...verdictKinds.map((value) => ({ value, name: verdictNames[value] })),
      {
        value: unsettled,
        name: unsettledName,
        meaning: 'People decided differently, and none of them knew of the other',
        rare: true,
      },
    ],
    missing: 'No verdict yet',
    shown: { facet: 'values', none: true },
  },
  {
    id: 'disagreement',
    key: 'kind',
    name: 'Disagreement',
    says: 'How the maps of label and prediction relate',
    kind: 'word',
    words: disagreementKinds.map((value) => ({ value, name: kindNames[value], meaning: kindMeanings[value] })),
    missing: 'no disagreement, or no maps yet',
    shown: { facet: 'values' },
  },
  {
    id: 'top-probability',
    key: 'top',
    name: 'Top probability',
    says: 'The probability of the prediction',
    kind: 'number',
    unit: 'probability',
    range: [0, 1],
    missing: 'not predicted',
    shown: { sort: 'high', facet: 'range' },
  },
  {
    id: 'file',
    key: 'file',
    name: 'File name',
    says: 'The path in the dataset',
    kind: 'order',
    missing: '',
    shown: { sort: 'low' },
  },
  {
    id: 'label',
    key: 'label',
    name: 'Label',
    says: 'The label of the dataset',
    kind: 'label',
    missing: 'no label',
    shown: { sort: 'low', facet: 'values' },
  },
  {
    id: 'prediction',
    key: 'pred',
    name: 'Prediction',
    says: 'The most probable class',
    kind: 'class',
    missing: 'not predicted',
    shown: { sort: 'low', facet: 'values' },
  },
  {
    id: 'split',
    key: 'split',
    name: 'Split',
    says: 'The split of the dataset',
    kind: 'name',
    missing: 'in no split',
    shown: { facet: 'values' },
  },
  {
    id: 'verdict-time',
    key: 'judged',
    name: 'Time of verdict',
    says: 'When the verdict was given',
    kind: 'time',
    missing: 'no verdict yet',
    shown: { sort: 'high' },
  },
  {
    id: 'text',
    key: 'text',
    name: 'Text',
    says: 'Part of the file name, of the label or of the prediction',
    kind: 'text',
    missing: '',
    shown: {},
  },
] as const satisfies readonly Column[];

export type ScoreId = (typeof scores)[number]['id'];
export type FactId = (typeof facts)[number]['id'];
export type ColumnId = ScoreId | FactId;

/** The scores of one image; those that it has not are absent. */
export type Scores = Readonly<Partial<Record<ScoreId, number>>>;

/** A column with its id. */
export type KnownColumn = Column & { readonly id: ColumnId };

/** Suspicion and state, the scores, the rest: the order of menus, filters and lists. */
export const columns: readonly KnownColumn[] = [...facts.slice(0, 2), ...scores, ...facts.slice(2)];

const byId = new Map<string, KnownColumn>(columns.map((column) => [column.id, column]));

/** @throws Error for an id that is none: ids are checked where they come in. */
export function columnOf(id: ColumnId): KnownColumn {
  const column = byId.get(id);
  if (column === undefined) throw new Error(`There is no column ${id}.`);
  return column;
}

/** The columns that images are ordered by, and which end of each comes first. */
export const sortColumns = columns.filter(({ shown }) => shown.sort !== undefined);

/** The scores by id, as they are computed. */
export const scoreColumns: readonly (ScoreColumn & { readonly id: ScoreId })[] = scores;

export function isScore(id: ColumnId): id is ScoreId {
  return scores.some((score) => score.id === id);
}
