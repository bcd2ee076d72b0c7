/** Images by a filter or a rule, in an order, as the command line, jobs and reports ask for them. */

import type { Filter, Order } from '../../shared/query.js';
import { suspicionOrder } from '../../shared/query.js';
import { type ImageColumns, verdictCode } from './image-columns.js';
import type { ImageTable } from './image-table.js';
import type { Orders } from './orders.js';
import { passing, Standing } from './standing.js';

const idsAt = ({ id }: ImageColumns, slots: Uint32Array): Uint32Array => slots.map((slot) => id[slot] ?? 0);

/** Ids of the images that pass the filter, in the wanted order: ties by id, images without the value last either way. */
export function selectImages(table: ImageTable, orders: Orders, filter: Filter, order: Order): Uint32Array {
  return idsAt(table.facts, passing(orders.slots(order), new Standing(table, filter).values));
}

/** The first slots of an order that are wanted. */
function firstOf(slots: Uint32Array, limit: number, isWanted: (slot: number) => boolean): Uint32Array {
  const found: number[] = [];
  for (let at = 0; at < slots.length && found.length < limit; at += 1) {
    const slot = slots[at] ?? 0;
    if (isWanted(slot)) found.push(slot);
  }
  return Uint32Array.from(found);
}

export interface SuspicionOptions {
  /** Leaves out images whose maps are cached and, where label and prediction differ, related to each other. */
  readonly unexplainedOnly?: boolean | undefined;
}

/** Maps are kept by content and related by image: a duplicate, or an image with another label, has maps and is not told of. */
function isTold(facts: ImageColumns, slot: number): boolean {
  return facts.explained[slot] === 1 && !(facts.disagrees(slot) && facts.kind[slot] === 0);
}

/** The predicted images, most suspicious first. */
export function mostSuspicious(
  { facts }: ImageTable,
  orders: Orders,
  limit: number,
  { unexplainedOnly = false }: SuspicionOptions = {},
): Uint32Array {
  const isWanted = (slot: number): boolean =>
    (facts.top1[slot] ?? -1) >= 0 && !(unexplainedOnly && isTold(facts, slot));
  return idsAt(facts, firstOf(orders.slots(suspicionOrder), limit, isWanted));
}

/**
 * What a report tells, at most `limit` images, most suspicious first: every image with a verdict other than 'right label' or with a
 * note, then as many disagreements as fit.
 */
export function findingIds({ facts }: ImageTable, orders: Orders, limit: number): Uint32Array {
  const right = verdictCode('right-label');
  const isJudged = (slot: number): boolean => {
    const verdict = facts.verdict[slot] ?? 0;
    return verdict !== 0 && (verdict !== right || facts.noted[slot] === 1);
  };
  const slots = orders.slots(suspicionOrder);
  const judged = firstOf(slots, limit, isJudged);
  const open = firstOf(slots, limit - judged.length, (slot) => !isJudged(slot) && facts.disagrees(slot));
  const chosen = new Set([...judged, ...open]);
  return idsAt(
    facts,
    firstOf(slots, chosen.size, (slot) => chosen.has(slot)),
  );
}
