/** Reads how the maps of label and prediction relate (AUDITING, "Class disagreement") and says it in one sentence. */

import type { Disagreement, DisagreementKind, DisagreementMeasures, SaliencyMap } from '../../shared/audit.js';
import { overlap, spearman, topPlaces } from '../../shared/correlation.js';

/**
 * When a disagreement is called what. The defaults were chosen on the 200 most suspicious images of the demo and the 60 of
 * 300 ImageNet sample images: contrasts are 3 to 20 times the noise there (median 8 to 10), so 5 leaves 2 % unfounded; of
 * the ImageNet pairs, which are mostly look-alikes, 30 % rest on the same evidence, of the demo's 11 %.
 */
export interface DisagreementThresholds {
  /** A map is well formed when its contrast is at least this many times its sampling error. */
  readonly contrastToNoise: number;
  /** A label with at most this probability can be contradicted. */
  readonly tinyProbability: number;
  /** Maps with at least this rank correlation, or ... */
  readonly sameSpearman: number;
  /** ... this overlap of their top tokens live on the same evidence. */
  readonly sameOverlap: number;
}

export const defaultThresholds: DisagreementThresholds = {
  contrastToNoise: 5,
  tinyProbability: 0.05,
  sameSpearman: 0.5,
  sameOverlap: 0.4,
};

/** A map as the measures need it. */
export type MapFigures = Pick<SaliencyMap, 'kept' | 'dropped' | 'contrast' | 'samplingError' | 'probability'>;

