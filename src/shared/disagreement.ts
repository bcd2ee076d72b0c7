/** How the evidence for the label relates to that for the prediction: kinds and measures. They describe; none says that a label is wrong. */

import type { Measured } from './evidence.js';

export const disagreementKinds = ['contradicted', 'same-evidence', 'elsewhere', 'unfounded', 'undecided'] as const;
export type DisagreementKind = (typeof disagreementKinds)[number];

/** Where a map has its evidence. */
export const places = [
  'upper-left',
  'top',
  'upper-right',
  'left',
  'centre',
  'right',
  'lower-left',
  'bottom',
  'lower-right',
] as const;
export type Place = (typeof places)[number];

/**
 * What one class's evidence is like, in nats. Masks keep equally many patches, so evidence sums to about zero over a picture: how much
 * of it is positive says nothing.
 */
export interface EvidenceMeasures {
  /** max - mean over the patches; its error is the root-mean-square standard error of a patch. */
  readonly contrast: Measured;
  /** Whether the map rises above its error as far as a kind needs. */
  readonly formed: boolean;
  /** Mean evidence in the middle half of the picture, by width and height, and in the rest. */
  readonly centre: Measured;
  readonly around: Measured;
  /** Null where no place can be named: the map does not rise above its error, covers most of the picture, is scattered, or lies elsewhere by half of the masks. */
  readonly place: Place | null;
}

export interface DisagreementMeasures {
  /** Spearman correlation of the two maps. */
  readonly spearman: Measured;
  /** Intersection over union of the patches in the top 20 % of each map. */
  readonly topOverlap: Measured;
  /** Mean evidence for the label on the prediction's top 20 % of patches, in nats. */
  readonly labelOnPrediction: Measured;
  readonly label: EvidenceMeasures;
  readonly prediction: EvidenceMeasures;
}

export interface Disagreement {
  readonly kind: DisagreementKind;
  readonly measures: DisagreementMeasures;
}

/** A map is well formed when it rises above its mean by so many standard errors of a patch (docs/sentences.md). */
export const formedFrom = 5;

/** How many standard errors a map rises above its mean; 0 for a flat map, and where the error is not known. */
export function contrastToError({ contrast: { value, error } }: Pick<EvidenceMeasures, 'contrast'>): number {
  if (!(value > 0) || Number.isNaN(error)) return 0;
  return error === 0 ? Number.MAX_VALUE : value / error;
}
