/** A few of many slots in an order, from any place on, found without sorting the others. */

import { sortedByFigures } from './radix-sort.js';
import { passes } from './standing.js';

/** Keys that are looked at to guess between which the wanted ones lie. */
const samples = 32_768;
/** With more candidates, sorting everything is as quick. */
const mostCandidates = 100_000;

/** Places in an order, from `from` up to `end`, which is not of them. */
export interface Part {
  readonly from: number;
  readonly end: number;
}

/**
 * These places of the slots that pass, by ascending or descending key: ties by slot. Null where they are not to be had this way.
 * @param keys `[slots]`, NaN for none
 */
export function partOfOrder(
  keys: Float64Array | Uint32Array,
  standing: Uint8Array,
  part: Part,
  descending: boolean,
): Uint32Array | null {
  if (part.from >= part.end) return new Uint32Array();
  const limits = guessed(keys, standing, part, descending);
  if (limits === null) return null;
  const { before, equal } = upTo(keys, standing, limits.first, descending);
  // What is equal to the first key and goes before the wanted ones is passed over.
  const skipped = Math.min(part.from - before, equal);
  if (skipped < 0) return null;
  const found = candidates(keys, standing, limits, { skipped, wanted: part.end - before - skipped, descending });
  if (found === null) return null;
  const start = part.from - before - skipped;
  if (found.length < start + part.end - part.from) return null;
  const order = sortedByFigures(
    Float64Array.from(found, (slot) => keys[slot] ?? NaN),
    descending,
  );
  return order.slice(start, start + part.end - part.from).map((place) => found[place] ?? 0);
}

/** The keys that the wanted places very probably lie between, themselves included, in the direction of the order. */
interface Limits {
  readonly first: number;
  readonly last: number;
}

/** Null where a sample does not tell. */
function guessed(
  keys: Float64Array | Uint32Array,
  standing: Uint8Array,
  { from, end }: Part,
  descending: boolean,
): Limits | null {
  const step = Math.max(1, Math.floor(keys.length / samples));
  const sample = new Float64Array(Math.ceil(keys.length / step));
  let count = 0;
  for (let begin = 0; begin < keys.length; begin += step) {
    // Anywhere in the step: what recurs in lists, such as one image in ten of a split, would be met always or never.
    const slot = begin + ((Math.imul(begin + 1, 0x9e3779b1) >>> 8) % step);
    const key = keys[slot] ?? NaN;
    if (standing[slot] === passes && !Number.isNaN(key)) sample[count++] = descending ? -key : key;
  }
  const sorted = sample.subarray(0, count).sort();
  // Four standard deviations of where a place falls in the sample, and some for short ones.
  const slack = (at: number): number => 4 + 4 * Math.sqrt((at * Math.max(0, count - at)) / Math.max(1, count));
  const [low, high] = [from / step, end / step];
  const last = Math.ceil(high + slack(high));
  if (last >= count) return null;
  const first = Math.floor(low - slack(low));
  const sign = descending ? -1 : 1;
  return { first: first < 0 ? sign * -Infinity : sign * (sorted[first] ?? NaN), last: sign * (sorted[last] ?? NaN) };
}

/** How many of the slots that pass have a key before this one, and how many this very key. */
function upTo(
  keys: Float64Array | Uint32Array,
  standing: Uint8Array,
  first: number,
  descending: boolean,
): { readonly before: number; readonly equal: number } {
  let [before, equal] = [0, 0];
  if (!Number.isFinite(first)) return { before, equal };
  const pass = passes;
  for (let slot = 0; slot < keys.length; slot += 1) {
    const key = keys[slot] ?? NaN;
    if (standing[slot] !== pass) continue;
    if (descending ? key > first : key < first) before += 1;
    else if (key === first) equal += 1;
  }
  return { before, equal };
}

interface Wanted {
  /** So many that have the first key are passed over. */
  readonly skipped: number;
  /** No more than so many that have the last key can be wanted. */
  readonly wanted: number;
  readonly descending: boolean;
}

/** The slots that pass with keys between the limits, ascending; null where there are too many. */
function candidates(
  keys: Float64Array | Uint32Array,
  standing: Uint8Array,
  { first, last }: Limits,
  { skipped, wanted, descending }: Wanted,
): Uint32Array | null {
  const found = new Uint32Array(mostCandidates);
  const pass = passes;
  const [low, high] = descending ? [last, first] : [first, last];
  let [count, atFirst, atLast] = [0, 0, 0];
  for (let slot = 0; slot < keys.length; slot += 1) {
    const key = keys[slot] ?? NaN;
    if (!(key >= low && key <= high) || standing[slot] !== pass) continue;
    if (key === first && ++atFirst <= skipped) continue;
    if (key === last && ++atLast > wanted) continue;
    if (count === mostCandidates) return null;
    found[count++] = slot;
  }
  return found.subarray(0, count);
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
