/** The first of many paths in an order, without sorting them all. */

import { setImmediate } from 'node:timers/promises';

import { naturalKey } from './natural-order.js';
import type { Paths } from './path-list.js';

/** How many paths are looked at in one go: a few milliseconds of work. */
const portion = 2048;

interface Ranked {
  readonly path: string;
  readonly rank: number;
  readonly depth: number;
  readonly key: string;
}

function compare(a: Ranked, b: Ranked): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.depth !== b.depth) return a.depth - b.depth;
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.path < b.path ? -1 : 1;
}

/**
 * At most `most` paths: those of the lowest rank first, of these the nearest to the root, of these in natural order. A path
 * without a rank is none of them.
 */
export async function firstPaths(
  paths: Paths,
  most: number,
  rankOf: (path: string) => number | null,
): Promise<readonly string[]> {
  const first: Ranked[] = [];
  for (let index = 0; index < paths.size; index += 1) {
    if (index % portion === portion - 1) await setImmediate();
    const path = paths.at(index);
    const rank = rankOf(path);
    const last = first.at(-1);
    if (rank === null || (first.length === most && last !== undefined && rank > last.rank)) continue;
    const ranked = { path, rank, depth: path.split('/').length, key: naturalKey(path) };
    let place = first.length;
    while (place > 0 && compare(ranked, first[place - 1] ?? ranked) < 0) place -= 1;
    first.splice(place, 0, ranked);
    if (first.length > most) first.pop();
  }
  return first.map(({ path }) => path);
}
