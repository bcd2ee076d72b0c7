import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';

import { readSource, type SourceData } from '../../../src/main/dataset/source.js';
import { decodeRgb, encodeJpeg, encodePng, full, large, thumbnail } from '../../../src/main/engine/decode.js';
import type { RgbImage } from '../../../src/main/engine/rgb-image.js';
import { cornerColours, makeBadImages, uprightSize } from '../../support/bad-images.js';
import { pillowImages } from '../../support/pillow-images.js';

const encoded = (bytes: Uint8Array, name = 'x.jpg'): SourceData => ({ kind: 'encoded', name, bytes });
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function pixelAt({ pixels, width }: RgbImage, x: number, y: number): readonly number[] {
  return [...pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => expect(Math.abs(value - (expected[index] ?? NaN))).toBeLessThanOrEqual(tolerance));
}

describe('decodeRgb gives the very pixels of PIL', () => {
  test.each(pillowImages)('$what', async ({ base64, sha256: expected, width, height }) => {
    const image = await decodeRgb(encoded(Buffer.from(base64, 'base64')));
    expect({ width: image.width, height: image.height }).toEqual({ width, height });
    expect(sha256(image.pixels)).toBe(expected);
  });

  const samples = join(import.meta.dirname, '../../../../shared/images');
  test.skipIf(!existsSync(samples)).each([
    ['n01729322_hognose_snake.JPEG', '500x387 5e0d1782b9676412cc9851e4419ea428b2535ecd8f90a81e3cd8028a873c08b2'],
    ['n01729977_green_snake.JPEG', '500x375 0444949e64ff6776c8c24da9dbf3d9b33bf6218a2bc7605d1c1b92e615e701f2'],
    ['n01734418_king_snake.JPEG', '375x500 b546404b34b2a93763fbf6d50fd94907817d356536d37acaf910a9b40ae7ea39'],
    ['n03876231_paintbrush.JPEG', '500x409 8e4f5bc26ccf9ced2cc379c00432c9dbc8019deb91baa57ad2f1a31299eaf280'],
  ])('%s', async (file, expected) => {
    const image = await decodeRgb(await readSource({ path: join(samples, file) }));
    expect(`${String(image.width)}x${String(image.height)} ${sha256(image.pixels)}`).toBe(expected);
  });
});

describe('every bad image is decoded, or refused with its reason', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-test-'));
  const root = await makeBadImages(folder);
  afterAll(() => rm(folder, { recursive: true }));
  const decode = async (file: string): Promise<RgbImage> =>
    decodeRgb(await readSource({ path: join(root.folder, file) }));

  test.each(root.images.filter(({ size }) => size !== null))('$oddity: $file', async ({ file, size }) => {
    const { width, height, pixels } = await decode(file);
    expect({ width, height }).toEqual(size);
    expect(pixels).toHaveLength(width * height * 3);
  });

  test.each([
    ['truncated.jpg', '"truncated.jpg" is cut off: the file ends before the image does.'],
    ['truncated.png', '"truncated.png" is cut off: the file ends before the image does.'],
    ['empty.jpg', '"empty.jpg" is empty (0 bytes).'],
    ['text.jpg', '"text.jpg" is not an image in a known format (JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP or PNM).'],
  ])('%s', async (file, message) => {
    expect(root.images.find((image) => image.file === file)?.size).toBeNull();
    await expect(decode(file)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE', message });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i comes out upright', async (orientation) => {
    const source = await readSource({ path: join(root.folder, `exif-${String(orientation)}.jpg`) });
    const image = await decodeRgb(source);
    const { width, height } = uprightSize;
    expectNear(pixelAt(image, 4, 4), cornerColours[0], 2);
    expectNear(pixelAt(image, width - 5, 4), cornerColours[1], 2);
    expectNear(pixelAt(image, 4, height - 5), cornerColours[2], 2);
    expectNear(pixelAt(image, width - 5, height - 5), cornerColours[3], 2);
    expect(await thumbnail(source)).toMatchObject({ mime: 'image/png', width, height });
  });

  test('16 bits become 8 by their high byte, alpha is dropped, the first frame counts', async () => {
    const deep = await decode('deep.png');
    expect([0, 1, 100, 255].map((x) => pixelAt(deep, x, 2))).toEqual([0, 1, 100, 255].map((v) => [v, v, v]));
    expect(pixelAt(await decode('transparent.png'), 5, 5)).toEqual([200, 100, 50]);
    expect(pixelAt(await decode('grey.png'), 5, 5)).toEqual([90, 90, 90]);
    expect(pixelAt(await decode('animated.gif'), 5, 5)).toEqual([255, 0, 0]);
    expect(pixelAt(await decode('animated.webp'), 5, 5)).toEqual([255, 0, 0]);
    expectNear(pixelAt(await decode('cmyk.jpg'), 5, 5), [90, 90, 90], 16);
  });

  test('12,000 x 9,000 pixels become a thumbnail of 256 x 192, a view of 2,048 x 1,536 and one of 6,144 x 4,608', async () => {
    const data = await readSource({ path: join(root.folder, 'huge.jpg') });
    expect(await thumbnail(data)).toMatchObject({ mime: 'image/jpeg', width: 256, height: 192 });
    expect(await large(data)).toMatchObject({ mime: 'image/jpeg', width: 2048, height: 1536 });
    expect(await full(data)).toMatchObject({ mime: 'image/jpeg', width: 6144, height: 4608 });
  });
});

describe('formats and limits', () => {
  test('an ICC profile moves the colours for people, not for the model', async () => {
    const red = { create: { width: 200, height: 200, channels: 3, background: { r: 255, g: 0, b: 0 } } } as const;
    const data = encoded(await sharp(red).withIccProfile('p3').png().toBuffer());
    // sRGB red is (234, 51, 35) in Display P3.
    expectNear(pixelAt(await decodeRgb(data), 9, 9), [234, 51, 35], 1);
    expectNear(pixelAt(await decodeRgb(encoded((await thumbnail(data)).bytes)), 9, 9), [255, 0, 0], 3);
  });

  test.each([
    [
      'an SVG',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'holds an SVG image, which cannot be decoded here',
    ],
    [
      'an SVG behind a prologue',
      Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'is not an image in a known format',
    ],
    ['a HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'holds a HEIC image, which'],
    ['a JPEG XL', Buffer.from([0xff, 0x0a, 0xfa, 0x1f, 1, 0]), 'holds a JPEG XL image, which'],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'holds a PDF, which cannot be decoded here'],
  ])('%s is no photograph', async (_, bytes, reason) => {
    const message = expect.stringContaining(`"x.jpg" ${reason}`) as string;
    await expect(decodeRgb(encoded(bytes))).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE', message });
    await expect(thumbnail(encoded(bytes))).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE', message });
  });

  test('a header that claims more than 268 million pixels is refused', async () => {
    const bytes = Buffer.from(await encodePng(new Uint8Array(3), 1, 1));
    // IHDR: width and height at 16 and 20; its checksum follows.
    bytes.writeUInt32BE(20_000, 16);
    bytes.writeUInt32BE(20_000, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    await expect(decodeRgb(encoded(bytes, 'bomb.png'))).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      message: '"bomb.png" has more than 268 million pixels.',
    });
  });
});

