/** Colour tables: shape, published colours, even diverging arms around grey. */

import { describe, expect, it } from 'vitest';
import { colourEntry, colourMap, colourMapNames, diverging } from '../../../src/shared/colormap.js';

const colour = (table: Uint8Array, entry: number): number[] => Array.from(table.subarray(entry * 3, entry * 3 + 3));

describe('sequential maps', () => {
  it.each(colourMapNames)('%s has 256 colours that only grow lighter', (name) => {
    const table = colourMap(name);
    expect(table).toHaveLength(768);
    const lightness = Array.from({ length: 256 }, (_, entry) => {
      const [red = 0, green = 0, blue = 0] = colour(table, entry);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    lightness.slice(1).forEach((value, entry) => {
      expect(value).toBeGreaterThan((lightness[entry] ?? 0) - 0.6);
    });
    expect((lightness[255] ?? 0) - (lightness[0] ?? 0)).toBeGreaterThan(150);
  });

  // Entries 0, 64, 100, 128, 200 and 255 as published.
  it.each([
    [
      'magma',
      [
        [0, 0, 4],
        [81, 18, 124],
        [137, 40, 129],
        [183, 55, 121],
        [253, 152, 105],
        [252, 253, 191],
      ],
    ],
    [
      'viridis',
      [
        [68, 1, 84],
        [59, 82, 139],
        [42, 118, 142],
        [33, 145, 140],
        [112, 207, 87],
        [253, 231, 37],
      ],
    ],
    [
      'cividis',
      [
        [0, 34, 78],
        [67, 78, 108],
        [101, 104, 112],
        [125, 124, 120],
        [196, 180, 104],
        [254, 232, 56],
      ],
    ],
  ] as const)('%s is the published one within 2/255', (name, published) => {
    [0, 64, 100, 128, 200, 255].forEach((entry, place) => {
      colour(colourMap(name), entry).forEach((value, channel) => {
        expect(Math.abs(value - (published[place]?.[channel] ?? -9))).toBeLessThanOrEqual(2);
      });
    });
  });
});

describe('the diverging map', () => {
  it('is grey at zero, blue below, brown above', () => {
    const table = diverging();
    expect(table).toHaveLength(768);
    expect(colour(table, 127)).toEqual([200, 200, 200]);
    expect(colour(table, 128)).toEqual([200, 200, 200]);
    expect(colour(table, 0)).toEqual([0, 18, 97]);
    expect(colour(table, 255)).toEqual([89, 0, 8]);
  });
});

describe('entries', () => {
  it('go from low to high, clamped', () => {
    expect([-1, 0, 0.5, 1, 2].map((value) => colourEntry(value, 0, 1))).toEqual([0, 0, 128, 255, 255]);
  });

  it('are the lowest for NaN and for a range without extent', () => {
    expect([colourEntry(NaN, 0, 1), colourEntry(5, 3, 3)]).toEqual([0, 0]);
  });
});
