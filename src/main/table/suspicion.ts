/**
 * What is most suspicious, said once: images whose prediction differs from the label, by ascending self-confidence; then those that agree,
 * likewise; then those without a usable label, by ascending top probability. What is not predicted has no place.
 */

import type { ImageTable } from './image-table.js';

/** Groups of suspicion lie this far apart, more than any figure within one. */
const apart = 2;

type Columns = Pick<ImageTable, 'facts' | 'scores'>;

/** Places in the order of suspicion, `[images]`, lowest first; NaN where nothing is predicted. Equal places go by id. */
export function suspicion(table: Columns): Float64Array {
  const selfConfidence = table.scores.values('self-confidence');
  const places = new Float64Array(table.facts.size);
  for (let slot = 0; slot < places.length; slot += 1) places[slot] = place(table, selfConfidence, slot);
  return places;
}

/** The place of one image. */
export function placeOfSuspicion(table: Columns, slot: number): number {
  return place(table, table.scores.values('self-confidence'), slot);
}

function place({ facts }: Columns, selfConfidence: Float64Array, slot: number): number {
  if ((facts.top1[slot] ?? -1) < 0) return NaN;
  const group = facts.disagrees(slot) ? 0 : facts.agrees(slot) ? 1 : 2;
  const figure = (group === 2 ? facts.topProbability : selfConfidence)[slot] ?? NaN;
  return group * apart + (Number.isNaN(figure) ? 1 : figure);
}
