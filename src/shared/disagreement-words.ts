/** Says in sentences how label and prediction disagree, with the figures that carry each sentence, rounded as everywhere else. */

import type { FractionRect } from './audit.js';
import {
  contrastToError,
  type Disagreement,
  type DisagreementKind,
  type DisagreementMeasures,
  type EvidenceMeasures,
  type Place,
} from './disagreement.js';
import { interval95 } from './evidence.js';
import { nats, percent, withError } from './figures.js';

/** The kinds as filters, chips and the report name them. */
export const kindNames: Readonly<Record<DisagreementKind, string>> = {
  contradicted: 'Contradicted',
  'same-evidence': 'Same evidence',
  elsewhere: 'Elsewhere',
  unfounded: 'Unfounded',
  undecided: 'The maps do not tell',
};

export const kindMeanings: Readonly<Record<DisagreementKind, string>> = {
  contradicted: 'The label is improbable, and the patches that speak for the prediction speak against it',
  'same-evidence': 'Label and prediction rest on the same patches',
  elsewhere: 'Label and prediction rest on different patches',
  unfounded: 'Neither map rises above its sampling error',
  undecided: 'What would tell the kinds apart lies within the sampling error',
};

const placeWords: Readonly<Record<Place, string>> = {
  'upper-left': 'in the upper left',
  top: 'at the top',
  'upper-right': 'in the upper right',
  left: 'on the left',
  centre: 'in the centre',
  right: 'on the right',
  'lower-left': 'in the lower left',
  bottom: 'at the bottom',
  'lower-right': 'in the lower right',
};

/** What a sentence needs to know besides the measures. */
export interface DisagreementWords {
  readonly label: string;
  readonly prediction: string;
  readonly labelProbability: number;
  readonly predictionProbability: number;
  /** The part of the picture that the model saw; null when that is not known. */
  readonly view: FractionRect | null;
}

/** A picture of which the model saw less than this is told. */
const mostlySeen = 0.75;

/** Whether a figure is on one side of zero beyond its 95 % interval: -1, 1, or 0 where that is open. */
function signOf({ value, error }: { readonly value: number; readonly error: number }): -1 | 0 | 1 {
  if (!(Math.abs(value) > interval95 * error)) return 0;
  return value < 0 ? -1 : 1;
}

function at(place: Place | null): string {
  return place === null ? '' : ` ${placeWords[place]}`;
}

/** `1.9 times` its error; more than a hundred is not told apart. */
function times(measures: EvidenceMeasures): string {
  const ratio = contrastToError(measures);
  return ratio > 100 ? 'over 100 times' : `${ratio.toFixed(1)} times`;
}

function correlationOf({ spearman }: DisagreementMeasures): string {
  return `rank correlation ${withError(spearman)}`;
}

function overlapOf({ topOverlap }: DisagreementMeasures): string {
  return `overlap of the strongest fifths ${withError(topOverlap)}`;
}

function relation({ kind, measures }: Disagreement, prediction: string, label: string): string {
  const { labelOnPrediction } = measures;
  const [theirs, own] = [measures.prediction.place, measures.label.place];
  switch (kind) {
    case 'contradicted':
      return `The patches that speak most for ${prediction}${theirs === null ? '' : `, ${placeWords[theirs]},`} speak against the label ${label}: ${nats(labelOnPrediction)} on average.`;
    case 'same-evidence':
      return `${prediction} and the label ${label} rest on the same patches${at(theirs ?? own)}: ${correlationOf(measures)}, ${overlapOf(measures)}.`;
    case 'elsewhere':
      return `${prediction} rests on patches${at(theirs)}, the label ${label} on others${own === theirs ? '' : at(own)}: ${correlationOf(measures)}, ${overlapOf(measures)}.`;
    case 'unfounded':
      return `Neither the map of ${prediction} nor that of the label ${label} rises above its sampling error (${times(measures.prediction)} and ${times(measures.label)} the error of a patch): more masks may tell.`;
    case 'undecided':
      return `The maps do not tell how ${prediction} and the label ${label} relate: ${correlationOf(measures)}, ${overlapOf(measures)}; on the patches that speak most for the prediction the label has ${nats(labelOnPrediction)}.`;
  }
}

/** A map that speaks against its class in the centre of the picture and for it around. */
function surroundings(name: string, { centre, around }: EvidenceMeasures): string | null {
  if (signOf(centre) >= 0 || signOf(around) <= 0) return null;
  return `The middle of the picture speaks against ${name} (${nats(centre)}), what lies around it for it (${nats(around)}).`;
}

/** That the model saw a part of the picture only; null when it saw most of it. */
export function partSeen(view: FractionRect | null): string | null {
  const share = view === null ? 1 : view.width * view.height;
  return share >= mostlySeen ? null : `The model saw ${percent(share)} of the picture only.`;
}

/** How label and prediction disagree, in one to four sentences. */
export function disagreementSentence(disagreement: Disagreement, words: DisagreementWords): string {
  const { measures, kind } = disagreement;
  const prediction = `${words.prediction} (${percent(words.predictionProbability)})`;
  const label = `${words.label} (${percent(words.labelProbability)})`;
  // A map within its noise has no places to tell of.
  const apart =
    kind === 'unfounded'
      ? []
      : [surroundings(words.prediction, measures.prediction), surroundings(words.label, measures.label)];
  return [relation(disagreement, prediction, label), ...apart, partSeen(words.view)]
    .filter((sentence) => sentence !== null)
    .join(' ');
}
