/**
 * What is most suspicious, said once: images whose prediction differs from the label, by ascending self-confidence; then those that agree,
 * likewise; then those without a usable label, by ascending top probability. What is not predicted has no place.
 */

import type { ImageTable } from './image-table.js';

/** Groups of suspicion lie this far apart, more than any figure within one. */
const apart = 2;

/** Places in the order of suspicion, `[images]`, lowest first; NaN where nothing is predicted. Equal places go by id. */
export function suspicion({ facts, scores }: Pick<ImageTable, 'facts' | 'scores'>): Float64Array {
  const selfConfidence = scores.values('self-confidence');
  const places = new Float64Array(facts.size);
  for (let slot = 0; slot < facts.size; slot += 1) {
    if ((facts.top1[slot] ?? -1) < 0) {
      places[slot] = NaN;
      continue;
    }
    const group = facts.disagrees(slot) ? 0 : facts.agrees(slot) ? 1 : 2;
    const figure = (group === 2 ? facts.topProbability : selfConfidence)[slot] ?? NaN;
    places[slot] = group * apart + (Number.isNaN(figure) ? 1 : figure);
  }
  return places;
}
