/** Says in sentences how label and prediction disagree, with the figures that carry each sentence, rounded as everywhere else. */

import {
  contrastToError,
  type Disagreement,
  type DisagreementKind,
  type DisagreementMeasures,
  type EvidenceMeasures,
  formedFrom,
  type Place,
} from './disagreement.js';
import { interval95 } from './evidence.js';
import { nats, percent, withError } from './figures.js';
import type { FractionRect } from './fraction-rect.js';

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
  'same-evidence': 'Label and prediction rest largely on the same patches',
  elsewhere: 'Label and prediction rest on different patches',
  unfounded: 'Neither map rises far enough above its sampling error',
  undecided: 'The figures that would tell the kinds apart are too uncertain with these masks',
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

const roles = ['prediction', 'label'] as const;

/** What a sentence needs to know besides the measures. */
export interface DisagreementWords {
  readonly label: string;
  readonly prediction: string;
  readonly labelProbability: number;
  readonly predictionProbability: number;
  /** The part of the picture that the model saw; null when that is not known. */
  readonly view: FractionRect | null;
}

/** A picture of which the model saw less than this is told: with the usual crops, one more than 1.6 times as long as wide. */
const mostlySeen = 0.5;

/** The middle of a picture is told to speak against a class when it does so by this part of the map's contrast. */
const tellingMiddle = 0.25;

/** Whether a figure is on one side of zero beyond its 95 % interval: -1, 1, or 0 where that is open. */
function signOf({ value, error }: { readonly value: number; readonly error: number }): -1 | 0 | 1 {
  if (!(Math.abs(value) > interval95 * error)) return 0;
  return value < 0 ? -1 : 1;
}

/** `4.2 times`; more than a hundred is not told apart. */
function times(measures: EvidenceMeasures): string {
  const ratio = contrastToError(measures);
  return ratio > 100 ? 'over 100 times' : `${ratio.toFixed(1)} times`;
}

function correlationOf({ spearman }: DisagreementMeasures): string {
  return `rank correlation ${withError(spearman)}`;
}

function overlapOf({ topOverlap }: DisagreementMeasures): string {
  return `overlap ${withError(topOverlap)}`;
}

/** `, those of coat on the left`, as far as places can be named and differ. */
function apartWords({ label, prediction }: DisagreementMeasures, words: DisagreementWords): string {
  const [own, theirs] = [label.place, prediction.place];
  if (own === theirs) return own === null ? '' : `, both ${placeWords[own]}`;
  const those = [
    ...(theirs === null ? [] : [`those of ${words.prediction} ${placeWords[theirs]}`]),
    ...(own === null ? [] : [`those of ${words.label} ${placeWords[own]}`]),
  ];
  return `, ${those.join(', ')}`;
}

/** Why nothing can be told: a map within its error, or figures that are on neither side of their limits. */
function openWords(measures: DisagreementMeasures, words: DisagreementWords): string {
  const flat = roles.find((role) => !measures[role].formed);
  if (flat !== undefined) {
    return `the map of ${words[flat]} does not rise far enough above its sampling error (${times(measures[flat])} the error of a patch; ${String(formedFrom)} are needed).`;
  }
  return `the figures that would tell are too uncertain (${correlationOf(measures)}, ${overlapOf(measures)}).`;
}

function relation(disagreement: Disagreement, words: DisagreementWords): string {
  const { kind, measures } = disagreement;
  const prediction = `${words.prediction} (${percent(words.predictionProbability)})`;
  const label = `the label ${words.label} (${percent(words.labelProbability)})`;
  const { place } = measures.prediction;
  switch (kind) {
    case 'contradicted':
      return `The patches that speak most for ${prediction}${place === null ? '' : `, ${placeWords[place]},`} speak against ${label}: ${nats(measures.labelOnPrediction)} on average.`;
    case 'same-evidence': {
      const both = place ?? measures.label.place;
      return `${prediction} and ${label} rest largely on the same patches${both === null ? '' : ` ${placeWords[both]}`} (${correlationOf(measures)}, ${overlapOf(measures)}).`;
    }
    case 'elsewhere':
      return `${prediction} and ${label} rest on different patches${apartWords(measures, words)} (${correlationOf(measures)}, ${overlapOf(measures)}).`;
    case 'unfounded':
      return `Neither the map of ${prediction} nor that of ${label} rises far enough above its sampling error (${times(measures.prediction)} and ${times(measures.label)} the error of a patch; ${String(formedFrom)} are needed): more masks may tell.`;
    case 'undecided':
      return `The maps do not tell how ${prediction} and ${label} relate: ${openWords(measures, words)}`;
  }
}

/** A map that speaks against its class in the middle of the picture and for it around; null for any other. */
function surroundings(name: string, { centre, around, contrast }: EvidenceMeasures): string | null {
  if (signOf(centre) >= 0 || signOf(around) <= 0 || -centre.value < tellingMiddle * contrast.value) return null;
  return `The middle of the picture speaks against ${name} (${nats(centre)}), what lies around it for ${name} (${nats(around)}).`;
}

/** That the model saw a part of the picture only; null when it saw most of it. */
function partSeen(view: FractionRect | null): string | null {
  const share = view === null ? 1 : view.width * view.height;
  return share >= mostlySeen ? null : `The model saw only ${percent(share)} of the picture.`;
}

/** How label and prediction disagree, in one to three sentences. */
export function disagreementSentence(disagreement: Disagreement, words: DisagreementWords): string {
  const { measures } = disagreement;
  const telling = roles.filter((role) => measures[role].formed);
  const around = telling.map((role) => surroundings(words[role], measures[role]));
  return [relation(disagreement, words), ...around, partSeen(words.view)]
    .filter((sentence) => sentence !== null)
    .join(' ');
}
