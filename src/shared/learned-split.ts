/** Notices a split that the model seems to have been trained on: there it has learnt the labels, the wrong ones too. */

import type { ComparedCounts } from './audit.js';
import { alignedPercent, count } from './figures.js';

/** What a split's predictions are like. */
export interface SplitFigures extends Omit<ComparedCounts, 'images'> {
  readonly split: string | null;
  /** Mean and variance of the probability of the most probable class over the predicted images. */
  readonly confidence: number;
  readonly confidenceVariance: number;
}

/** Each side of a comparison needs so many images, else nothing is said. */
const fewest = 30;
/**
 * Standard errors that two splits must differ by. Four leave a chance of 3 in 100,000 for splits of equal quality, so that
 * even a dozen splits raise no false alarm.
 */
const standardErrors = 4;
/** A difference that is certain may still be small; it counts from twice the rate and two images in a hundred on. */
const times = 2;
const leastDifference = 0.02;

/** A rate over some images, with the variance of a single one. */
interface Rate {
  readonly rate: number;
  readonly variance: number;
  readonly count: number;
}

/** Whether the first rate is far below the second: by standard errors, by factor and by difference. */
function farBelow(low: Rate, high: Rate, error: number): boolean {
  const difference = high.rate - low.rate;
  return (
    low.count >= fewest &&
    high.count >= fewest &&
    difference >= leastDifference &&
    high.rate >= times * low.rate &&
    difference >= standardErrors * error
  );
}

/** Standard error of the difference of two proportions that are equal in truth (pooled). */
function proportionError(one: Rate, other: Rate): number {
  const pooled = (one.rate * one.count + other.rate * other.count) / (one.count + other.count);
  return Math.sqrt(pooled * (1 - pooled) * (1 / one.count + 1 / other.count));
}

/** Standard error of the difference of two means of unequal variances (Welch). */
function meanError(one: Rate, other: Rate): number {
  return Math.sqrt(one.variance / one.count + other.variance / other.count);
}

function disagreement({ compared, disagreements }: SplitFigures): Rate {
  const differing = compared === 0 ? 0 : disagreements / compared;
  return { rate: differing, variance: differing * (1 - differing), count: compared };
}

/** How far the model is from certain. */
function doubt({ confidence, confidenceVariance, predicted }: SplitFigures): Rate {
  return { rate: 1 - confidence, variance: confidenceVariance, count: predicted };
}

const nameOf = (split: string | null): string => (split === null ? 'Images in no split' : `The split “${split}”`);
const inName = (split: string | null): string => (split === null ? 'images in no split' : `“${split}”`);

const cause =
  'the model was probably trained on it, so that errors there hardly show; count what it finds in other splits by itself';

function byAgreement(one: SplitFigures, other: SplitFigures): string | null {
  const [low, high] = [disagreement(one), disagreement(other)];
  if (!farBelow(low, high, proportionError(low, high))) return null;
  return `${nameOf(one.split)} looks learned: predictions differ from ${count(one.disagreements)} of ${count(one.compared)} labels there (${alignedPercent(low.rate)}), in ${inName(other.split)} from ${count(other.disagreements)} of ${count(other.compared)} (${alignedPercent(high.rate)}); ${cause}.`;
}

function byConfidence(one: SplitFigures, other: SplitFigures): string | null {
  const [low, high] = [doubt(one), doubt(other)];
  if (!farBelow(low, high, meanError(low, high))) return null;
  return `${nameOf(one.split)} looks learned: predictions are ${alignedPercent(one.confidence)} certain there on average, in ${inName(other.split)} ${alignedPercent(other.confidence)}; ${cause}.`;
}

/**
 * A sentence for each split that looks learned beside the split where the model differs most: by the two-proportion z test of
 * disagreements, or, where that says nothing (a split without labels), by Welch's test of the predictions' confidence.
 */
export function learnedSplits(splits: readonly SplitFigures[]): readonly string[] {
  const hardest = (by: (split: SplitFigures) => Rate): SplitFigures | undefined =>
    splits.filter((split) => by(split).count >= fewest).sort((a, b) => by(b).rate - by(a).rate)[0];
  const differs = hardest(disagreement);
  const doubts = hardest(doubt);
  return splits.flatMap((split) => {
    const agreement = differs === undefined || differs === split ? null : byAgreement(split, differs);
    const confidence = doubts === undefined || doubts === split ? null : byConfidence(split, doubts);
    return agreement ?? confidence ?? [];
  });
}