/** Mean of kept - dropped over some tokens; tokens that no mask keeps or none drops do not count. */
export function meanSigned(map: MapFigures, tokens: readonly number[]): number {
  const values = tokens.map((at) => (map.kept[at] ?? NaN) - (map.dropped[at] ?? NaN)).filter((x) => !Number.isNaN(x));
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Contrast in units of the sampling error; a map without any contrast has none, one without noise has no limit. */
function contrastToNoise(map: MapFigures): number {
  if (map.contrast <= 0) return 0;
  return map.samplingError === 0 ? Number.MAX_VALUE : map.contrast / map.samplingError;
}

/** The figures that relate the label's map to the prediction's. */
function measure(label: MapFigures, prediction: MapFigures): DisagreementMeasures {
  const evidence = topPlaces(prediction.kept);
  return {
    spearman: spearman(label.kept, prediction.kept) ?? 0,
    topOverlap: overlap(topPlaces(label.kept), evidence),
    labelOnPredictionEvidence: meanSigned(label, evidence),
    labelContrastToNoise: contrastToNoise(label),
    predictionContrastToNoise: contrastToNoise(prediction),
  };
}

/** The kind that the figures amount to: unfounded before contradicted before same evidence; what is left lies elsewhere. */
export function classify(
  figures: DisagreementMeasures,
  labelProbability: number,
  thresholds: DisagreementThresholds = defaultThresholds,
): DisagreementKind {
  const labelFormed = figures.labelContrastToNoise >= thresholds.contrastToNoise;
  const predictionFormed = figures.predictionContrastToNoise >= thresholds.contrastToNoise;
  if (!labelFormed && !predictionFormed) return 'unfounded';
  if (predictionFormed && figures.labelOnPredictionEvidence < 0 && labelProbability <= thresholds.tinyProbability) {
    return 'contradicted';
  }
  const same = figures.spearman >= thresholds.sameSpearman || figures.topOverlap >= thresholds.sameOverlap;
  return same ? 'same-evidence' : 'elsewhere';
}

const across = ['left', '', 'right'] as const;
const down = [
  ['upper', 'at the top'],
  ['', 'in the centre'],
  ['lower', 'at the bottom'],
] as const;

function third(fraction: number): 0 | 1 | 2 {
  return fraction < 0.42 ? 0 : fraction > 0.58 ? 2 : 1;
}

/**
 * Where a set of tokens lies, in words, from its centroid: 'in the upper left', 'on the right', 'in the centre', or 'all
 * over the image' when the tokens are scattered (root-mean-square distance from the centroid as that of an even spread).
 */
export function regionWords(tokens: readonly number[], gridWidth: number, gridHeight: number): string {
  const points = tokens.map((token) => ({
    x: ((token % gridWidth) + 0.5) / gridWidth,
    y: (Math.floor(token / gridWidth) + 0.5) / gridHeight,
  }));
  const n = Math.max(1, points.length);
  const x = points.reduce((sum, point) => sum + point.x, 0) / n;
  const y = points.reduce((sum, point) => sum + point.y, 0) / n;
  const spread = Math.sqrt(points.reduce((sum, point) => sum + (point.x - x) ** 2 + (point.y - y) ** 2, 0) / n);
  if (spread > 0.37) return 'all over the image';
  const side = across[third(x)];
  const [height, alone] = down[third(y)];
  if (side === '') return alone;
  return height === '' ? `on the ${side}` : `in the ${height} ${side}`;
}

/** A probability for people: 98.2 %, 0.7 %, < 0.1 %; 100.0 % only when it rounds to it. */
export function percent(probability: number): string {
  const value = probability * 100;
  return value > 0 && value < 0.05 ? '< 0.1 %' : `${value.toFixed(1)} %`;
}

/** A difference of probabilities for people: +1.2 or -0.030 percentage points. */
function points(difference: number): string {
  const value = difference * 100;
  const size = Math.abs(value);
  return `${value < 0 ? '\u2212' : '+'}${size >= 1 ? size.toFixed(1) : size.toPrecision(2)} percentage points`;
}

/** What the sentence needs to know besides the figures. */
export interface DisagreementWords {
  readonly label: string;
  readonly prediction: string;
  readonly gridWidth: number;
  readonly gridHeight: number;
}

function sentence(
  kind: DisagreementKind,
  figures: DisagreementMeasures,
  label: MapFigures,
  prediction: MapFigures,
  words: DisagreementWords,
): string {
  const saw = `${words.prediction} (${percent(prediction.probability)})`;
  const given = `${words.label} (${percent(label.probability)})`;
  const where = (map: MapFigures): string => regionWords(topPlaces(map.kept), words.gridWidth, words.gridHeight);
  const noise = (value: number): string => `${value.toFixed(1)} times`;
  switch (kind) {
    case 'contradicted':
      return `The model sees ${saw} ${where(prediction)}; the label ${given} has negative evidence exactly there (${points(figures.labelOnPredictionEvidence)}): a label error is likely.`;
    case 'same-evidence':
      return `${saw} and the label ${given} rest on the same evidence ${where(prediction)} (rank correlation ${figures.spearman.toFixed(2)}, overlap ${figures.topOverlap.toFixed(2)}): the classes are confused or overlap.`;
    case 'elsewhere':
      if (where(prediction) === where(label)) {
        return `${saw} and the label ${given} rest on different patches, both ${where(label)} (overlap ${figures.topOverlap.toFixed(2)}): there may be several objects, or different parts speak for different classes.`;
      }
      return `The model sees ${saw} ${where(prediction)} and the label ${given} ${where(label)} (overlap ${figures.topOverlap.toFixed(2)}): there may be several objects, or different parts speak for different classes.`;
    case 'unfounded':
      return `Neither ${saw} nor the label ${given} stands out from the sampling noise (contrast ${noise(figures.predictionContrastToNoise)} and ${noise(figures.labelContrastToNoise)} the noise): the image may show none of the classes, or be bad.`;
  }
}

/** Judges the disagreement between the map of the label and the map of the model's first class. */
export function judgeDisagreement(
  label: MapFigures,
  prediction: MapFigures,
  words: DisagreementWords,
  thresholds: DisagreementThresholds = defaultThresholds,
): Disagreement {
  const measures = measure(label, prediction);
  const kind = classify(measures, label.probability, thresholds);
  return { kind, measures, sentence: sentence(kind, measures, label, prediction, words) };
}
