/** Netpbm's pictures written by hand, against their pixels; damaged ones are refused in plain words. */

import { describe, expect, it } from 'vitest';
import { decodePnm, isPnm } from '../../../src/main/engine/decode-pnm.js';
import { decodeRgb, thumbnail } from '../../../src/main/engine/decode.js';
import { BadPicture } from '../../../src/main/engine/decoded-here.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';

/** A file: text, then bytes. */
const pnm = (text: string, ...bytes: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from(text, 'latin1'), Uint8Array.from(bytes)]);
const pixelsOf = (file: Buffer): number[] => [...decodePnm(file).pixels];
const grey = (...values: readonly number[]): number[] => values.flatMap((value) => [value, value, value]);

describe('pixels', () => {
  it('of P1: digits with or without space, 1 is black', () => {
    expect(pixelsOf(pnm('P1\n# a\n3 2\n0 1 0\n110'))).toEqual(grey(255, 0, 255, 0, 0, 255));
  });

  it('of P2: numbers up to any brightest value, comments among them', () => {
    // round(7 / 15 * 255) = 119
    expect(pixelsOf(pnm('P2 3 1 15\n0 7 # seven\n15\n'))).toEqual(grey(0, 119, 255));
  });

  it('of P3: three numbers a pixel', () => {
    expect(pixelsOf(pnm('P3\n2 1\n255\n1 2 3 4 5 6'))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('of P4: bits, a row begins with a byte, 1 is black', () => {
    expect(pixelsOf(pnm('P4\n9 2\n', 0x80, 0x80, 0x01, 0x00))).toEqual(
      grey(0, 255, 255, 255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 0, 255),
    );
  });

  it('of P5: bytes, whatever they look like', () => {
    expect(pixelsOf(pnm('P5\r3 1 255 ', 0x20, 0x23, 0x0a))).toEqual(grey(0x20, 0x23, 0x0a));
  });

  it('of P6: three bytes a pixel', () => {
    expect(pixelsOf(pnm('P6\n# made by hand\n2 1\n255\n', 1, 2, 3, 4, 5, 6))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('of an odd brightest value: rounded, halves to even, larger values as bright as it', () => {
    // 255 / 10 = 25.5 is 26; 3 * 25.5 = 76.5 is 76; 11 is more than there is.
    expect(pixelsOf(pnm('P6 1 1 10\n', 1, 3, 11))).toEqual([26, 76, 255]);
  });

  it('of 16 bits: the higher byte first', () => {
    expect(pixelsOf(pnm('P6 1 1 65535\n', 0xff, 0xff, 0x80, 0x00, 0x00, 0x80))).toEqual([255, 128, 0]);
    // round(500 / 1000 * 255) = round(127.5) is 128.
    expect(pixelsOf(pnm('P5 2 1 1000\n', 0x01, 0xf4, 0x03, 0xe8))).toEqual(grey(128, 255));
  });

  it('of the first of several pictures', () => {
    expect(pixelsOf(pnm('P5 1 1 255\n\x07P5 1 1 255\n\x09'))).toEqual(grey(7));
  });
});

describe('a damaged file', () => {
  it.each([
    ['that ends in its header', pnm('P6\n2 '), 'is cut off'],
    ['that ends in a comment', pnm('P6\n# 2 2 255'), 'is cut off'],
    ['that ends in its bytes', pnm('P6 2 2 255\n', 1, 2, 3), 'is cut off'],
    ['that ends in its bits', pnm('P4 9 2\n', 1, 2, 3), 'is cut off'],
    ['that ends in its numbers', pnm('P2 2 2 9999\n1 2 3   '), 'is cut off'],
    ['of no width', pnm('P5 0 1 255\n'), 'it says that it is 0 x 1 pixels large'],
    ['of a negative width', pnm('P5 -1 1 255\n'), 'there is no number at byte 3'],
    ['of an absurd size', pnm('P5 99999 99999 255\n'), 'has more than 268 million pixels'],
    ['of a size without end', pnm(`P5 ${'9'.repeat(400)} 1 255\n`), 'there is no number at byte 3'],
    ['of no brightest value', pnm('P5 1 1 0\n', 0), 'its brightest value is 0'],
    ['of too bright a value', pnm('P5 1 1 65536\n', 0, 0), 'its brightest value is 65536'],
    ['with letters for numbers', pnm('P2 2 1 255\n1 x'), 'there is no number at byte 13'],
    ['with a number that is too large', pnm('P2 2 1 15\n1 16'), 'a value is larger than 15'],
    ['with another digit than 0 and 1', pnm('P1 2 1\n0 2'), 'there is no number at byte 9'],
  ])('%s is refused', async (_, bytes, reason) => {
    expect(() => decodePnm(bytes)).toThrow(BadPicture);
    const data = { kind: 'encoded', name: 'x.ppm', bytes } as const;
    const message = expect.stringContaining(reason) as string;
    const refused = { code: 'IMAGE_UNREADABLE', message };
    await expect(decodeRgb(data)).rejects.toMatchObject(refused);
    await expect(thumbnail(data)).rejects.toMatchObject(refused);
  });

  it('of any kind is a picture or refused, never another error', () => {
    const random = seededRandom(11);
    const files = [
      'P1 2 2\n0110',
      'P2 2 2 9\n1 2 3 4',
      'P3 1 1 9\n1 2 3',
      'P4 9 1\nab',
      'P5 2 2 255\nabcd',
      'P6 1 1 999\nabcdef',
    ];
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(files[round % files.length] ?? '');
      for (let hit = 0; hit < 2; hit++)
        bytes[2 + Math.floor(random() * (bytes.length - 2))] = Math.floor(random() * 128);
      try {
        const { width, height, pixels } = decodePnm(bytes);
        expect(pixels.length).toBe(3 * width * height);
      } catch (error) {
        if (!(error instanceof BadPicture)) throw error;
      }
    }
  });
});

it('only what begins as one of the six formats is one', () => {
  expect(['P6 ', 'P1\n', 'P4#'].map((text) => isPnm(pnm(text)))).toEqual([true, true, true]);
  expect(['P7 ', 'P0 ', 'P6', 'PK\u0003\u0004', '%PDF'].map((text) => isPnm(pnm(text)))).toEqual(Array(5).fill(false));
});
