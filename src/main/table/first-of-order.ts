/** The first few of many slots in an order, found without sorting the others. */

import { passes } from './standing.js';

/** Keys that are looked at to guess how far down the wanted ones reach. */
const samples = 4096;
/** With more candidates, sorting everything is as quick. */
const mostCandidates = 50_000;

/**
 * The first `limit` of the slots that pass, by ascending or descending key: ties by slot. Null where that is not to be had this way.
 * @param keys `[slots]`, NaN for none
 */
export function firstOfOrder(
  keys: Float64Array | Uint32Array,
  standing: Uint8Array,
  limit: number,
  descending: boolean,
): Uint32Array | null {
  const last = guessed(keys, standing, limit, descending);
  if (last === null) return null;
  const found = new Uint32Array(mostCandidates);
  const pass = passes;
  let [count, equal] = [0, 0];
  for (let slot = 0; slot < keys.length; slot += 1) {
    const key = keys[slot] ?? NaN;
    if (!(descending ? key >= last : key <= last) || standing[slot] !== pass) continue;
    // Of those that are equal to the last, no more than the first can be wanted.
    if (key === last && ++equal > limit) continue;
    if (count === mostCandidates) return null;
    found[count++] = slot;
  }
  if (count < limit) return null;
  const at = (slot: number): number => keys[slot] ?? NaN;
  const candidates = found.subarray(0, count);
  candidates.sort(descending ? (a, b) => at(b) - at(a) || a - b : (a, b) => at(a) - at(b) || a - b);
  return candidates.slice(0, limit);
}

/** A key that at least `limit` of the slots very probably reach; null where a sample does not tell. */
function guessed(
  keys: Float64Array | Uint32Array,
  standing: Uint8Array,
  limit: number,
  descending: boolean,
): number | null {
  const step = Math.max(1, Math.floor(keys.length / samples));
  const sample: number[] = [];
  for (let slot = 0; slot < keys.length; slot += step) {
    const key = keys[slot] ?? NaN;
    if (standing[slot] === passes && !Number.isNaN(key)) sample.push(key);
  }
  // Twice as many as wanted, and some for chance.
  const place = Math.ceil((2 * limit) / step) + 4;
  if (place >= sample.length) return null;
  const sorted = Float64Array.from(sample).sort();
  return sorted[descending ? sorted.length - 1 - place : place] ?? null;
}

/** How many of the slots that pass go before this one, which passes, in the same order; slots without a key last either way. */
export function placeInOrder(
  keys: Float64Array | Uint32Array,
  standing: Uint8Array,
  slot: number,
  descending: boolean,
): number {
  const own = keys[slot] ?? NaN;
  const hasNone = Number.isNaN(own);
  const pass = passes;
  let place = 0;
  for (let other = 0; other < keys.length; other += 1) {
    if (standing[other] !== pass) continue;
    const key = keys[other] ?? NaN;
    const goesBefore = hasNone ? !Number.isNaN(key) : descending ? key > own : key < own;
    const isEqual = hasNone ? Number.isNaN(key) : key === own;
    if (goesBefore || (isEqual && other < slot)) place += 1;
  }
  return place;
}
