/** Measures how the evidence for label and prediction relate, and names the kind; docs/sentences.md has what people said of it. */

import { overlap, spearman, topPlaces } from '../../shared/correlation.js';
import {
  contrastToError,
  formedFrom,
  type Disagreement,
  type DisagreementKind,
  type DisagreementMeasures,
  type EvidenceMeasures,
  type Place,
} from '../../shared/disagreement.js';
import {
  type Evidence,
  interval95,
  jackknifeError,
  jackknifeErrors,
  jackknifeGroups,
  type Measured,
  type MeasuredMap,
  withoutGroup,
} from '../../shared/evidence.js';
import { placeOf } from './place.js';
import { contrastOf, samplingErrorOf } from './saliency.js';

/** When a disagreement is called what; chosen on data, see docs/sentences.md. */
const thresholds = {
  /** A label with at most this probability can be contradicted. */
  tinyProbability: 0.05,
  /** Maps with at least this rank correlation, or ... */
  sameSpearman: 0.5,
  /** ... this overlap of their top tokens rest on the same evidence. */
  sameOverlap: 0.4,
} as const;

/** The evidence of a class as it is, and without one group of masks at a time. */
interface Samples {
  readonly whole: MeasuredMap;
  readonly without: readonly Float32Array[];
}

function samplesOf(evidence: Evidence): Samples {
  const without = Array.from({ length: jackknifeGroups }, (_, group) => withoutGroup(evidence, group));
  return { whole: { values: evidence.values, errors: jackknifeErrors(without) }, without };
}

/** A figure of some maps together, with its jackknife error. */
function figureOf(statistic: (...maps: Float32Array[]) => number, ...samples: readonly Samples[]): Measured {
  const value = statistic(...samples.map(({ whole }) => whole.values));
  const replicates = Array.from({ length: jackknifeGroups }, (_, group) =>
    statistic(...samples.map(({ without }) => without[group] ?? new Float32Array(0))),
  );
  return { value, error: jackknifeError(replicates) };
}

/** Mean over the tokens that have a value; NaN over none. */
function meanOf(map: Float32Array, tokens: readonly number[]): number {
  const values = tokens.map((token) => map[token] ?? NaN).filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Whether more than half of the map is positive beyond its error: then its evidence is in no one place. */
function coversMost({ values, errors }: MeasuredMap): boolean {
  const sure = values.filter((value, token) => value > interval95 * (errors[token] ?? NaN)).length;
  return sure > values.length / 2;
}

export interface Grid {
  readonly gridWidth: number;
  readonly gridHeight: number;
}

/** Tokens whose centre lies in the middle half of the picture by width and height, and the others. */
function middleAndRest({ gridWidth, gridHeight }: Grid): readonly [middle: number[], rest: number[]] {
  const isMiddle = (at: number, length: number): boolean => Math.abs((at + 0.5) / length - 0.5) < 0.25;
  const tokens = Array.from({ length: gridWidth * gridHeight }, (_, token) => token);
  const inside = (token: number): boolean =>
    isMiddle(token % gridWidth, gridWidth) && isMiddle(Math.floor(token / gridWidth), gridHeight);
  return [tokens.filter(inside), tokens.filter((token) => !inside(token))];
}

/**
 * The map from the groups of masks `from` to `to` alone: the mean of the jackknife's pseudo-values, n times the whole less n - 1
 * times what is left without a group.
 */
function mapOfGroups({ whole, without }: Samples, from: number, to: number): Float32Array {
  const count = without.length;
  return whole.values.map((value, token) => {
    const left = without.slice(from, to).reduce((sum, map) => sum + (map[token] ?? NaN), 0) / (to - from);
    return count * value - (count - 1) * left;
  });
}

/** The place that the map has as a whole and from either half of the masks; null where these differ: it varies within its error. */
function provenPlace(samples: Samples, grid: Grid): Place | null {
  const half = samples.without.length / 2;
  const maps = [samples.whole.values, mapOfGroups(samples, 0, half), mapOfGroups(samples, half, 2 * half)];
  const [place = null, ...others] = maps.map((map) => placeOf(topPlaces(map), grid));
  return others.every((other) => other === place) ? place : null;
}

function measureOne(samples: Samples, grid: Grid): EvidenceMeasures {
  const [middle, rest] = middleAndRest(grid);
  const measures = {
    contrast: { value: contrastOf(samples.whole.values), error: samplingErrorOf(samples.whole.errors) },
    centre: figureOf((map) => meanOf(map, middle), samples),
    around: figureOf((map) => meanOf(map, rest), samples),
  };
  const formed = contrastToError(measures) >= formedFrom;
  const isPlaced = formed && !coversMost(samples.whole);
  return { ...measures, formed, place: isPlaced ? provenPlace(samples, grid) : null };
}

/** The figures that relate the label's evidence to the prediction's. */
export function measureDisagreement(label: Evidence, prediction: Evidence, grid: Grid): DisagreementMeasures {
  const both = [samplesOf(label), samplesOf(prediction)] as const;
  const figure = (statistic: (own: Float32Array, theirs: Float32Array) => number): Measured =>
    figureOf(statistic, ...both);
  return {
    spearman: figure((own, theirs) => spearman(own, theirs) ?? 0),
    topOverlap: figure((own, theirs) => overlap(topPlaces(own), topPlaces(theirs))),
    labelOnPrediction: figure((own, theirs) => meanOf(own, topPlaces(theirs))),
    label: measureOne(both[0], grid),
    prediction: measureOne(both[1], grid),
  };
}

/** Whether a figure reaches a limit: beyond its 95 % interval above, or below, or the interval holds the limit. */
function reaches({ value, error }: Measured, limit: number): 'yes' | 'no' | 'open' {
  const half = interval95 * error;
  if (value - half >= limit) return 'yes';
  return value + half < limit ? 'no' : 'open';
}

/** The kind that the figures amount to; 'undecided' where what would decide lies within its error. */
export function classify(
  { spearman: rho, topOverlap, labelOnPrediction, label, prediction }: DisagreementMeasures,
  labelProbability: number,
): DisagreementKind {
  if (!label.formed && !prediction.formed) return 'unfounded';
  const isDenied = labelOnPrediction.value + interval95 * labelOnPrediction.error < 0;
  if (prediction.formed && isDenied && labelProbability <= thresholds.tinyProbability) return 'contradicted';
  const same = [reaches(rho, thresholds.sameSpearman), reaches(topOverlap, thresholds.sameOverlap)];
  if (same.includes('yes')) return 'same-evidence';
  return label.formed && prediction.formed && same.every((answer) => answer === 'no') ? 'elsewhere' : 'undecided';
}

/** Measures and names the disagreement between the evidence for the label and that for the model's first class. */
export function relateEvidence(
  label: Evidence,
  prediction: Evidence,
  { labelProbability, ...grid }: Grid & { readonly labelProbability: number },
): Disagreement {
  const measures = measureDisagreement(label, prediction, grid);
  return { kind: classify(measures, labelProbability), measures };
}
