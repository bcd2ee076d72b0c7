/** What computing costs on this machine with the open model, as a short test measures it. */

import type { Precision } from './precision.js';

/** Masks scored with one precision and one share of the patches. */
export interface ScoringSpeed {
  readonly precision: Precision;
  readonly ratio: number;
  readonly masksPerSecond: number;
}

export interface SpeedFigures {
  readonly provider: 'CPU' | 'CUDA';
  readonly imagesPerSecond: number;
  /** Finding `masks` masks: one pass of the whole image and the clustering. */
  readonly plan: { readonly masks: number; readonly milliseconds: number };
  /** Of float32 for every ratio that can be chosen, and of the other precisions that this machine runs for the ratio in use. */
  readonly scoring: readonly ScoringSpeed[];
  /** Memory that the engine process takes now, in megabytes. */
  readonly megabytes: number;
}

/** How near maps scored with a rough precision are to those of float32. */
export interface FidelityFigures {
  readonly precision: Precision;
  /** Share of the patches that the masks kept. */
  readonly ratio: number;
  readonly images: number;
  /** Mean and lowest Spearman correlation of the maps of the most probable class. */
  readonly spearman: number;
  readonly lowest: number;
}

/** Images that fidelity is measured over, and masks an image. */
export const fidelityImages = 100;
export const fidelityMasks = 128;

/** Seconds of one TIS map. */
export function secondsOfMap(
  { plan, scoring }: SpeedFigures,
  { masks, ratio, precision }: { readonly masks: number; readonly ratio: number; readonly precision: Precision },
): number | null {
  const nearest = scoring
    .filter((speed) => speed.precision === precision)
    .sort((a, b) => Math.abs(a.ratio - ratio) - Math.abs(b.ratio - ratio));
  const [speed] = nearest;
  if (speed === undefined) return null;
  // Clustering takes time in proportion to the clusters.
  return (plan.milliseconds * (masks / plan.masks)) / 1000 + masks / speed.masksPerSecond;
}
