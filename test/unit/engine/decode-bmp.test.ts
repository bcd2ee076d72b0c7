/** Bitmaps written by hand, a kind at a time, against their pixels; damaged ones are refused in plain words. */

import { describe, expect, it } from 'vitest';
import { decodeBmp } from '../../../src/main/engine/decode-bmp.js';
import { decodeRgb, large, thumbnail } from '../../../src/main/engine/decode.js';
import { BadPicture } from '../../../src/main/engine/decoded-here.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';

interface Written {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly packed?: number;
  readonly colours?: number;
  /** Between header and pixels: palette or bit fields. */
  readonly between?: readonly number[];
  readonly data: readonly number[];
  readonly offset?: number;
}

/** A file with Windows' header of 40 bytes. */
function bmp({ width, height, bits, packed = 0, colours = 0, between = [], data, offset }: Written): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM', 'latin1');
  head.writeUInt32LE(54 + between.length + data.length, 2);
  head.writeUInt32LE(offset ?? 54 + between.length, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(packed, 30);
  head.writeUInt32LE(colours, 46);
  return Buffer.concat([head, Uint8Array.from(between), Uint8Array.from(data)]);
}
const le32 = (...values: readonly number[]): number[] =>
  values.flatMap((value) => [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
const pixelsOf = (written: Written): number[] => [...decodeBmp(bmp(written)).pixels];

const red = [255, 0, 0];
const green = [0, 255, 0];
const blue = [0, 0, 255];
const black = [0, 0, 0];
/** Blue, green, red and nothing, as palettes are written. */
const palette = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0];

describe('pixels', () => {
  it('of 24 bits: blue first, rows upwards and of whole fours of bytes', () => {
    const data = [0, 0, 255, 0, 255, 0, 9, 9, 255, 0, 0, 3, 2, 1, 9, 9];
    expect(pixelsOf({ width: 2, height: 2, bits: 24, data })).toEqual([...blue, 1, 2, 3, ...red, ...green]);
  });

  it('of a negative height: rows downwards', () => {
    const data = [0, 0, 255, 9, 255, 0, 0, 9];
    expect(pixelsOf({ width: 1, height: -2, bits: 24, data })).toEqual([...red, ...blue]);
  });

  it('of 32 bits: the fourth byte says nothing', () => {
    expect(pixelsOf({ width: 2, height: 1, bits: 32, data: [3, 2, 1, 77, 6, 5, 4, 0] })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each([
    [1, [0b01000000, 0, 0, 0]],
    [2, [0b00010000, 0, 0, 0]],
    [4, [0x01, 0x00, 0, 0]],
    [8, [0, 1, 0, 0]],
  ])('of %i bits: indices of a palette, the highest bits first', (bits, data) => {
    const written = { width: 3, height: 1, bits, colours: 2, between: palette.slice(0, 8), data };
    expect(pixelsOf(written)).toEqual([...red, ...green, ...red]);
  });

  it('beyond the palette: black', () => {
    const written = { width: 3, height: 1, bits: 8, colours: 3, between: palette, data: [2, 3, 255, 0] };
    expect(pixelsOf(written)).toEqual([...blue, ...black, ...black]);
  });

  it('where the palette was left out of their place', () => {
    const written = { width: 2, height: 1, bits: 8, colours: 3, between: palette, data: [2, 0, 0, 0], offset: 54 };
    expect(pixelsOf(written)).toEqual([...blue, ...red]);
  });

  it('of 16 bits: five a channel', () => {
    // 31, 0, 16 and 0, 31, 1: floor(16 * 255 / 31) = 131, floor(255 / 31) = 8.
    const data = [0x10, 0x7c, 0xe1, 0x03];
    expect(pixelsOf({ width: 2, height: 1, bits: 16, data })).toEqual([255, 0, 131, 0, 255, 8]);
  });

  it('of bit fields: 565, and any order in 32 bits', () => {
    const five = le32(0xf800, 0x07e0, 0x001f);
    // 31, 0, 0 and 0, 33, 0: floor(33 * 255 / 63) = 133.
    const data = [0x00, 0xf8, 0x20, 0x04];
    expect(pixelsOf({ width: 2, height: 1, bits: 16, packed: 3, between: five, data })).toEqual([...red, 0, 133, 0]);
    const turned = le32(0xff000000, 0x00ff0000, 0x0000ff00);
    const wide = { width: 1, height: 1, bits: 32, packed: 3, between: turned, data: [9, 3, 2, 1] };
    expect(pixelsOf(wide)).toEqual([1, 2, 3]);
  });

  it('of OS/2: sizes of 16 bits, a palette of three bytes a colour', () => {
    const head = Buffer.alloc(26);
    head.write('BM', 'latin1');
    head.writeUInt32LE(32, 10);
    head.writeUInt32LE(12, 14);
    for (const [at, value] of [2, 1, 1, 1].entries()) head.writeUInt16LE(value, 18 + 2 * at);
    const file = Buffer.concat([head, Uint8Array.of(0, 0, 255, 255, 0, 0, 0b01000000, 0, 0, 0)]);
    expect(decodeBmp(file)).toEqual({ width: 2, height: 1, pixels: Uint8Array.from([...red, ...blue]) });
  });

  it('of run lengths with 8 bits: runs, pixels as they are, ends of rows, moves', () => {
    const data = [3, 1, 0, 0, 0, 3, 0, 1, 2, 0xee, 0, 0, 0, 2, 1, 0, 2, 2, 0, 1];
    const written = { width: 3, height: 3, bits: 8, packed: 1, colours: 3, between: palette, data };
    expect(pixelsOf(written)).toEqual([
      ...[...red, ...blue, ...blue],
      ...[...red, ...green, ...blue],
      ...[...green, ...green, ...green],
    ]);
  });

  it('of run lengths with 4 bits: two pixels a byte in turns', () => {
    const data = [3, 0x12, 0, 0, 0, 3, 0x01, 0x20, 0, 1];
    const written = { width: 3, height: 2, bits: 4, packed: 2, colours: 3, between: palette, data };
    expect(pixelsOf(written)).toEqual([...[...red, ...green, ...blue], ...[...green, ...blue, ...green]]);
  });
});

describe('a damaged bitmap', () => {
  const whole = { width: 2, height: 2, bits: 24, data: Array.from({ length: 16 }, (_, at) => at) };
  it.each([
    ['that ends early', bmp({ ...whole, data: [1, 2, 3] }), 'is cut off'],
    ['that ends in its header', bmp(whole).subarray(0, 30), 'is cut off'],
    ['that is two letters', Buffer.from('BM'), 'is cut off'],
    ['of no pixels', bmp({ ...whole, width: 0 }), 'it says that it is 0 x 2 pixels large'],
    ['of a negative width', bmp({ ...whole, width: -5 }), 'it says that it is -5 x 2 pixels large'],
    ['of the lowest height there is', bmp({ ...whole, height: -(2 ** 31) }), 'has more than 268 million pixels'],
    ['of an absurd size', bmp({ ...whole, width: 2 ** 31 - 1, height: 2 ** 31 - 1 }), 'has more than 268 million'],
    ['of a depth that there is not', bmp({ ...whole, bits: 7 }), 'it says that a pixel has 7 bits'],
    ['of another header', Buffer.from('BM0000000000000000000000000000'), 'its header is of no known kind'],
    ['that holds a JPEG', bmp({ ...whole, packed: 4 }), 'packed in a way that cannot be decoded here (number 4)'],
    ['whose runs end early', bmp({ ...whole, bits: 8, packed: 1, colours: 1, data: [2, 0] }), 'is cut off'],
    [
      'whose runs go downwards',
      bmp({ ...whole, bits: 8, packed: 1, height: -2, data: [0, 1] }),
      'cannot be decoded here',
    ],
    ['whose pixels lie beyond its end', bmp({ ...whole, offset: 0xffffffff }), 'is cut off'],
  ])('%s is refused', async (_, bytes, reason) => {
    expect(() => decodeBmp(bytes)).toThrow(BadPicture);
    const data = { kind: 'encoded', name: 'x.bmp', bytes } as const;
    const message = expect.stringContaining(reason) as string;
    const refused = { code: 'IMAGE_UNREADABLE', message };
    await expect(decodeRgb(data)).rejects.toMatchObject(refused);
    await expect(thumbnail(data)).rejects.toMatchObject(refused);
  });

  it('of any kind is a picture or refused, never another error', () => {
    const random = seededRandom(7);
    const files = [
      bmp(whole),
      bmp({ width: 5, height: 3, bits: 8, packed: 1, colours: 3, between: palette, data: [5, 1, 0, 0, 5, 2, 0, 1] }),
      bmp({
        width: 5,
        height: 3,
        bits: 16,
        packed: 3,
        between: le32(0xf800, 0x7e0, 0x1f),
        data: Array<number>(36).fill(7),
      }),
    ];
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(files[round % files.length] ?? expect.fail());
      // Sizes stay small: that large ones are refused or made is tested above.
      for (let hit = 0; hit < 3; hit++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      for (const at of [20, 21, 24, 25]) bytes[at] = 0;
      try {
        const { width, height, pixels } = decodeBmp(bytes.subarray(0, Math.floor(random() * 2 * bytes.length)));
        expect(pixels.length).toBe(3 * width * height);
      } catch (error) {
        if (!(error instanceof BadPicture)) throw error;
      }
    }
  });
});

it('thumbnails and large views show what the model sees', async () => {
  const bytes = bmp({ width: 1, height: 1, bits: 24, data: [3, 2, 1, 0] });
  const data = { kind: 'encoded', name: 'x.bmp', bytes } as const;
  for (const { bytes: png } of [await thumbnail(data), await large(data)]) {
    expect([...(await decodeRgb({ ...data, bytes: png })).pixels]).toEqual([1, 2, 3]);
  }
  expect([...(await decodeRgb(data)).pixels]).toEqual([1, 2, 3]);
});
