/** The order of figures is the one that comparing them gives. */

import { describe, expect, it } from 'vitest';

import { sortedByFigures } from '../../../src/main/table/radix-sort.js';
import { type Random, seededRandom } from '../../../src/shared/seeded-random.js';

/** What comparing gives: ties by slot, NaN last either way. */
function compared(figures: Float64Array | Uint32Array, descending: boolean): number[] {
  const slots = Array.from(figures.keys());
  const known = slots.filter((slot) => !Number.isNaN(figures[slot]));
  const at = (slot: number): number => figures[slot] ?? 0;
  known.sort((a, b) => (descending ? at(b) - at(a) : at(a) - at(b)) || a - b);
  return [...known, ...slots.filter((slot) => Number.isNaN(figures[slot]))];
}

const kinds: Readonly<Record<string, (random: Random) => number>> = {
  'float32 probabilities': (random) => Math.fround(random()),
  'probabilities of a model that is certain': (random) => Math.fround(1 - random() ** 20 / 1e5),
  'float64 of one upper half': (random) => 1 + random() * 1e-7,
  'both signs, infinite, zeros and none': (random) =>
    [NaN, 0, -0, Infinity, -Infinity, random() - 0.5, 1e300 * (random() - 0.5), 5e-324][Math.floor(random() * 8)] ?? 0,
  'few codes': (random) => Math.floor(random() * 4),
  times: (random) => 1.79e12 + Math.floor(random() * 1e6),
  none: () => NaN,
  one: () => 0.5,
};

describe('an order by figures', () => {
  it.each(Object.entries(kinds))('of %s', (_, figure) => {
    for (let seed = 0; seed < 30; seed += 1) {
      const random = seededRandom(seed);
      const length = [0, 1, 2, 40, 1000, 20_000][seed % 6] ?? 0;
      const figures = Float64Array.from({ length }, () => (random() < 0.1 ? NaN : figure(random)));
      for (const descending of [false, true]) {
        expect(Array.from(sortedByFigures(figures, descending))).toEqual(compared(figures, descending));
      }
    }
  });

  it('of ranks', () => {
    const random = seededRandom(3);
    const ranks = Uint32Array.from({ length: 30_000 }, () => random() * 4e9);
    expect(Array.from(sortedByFigures(ranks, false))).toEqual(compared(ranks, false));
    expect(Array.from(sortedByFigures(ranks, true))).toEqual(compared(ranks, true));
  });
});
