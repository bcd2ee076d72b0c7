/** How counts of what was looked at are said: a figure never without what it is a part of, and a dash for nothing. */

import type { ComparedCounts, ProjectCounts } from './audit.js';
import { count } from './figures.js';

/** Stands for a figure that there is not: over nothing, a count of 0 would be an all-clear. */
export const dash = '\u2013';

/** Where labels and predictions differ, or null where none were compared. */
export function disagreementsOf({ compared, disagreements }: ComparedCounts): number | null {
  return compared === 0 ? null : disagreements;
}

/** The count of disagreements alone; a dash where nothing was compared. */
export function disagreementFigure(counts: ComparedCounts): string {
  const disagreements = disagreementsOf(counts);
  return disagreements === null ? dash : count(disagreements);
}

/** Of how many images a count of disagreements is: `of 10,000`, `of 1,280 predicted of 3,781`, `of 9 compared, 12 predicted of 20`. */
export function comparedOf({ images, predicted, compared }: ComparedCounts): string {
  if (compared === images) return `of ${count(images)}`;
  const predictedOf =
    predicted === images ? `of ${count(images)}` : `${count(predicted)} predicted of ${count(images)}`;
  if (compared === predicted) return `of ${predictedOf}`;
  return predicted === images
    ? `of ${count(compared)} compared ${predictedOf}`
    : `of ${count(compared)} compared, ${predictedOf}`;
}

/** Why nothing was compared, to stand beside a dash. */
export function whyNothingCompared({ labelled, withoutClass, predicted }: ProjectCounts): string {
  if (labelled === 0) return 'no image has a label';
  if (withoutClass === labelled) return 'no label has a class of the model';
  return predicted === 0 ? 'nothing is predicted' : 'no image with a class is predicted';
}

/** Whether every image was compared: only then does a count of none mean that there is none. */
export function comparedAll({ images, compared }: ComparedCounts): boolean {
  return images > 0 && compared === images;
}
