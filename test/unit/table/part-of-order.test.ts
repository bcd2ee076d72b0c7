/** A part of an order, and a place in it, are those that sorting everything gives. */

import { describe, expect, it } from 'vitest';

import { partOfOrder, placeInOrder } from '../../../src/main/table/part-of-order.js';
import { sortedByFigures } from '../../../src/main/table/radix-sort.js';
import { type Random, seededRandom } from '../../../src/shared/seeded-random.js';

const kinds: Readonly<Record<string, (random: Random) => number>> = {
  probabilities: (random) => Math.fround(random()),
  'probabilities near 1': (random) => 1 - random() ** 8,
  'few codes': (random) => Math.floor(random() * 10),
  'some figures': (random) => (random() < 0.7 ? NaN : random() - 0.5),
  'one figure': () => 3,
  'no figure': () => NaN,
};

it('is found where what lies side by side recurs', () => {
  // Every tenth slot is of another kind.
  const keys = Float64Array.from({ length: 600_000 }, (_, slot) => (slot % 10 === 0 ? slot : 600_000 + slot));
  const standing = new Uint8Array(keys.length);
  const first = partOfOrder(keys, standing, { from: 59_900, end: 60_100 }, false);
  expect(first?.[0]).toBe(599_000);
  expect(first?.[100]).toBe(1);
});

describe('a part of an order', () => {
  it.each(Object.entries(kinds))('is found among %s', (kind, figure) => {
    let [found, within] = [0, 0];
    for (let seed = 0; seed < 12; seed += 1) {
      const random = seededRandom(seed);
      const size = [300, 5000, 120_000][seed % 3] ?? 0;
      const keys = Float64Array.from({ length: size }, () => figure(random));
      const standing = Uint8Array.from({ length: size }, () => (random() < 0.6 ? 0 : 1 + Math.floor(random() * 2)));
      for (const descending of [false, true]) {
        const all = sortedByFigures(keys, descending).filter((slot) => standing[slot] === 0);
        for (const length of [1, 100, 512]) {
          for (const from of [0, Math.floor(random() * all.length), Math.max(0, all.length - length)]) {
            const part = { from, end: Math.min(all.length, from + length) };
            const slots = partOfOrder(keys, standing, part, descending);
            if (slots === null) continue;
            found += 1;
            if (from > 0) within += 1;
            expect(Array.from(slots)).toEqual(Array.from(all.subarray(part.from, part.end)));
          }
        }
        for (let draw = 0; draw < 5; draw += 1) {
          const place = Math.floor(random() * all.length);
          expect(placeInOrder(keys, standing, all[place] ?? 0, descending)).toBe(place);
        }
      }
    }
    // Where there is much to sort and figures differ, sorting is spared.
    if (kind.startsWith('probabilities')) {
      expect(found).toBeGreaterThan(80);
      expect(within).toBeGreaterThan(40);
    }
    if (kind === 'no figure') expect(found).toBe(0);
  });
});
