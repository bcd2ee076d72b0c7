/** Puts places of names in the order of the names: a natural merge sort in portions, which takes what is in order already as it is. */

import type { NameBytes } from './name-bytes.js';

/** Comparisons between two yields: some milliseconds. */
const portion = 50_000;
/** Shorter runs are made this long by putting in one place after the other. */
const shortRun = 24;
/** A list so many times shorter than the other is put into it place by place instead of going through both. */
const muchShorter = 16;

const numberSign = 0x23;
/** Longer numbers are no numbers of members, and are compared as texts. */
const mostDigits = 15;

/** Negative where name `a` goes before name `b`; names that are equal go by place. */
export function nameComparison({ bytes, starts }: NameBytes): (a: number, b: number) => number {
  /** The first difference of the bytes from `a` to `aEnd` and from `b` to `bEnd`. */
  const compared = (a: number, aEnd: number, b: number, bEnd: number): number => {
    const length = Math.min(aEnd - a, bEnd - b);
    for (let at = 0; at < length; at += 1) {
      const difference = (bytes[a + at] ?? 0) - (bytes[b + at] ?? 0);
      if (difference !== 0) return difference;
    }
    return aEnd - a - (bEnd - b);
  };
  return (a, b) => {
    const [aStart, aEnd, bStart, bEnd] = [starts[a] ?? 0, starts[a + 1] ?? 0, starts[b] ?? 0, starts[b + 1] ?? 0];
    const [aSign, bSign] = [signOf(bytes, aStart, aEnd), signOf(bytes, bStart, bEnd)];
    if (aSign < 0 && bSign < 0) return compared(aStart, aEnd, bStart, bEnd) || a - b;
    // Members of one container go by number, behind a file that has the container's name.
    return (
      compared(aStart, aSign < 0 ? aEnd : aSign, bStart, bSign < 0 ? bEnd : bSign) ||
      memberOf(bytes, aSign, aEnd) - memberOf(bytes, bSign, bEnd) ||
      compared(aStart, aEnd, bStart, bEnd) ||
      a - b
    );
  };
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Where the number sign of `container#12` lies; -1 in a name of another form. */
function signOf(bytes: Uint8Array, start: number, end: number): number {
  let at = end - 1;
  while (at > start && isDigit(bytes[at] ?? 0)) at -= 1;
  const digits = end - 1 - at;
  return digits > 0 && digits <= mostDigits && bytes[at] === numberSign ? at : -1;
}

/** The number behind the sign; -1 without one. */
function memberOf(bytes: Uint8Array, sign: number, end: number): number {
  if (sign < 0) return -1;
  let member = 0;
  for (let at = sign + 1; at < end; at += 1) member = member * 10 + (bytes[at] ?? 0) - 0x30;
  return member;
}

type Comparison = (a: number, b: number) => number;

/** The places from `first` to before `end` in order. */
export function* sortedPlaces(first: number, end: number, compare: Comparison): Generator<void, Uint32Array> {
  let from = new Uint32Array(end - first);
  for (let index = 0; index < from.length; index += 1) from[index] = first + index;
  let ends = yield* runs(from, compare);
  let to = new Uint32Array(ends.length > 1 ? from.length : 0);
  while (ends.length > 1) {
    const merged: number[] = [];
    for (let run = 0; run < ends.length; run += 2) {
      const [start, middle] = [ends[run - 1] ?? 0, ends[run] ?? 0];
      const last = ends[run + 1] ?? middle;
      yield* merge(from.subarray(start, middle), from.subarray(middle, last), to.subarray(start, last), compare);
      merged.push(last);
    }
    [from, to, ends] = [to, from, merged];
  }
  return from;
}

/** Where the runs of `places` that are in order end; short ones are made longer. */
function* runs(places: Uint32Array, compare: Comparison): Generator<void, number[]> {
  const ends: number[] = [];
  for (let at = 1, start = 0; at <= places.length; at += 1) {
    if (at % portion === 0) yield;
    const place = places[at] ?? 0;
    if (at < places.length) {
      if (compare(places[at - 1] ?? 0, place) < 0) continue;
      if (at - start < shortRun) {
        insert(places, start, at, compare);
        continue;
      }
    }
    ends.push(at);
    start = at;
  }
  return ends;
}

/** Puts what lies at `at` to its place among those from `start` on, which are in order. */
function insert(places: Uint32Array, start: number, at: number, compare: Comparison): void {
  const place = places[at] ?? 0;
  let hole = at;
  for (; hole > start && compare(places[hole - 1] ?? 0, place) > 0; hole -= 1) places[hole] = places[hole - 1] ?? 0;
  places[hole] = place;
}

/** Both lists, each in order, as one. */
export function* merge(a: Uint32Array, b: Uint32Array, to: Uint32Array, compare: Comparison): Generator<void> {
  if (a.length * muchShorter < b.length) yield* putInto(b, a, to, compare);
  else if (b.length * muchShorter < a.length) yield* putInto(a, b, to, compare);
  else yield* zip(a, b, to, compare);
}

function* zip(a: Uint32Array, b: Uint32Array, to: Uint32Array, compare: Comparison): Generator<void> {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const limit = Math.min(i + j + portion, to.length);
    while (i + j < limit && i < a.length && j < b.length) {
      const [one, other] = [a[i] ?? 0, b[j] ?? 0];
      if (compare(one, other) < 0) to[i++ + j] = one;
      else to[i + j++] = other;
    }
    yield;
  }
  to.set(i < a.length ? a.subarray(i) : b.subarray(j), i + j);
}

function* putInto(long: Uint32Array, short: Uint32Array, to: Uint32Array, compare: Comparison): Generator<void> {
  let taken = 0;
  for (const [index, place] of short.entries()) {
    let [low, high] = [taken, long.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(long[middle] ?? 0, place) < 0) low = middle + 1;
      else high = middle;
    }
    to.set(long.subarray(taken, low), taken + index);
    taken = low;
    to[taken + index] = place;
    if (index % (portion / 20) === 0) yield;
  }
  to.set(long.subarray(taken), taken + short.length);
}