describe('pictures for the window', () => {
  const grey = Uint8Array.from({ length: 784 }, (_, index) => index % 256);
  const raw: SourceData = { kind: 'raw', name: 'x#0', pixels: grey, width: 28, height: 28, channels: 1 };

  test('pixels of a container become RGB by repeating the grey value', async () => {
    const image = await decodeRgb(raw);
    expect([...image.pixels.subarray(0, 9)]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(image.pixels).toHaveLength(28 * 28 * 3);
    const rgb = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const colour: SourceData = { kind: 'raw', name: 'x#0', pixels: rgb, width: 2, height: 1, channels: 3 };
    expect(await decodeRgb(colour)).toEqual({ pixels: rgb, width: 2, height: 1 });
  });

  test('a tiny picture is sent as PNG with its very pixels', async () => {
    for (const make of [thumbnail, large]) {
      const picture = await make(raw);
      expect(picture).toMatchObject({ mime: 'image/png', width: 28, height: 28 });
      const { pixels } = await decodeRgb(encoded(picture.bytes));
      expect(Uint8Array.from(pixels)).toEqual((await decodeRgb(raw)).pixels);
    }
  });

  test('other pictures are JPEG within 256 or 2,048 pixels, never enlarged', async () => {
    const jpeg = encoded(await encodeJpeg(new Uint8Array(500 * 375 * 3).fill(120), 500, 375));
    expect(await thumbnail(jpeg)).toMatchObject({ mime: 'image/jpeg', width: 256, height: 192 });
    expect(await large(jpeg)).toMatchObject({ mime: 'image/jpeg', width: 500, height: 375 });
    const slim = encoded(await encodeJpeg(new Uint8Array(97 * 10 * 3), 97, 10));
    expect(await thumbnail(slim)).toMatchObject({ mime: 'image/jpeg', width: 97, height: 10 });
  });

  test('PNG keeps grey, RGB and RGBA exactly; other lengths are refused', async () => {
    for (const channels of [1, 3, 4]) {
      const pixels = Uint8Array.from({ length: 6 * channels }, (_, index) => 40 * index);
      const png = sharp(await encodePng(pixels, 3, 2));
      expect(await png.metadata()).toMatchObject({ width: 3, height: 2, channels });
      const data = await png
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw()
        .toBuffer();
      expect(Uint8Array.from(data)).toEqual(pixels);
    }
    await expect(encodePng(new Uint8Array(7), 3, 2)).rejects.toThrow(RangeError);
  });
});
