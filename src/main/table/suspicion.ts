/**
 * What is most suspicious, said once: images whose prediction differs from the label, by ascending self-confidence; then those that agree,
 * likewise; then those without a usable label, by ascending top probability. What is not predicted has no place.
 */

import type { ImageTable } from './image-table.js';

/** Groups of suspicion lie this far apart, more than any figure within one. */
const apart = 2;

type Columns = Pick<ImageTable, 'facts' | 'scores'>;

/** Places in the order of suspicion, `[images]`, lowest first; NaN where nothing is predicted. Equal places go by id. */
export function suspicion({ facts, scores }: Columns): Float64Array {
  const { size, top1, labelClass, topProbability } = facts;
  const selfConfidence = scores.values('self-confidence');
  const places = new Float64Array(size);
  for (let slot = 0; slot < size; slot += 1) {
    const [predicted, labelled] = [top1[slot] ?? -1, labelClass[slot] ?? -1];
    places[slot] = place(predicted, labelled, (labelled < 0 ? topProbability : selfConfidence)[slot] ?? NaN);
  }
  return places;
}

/** The place of one image. */
export function placeOfSuspicion({ facts, scores }: Columns, slot: number): number {
  const labelled = facts.labelClass[slot] ?? -1;
  const figures = labelled < 0 ? facts.topProbability : scores.values('self-confidence');
  return place(facts.top1[slot] ?? -1, labelled, figures[slot] ?? NaN);
}

/** @param figure self-confidence, or the top probability without a usable label */
function place(predicted: number, labelled: number, figure: number): number {
  if (predicted < 0) return NaN;
  const group = labelled < 0 ? 2 : labelled === predicted ? 1 : 0;
  return group * apart + (Number.isNaN(figure) ? 1 : figure);
}
