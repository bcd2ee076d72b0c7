/** The maps of a sheet: their scales, and their pixels. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { colourMap, diverging } from '../../../src/shared/colormap.js';
import type { MethodId } from '../../../src/shared/methods.js';
import { contrastRow } from '../../../src/shared/sheet-rows.js';
import { mapImage } from '../../../src/main/sheet/map-image.js';
import { sheetRanges } from '../../../src/main/sheet/sheet-ranges.js';
import { mapRange } from '../../../src/shared/map-range.js';
import type { SheetMap } from '../../../src/main/sheet/sheet.js';
import { halves, oneImage, plainLook, twoImages } from './sample.js';

const asMap = (method: MethodId, values: readonly number[], width: number): SheetMap => ({
  method,
  width,
  height: values.length / width,
  values: Float32Array.from(values),
});

async function rgba(
  png: Uint8Array,
): Promise<{ width: number; height: number; at: (x: number, y: number) => number[] }> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): number[] => [
    ...data.subarray((y * info.width + x) * 4, (y * info.width + x) * 4 + 4),
  ];
  return { width: info.width, height: info.height, at };
}

const entry = (table: Uint8Array, index: number): number[] => [...table.subarray(index * 3, index * 3 + 3), 255];

describe('ranges', () => {
  it('are from the lowest to the highest value; without any value from 0 to 1', () => {
    expect(mapRange('tis', [Float32Array.of(2, NaN, 5), Float32Array.of(3, 8)])).toEqual({ low: 2, high: 8 });
    expect(mapRange('tis', [Float32Array.of(NaN)])).toEqual({ low: 0, high: 1 });
  });

  it('of pixel gradients end at the 1st and 99th percentile of absolute values, about zero when signed', () => {
    const values = Float32Array.from({ length: 101 }, (_, at) => (at % 2 === 0 ? at : -at));
    values[100] = 1e6;
    expect(mapRange('integrated-gradients', [values])).toEqual({ low: -99, high: 99 });
    expect(mapRange('smoothgrad', [values.map(Math.abs)])).toEqual({ low: 1, high: 99 });
    expect(mapRange('rise', [values.map(Math.abs)]).high).toBe(1e6);
  });

  it('of contrasts are about zero, each alone and all together', () => {
    const maps = [Float32Array.of(-1, 0.5), Float32Array.of(0, 3)];
    expect(mapRange(contrastRow, maps)).toEqual({ low: -3, high: 3 });
    expect(maps.map((values) => mapRange(contrastRow, [values]).low)).toEqual([-1, -3]);
  });

  it('are shared by all maps of a method, or each map has its own', async () => {
    const rangesOf = async (scale: 'method' | 'own'): Promise<unknown> => {
      const sheet = await oneImage({ look: { ...plainLook, scale } });
      return [...sheetRanges(sheet).entries()].filter(([map]) => map.method === 'tis').map(([, range]) => range.high);
    };
    expect(await rangesOf('method')).toEqual([10, 10]);
    expect(await rangesOf('own')).toEqual([1, 10]);
  });

  it('are shared by all images of a contact sheet', async () => {
    const rangesOf = async (scale: 'method' | 'own'): Promise<unknown> =>
      [...sheetRanges(await twoImages({ ...plainLook, scale })).values()].map(({ high }) => high);
    expect(await rangesOf('method')).toEqual([1, 1]);
    expect(await rangesOf('own')).toEqual([1, 0.25]);
  });
});

describe('pixels', () => {
  it('of patches are bilinear between the centres', async () => {
    const image = await rgba(mapImage(asMap('tis', [0, 1, 0, 1], 2), { low: 0, high: 1 }, 'magma', 200));
    expect([image.width, image.height]).toEqual([200, 200]);
    expect(image.at(0, 0)).toEqual(entry(colourMap('magma'), 1));
    expect(image.at(199, 100)).toEqual(entry(colourMap('magma'), 255));
    // A quarter of a patch left of the middle: a quarter of the way from 0 to 1.
    expect(image.at(75, 50)).toEqual(entry(colourMap('magma'), Math.round(255 * 0.255)));
  });

  it('of a map of pixels stay as they are, zero in the middle of the signed colours', async () => {
    const signed = mapImage(asMap('integrated-gradients', [-1, 0, 1, 0.5], 2), { low: -1, high: 1 }, 'magma', 200);
    const image = await rgba(signed);
    expect([image.width, image.height]).toEqual([2, 2]);
    expect(image.at(0, 0)).toEqual(entry(diverging(), 1));
    expect(image.at(1, 0)).toEqual(entry(diverging(), 128));
    expect(image.at(0, 1)).toEqual(entry(diverging(), 255));
  });

  it('without a value are transparent, and do not spread', async () => {
    const { values } = halves(NaN, 1, 2);
    const image = await rgba(mapImage({ ...asMap('tis', [...values], 2) }, { low: 0, high: 1 }, 'magma', 100));
    expect(image.at(10, 50)[3]).toBe(0);
    expect(image.at(49, 50)[3]).toBe(0);
    expect(image.at(51, 50)).toEqual(entry(colourMap('magma'), 255));
  });
});
