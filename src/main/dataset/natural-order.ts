/** The stable order of names that every listing uses: digits count as numbers, everything else by code unit. */

import { setImmediate } from 'node:timers/promises';

/** Names sorted in one go before the event loop gets its turn: about 5 ms of work. */
const runLength = 2048;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function skipZeros(name: string, from: number): number {
  let at = from;
  while (name.charCodeAt(at) === 48) at += 1;
  return at;
}

function digitsEnd(name: string, from: number): number {
  let at = from;
  while (at < name.length && isDigit(name.charCodeAt(at))) at += 1;
  return at;
}

/** Negative when `a` comes before `b`: `img2` before `img10`; equal numbers by code unit, so the order is total. */
export function compareNatural(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(j);
    if (isDigit(left) && isDigit(right)) {
      const leftStart = skipZeros(a, i);
      const rightStart = skipZeros(b, j);
      i = digitsEnd(a, leftStart);
      j = digitsEnd(b, rightStart);
      const longer = i - leftStart - (j - rightStart);
      if (longer !== 0) return longer;
      for (let k = 0; leftStart + k < i; k += 1) {
        const difference = a.charCodeAt(leftStart + k) - b.charCodeAt(rightStart + k);
        if (difference !== 0) return difference;
      }
    } else {
      if (left !== right) return left - right;
      i += 1;
      j += 1;
    }
  }
  const rest = a.length - i - (b.length - j);
  if (rest !== 0) return rest;
  return a < b ? -1 : a > b ? 1 : 0;
}

async function merge(a: readonly string[], b: readonly string[]): Promise<string[]> {
  const merged: string[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const left = a[i];
    const right = b[j];
    if (left === undefined && right === undefined) return merged;
    if (right === undefined || (left !== undefined && compareNatural(left, right) <= 0)) {
      merged.push(left ?? '');
      i += 1;
    } else {
      merged.push(right);
      j += 1;
    }
    if (merged.length % (4 * runLength) === 0) await setImmediate();
  }
}

/** The names in natural order; gives the event loop its turn every few milliseconds, however many there are. */
export async function sortNaturally(names: readonly string[]): Promise<string[]> {
  let runs: string[][] = [];
  for (let start = 0; start < names.length; start += runLength) {
    runs.push(names.slice(start, start + runLength).sort(compareNatural));
    if (names.length > runLength) await setImmediate();
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let k = 0; k < runs.length; k += 2) merged.push(await merge(runs[k] ?? [], runs[k + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}
