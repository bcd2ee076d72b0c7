/** What the gallery may be asked: filters, orders and the counts beside each filter. */

import type { ClassIndex, ImageId, LabelIndex, VerdictKind } from './audit.js';
import type { DisagreementKind } from './disagreement.js';

export const sortKeys = [
  'selfConfidence',
  'normalisedMargin',
  'confidenceWeightedEntropy',
  'topProbability',
  'file',
  'label',
  'prediction',
  'verdictTime',
] as const;
export type SortKey = (typeof sortKeys)[number];

export interface GallerySort {
  readonly by: SortKey;
  readonly descending: boolean;
}

/** Every part narrows the selection; an absent or empty part does not. */
export interface GalleryFilter {
  readonly labels?: readonly LabelIndex[] | undefined;
  readonly predictions?: readonly ClassIndex[] | undefined;
  /** Only images whose label is (`disagree`) or is not (`agree`) contradicted by the prediction; `unreadable` for images that could not be read. */
  readonly state?: 'disagree' | 'agree' | 'unreadable' | undefined;
  readonly kinds?: readonly DisagreementKind[] | undefined;
  readonly verdicts?: readonly (VerdictKind | 'none')[] | undefined;
  readonly splits?: readonly string[] | undefined;
  /** Part of the file name, the label's name or the predicted class's name; case is ignored. */
  readonly text?: string | undefined;
}

/** The selection in order; rows are fetched by id as they come into view. */
export interface GalleryResult {
  readonly ids: Uint32Array;
  /** All images of the project. */
  readonly total: number;
}

/** One value of a facet and how many images have it under all other filters. */
export interface FacetCount<T> {
  readonly value: T;
  readonly count: number;
}

export interface GalleryFacets {
  readonly labels: readonly FacetCount<LabelIndex>[];
  readonly predictions: readonly FacetCount<ClassIndex>[];
  readonly states: readonly FacetCount<'disagree' | 'agree' | 'unreadable'>[];
  readonly kinds: readonly FacetCount<DisagreementKind>[];
  readonly verdicts: readonly FacetCount<VerdictKind | 'none'>[];
  readonly splits: readonly FacetCount<string>[];
  /** Self-confidence in 20 equal bins from 0 to 1, over the whole selection. */
  readonly selfConfidence: readonly number[];
}

/** Counts of label against prediction. */
export interface ConfusionCell {
  readonly label: LabelIndex;
  readonly prediction: ClassIndex;
  readonly count: number;
}

/** What changed in the project, so that views reload only what they show. */
export interface ProjectChange {
  readonly images: readonly ImageId[] | 'all';
}
