/** Map pictures as another decoder reads them. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { colourMap } from '../../../src/shared/colormap.js';
import { mapPicture, scalesOf } from '../../../src/main/report/map-picture.js';
import { encodePalettePng } from '../../../src/main/drawing/png.js';
import { map } from '../project/sample.js';

async function decoded(
  png: Uint8Array,
): Promise<{ width: number; height: number; at: (x: number, y: number) => number[] }> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    at: (x, y) => Array.from(data.subarray((y * info.width + x) * 4, (y * info.width + x) * 4 + 4)),
  };
}
const magma = (entry: number): number[] => Array.from(colourMap('magma').subarray(entry * 3, entry * 3 + 3));

describe('the encoder', () => {
  it('keeps every pixel', async () => {
    const palette = Uint8Array.from({ length: 768 }, (_, index) => (index * 7) % 256);
    const alpha = Uint8Array.from({ length: 256 }, (_, index) => 255 - index);
    const picture = await decoded(encodePalettePng(3, 2, Uint8Array.of(0, 1, 2, 253, 254, 255), palette, alpha));
    expect([picture.width, picture.height]).toEqual([3, 2]);
    expect(picture.at(1, 0)).toEqual([palette[3], palette[4], palette[5], 254]);
    expect(picture.at(0, 1)).toEqual([palette[759], palette[760], palette[761], 2]);
  });
});

describe('a map', () => {
  it('is magma from low to high, smooth in between, clear where there is no value', async () => {
    const picture = await decoded(
      mapPicture(Float32Array.of(0, 1, 0, NaN), { gridWidth: 2, gridHeight: 2 }, { low: 0, high: 1 }),
    );
    expect([picture.width, picture.height]).toEqual([112, 112]);
    expect(picture.at(0, 0)).toEqual([...magma(1), 115]);
    expect(picture.at(111, 0)).toEqual([...magma(255), 217]);
    // The middle between the centres of the two upper patches, 56 pixels apart.
    expect(picture.at(55, 0).slice(0, 3)).toEqual(magma(Math.round((27.5 / 56) * 255)));
    expect(picture.at(111, 111)[3]).toBe(0);
  });

  it('keeps the shape of the grid', async () => {
    const wide = { ...map(0, 1, [], []), kept: new Float32Array(8) };
    const picture = await decoded(mapPicture(wide.kept, { gridWidth: 4, gridHeight: 2 }, { low: 0, high: 1 }));
    expect([picture.width, picture.height]).toEqual([112, 56]);
  });

  it('shares its scale with the others of the image where each shows on it', () => {
    const maps = [map(0, 1, [0.125, 0.5, NaN, 0.5], [0, 0, 0, 0]), map(1, 1, [0.25, 1, 0.5, 0.5], [0, 0, 0, 0])];
    expect(scalesOf(maps)).toEqual([
      { low: 0.125, high: 1 },
      { low: 0.125, high: 1 },
    ]);
  });

  it('has a scale of its own where one map would be of one colour', () => {
    const maps = [map(0, 1, [0.125, 0.25, NaN, 0.25], [0, 0, 0, 0]), map(1, 1, [0.25, 1, 0.5, 0.5], [0, 0, 0, 0])];
    expect(scalesOf(maps)).toEqual([
      { low: 0.125, high: 0.25 },
      { low: 0.25, high: 1 },
    ]);
    expect(scalesOf([])).toEqual([]);
  });
});
