/** Decodes Windows and OS/2 bitmaps (BMP) as Pillow reads them: palettes, 16 to 32 bits, bit fields, run lengths. */

import { type BmpHeader, readBmpHeader } from './bmp-header.js';
import { runLengthIndices } from './bmp-run-lengths.js';
import type { RgbImage } from './rgb-image.js';
import { cutOff } from './decoded-here.js';

/** Whether the bytes begin as a bitmap. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/** Rows begin at multiples of four bytes. */
const strideOf = ({ width, bits }: BmpHeader): number => Math.ceil((width * bits) / 32) * 4;

/** Indices of 1, 2, 4 or 8 bits, the highest bits first, rows as they lie in the file: `[height, width]`. */
function packedIndices(data: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bits } = header;
  const stride = strideOf(header);
  const mask = (1 << bits) - 1;
  const indices = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const bit = column * bits;
      const byte = data[row * stride + (bit >> 3)] ?? 0;
      indices[row * width + column] = (byte >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return indices;
}

/** Where the pixels of a row go: the first row of most files is the lowest. */
const placeOf = ({ width, height, topDown }: BmpHeader, row: number): number =>
  3 * width * (topDown ? row : height - 1 - row);

function fromPalette(indices: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, palette } = header;
  const pixels = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    const to = placeOf(header, row);
    for (let column = 0; column < width; column++) {
      // Colours that the palette lacks are black: the array ends before them.
      const from = 3 * (indices[row * width + column] ?? 0);
      for (let channel = 0; channel < 3; channel++) pixels[to + 3 * column + channel] = palette[from + channel] ?? 0;
    }
  }
  return pixels;
}

/** Takes the bits of a mask out of a value and brings them to 8, rounding down as Pillow does. */
function channelReader(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => Math.floor((((value & mask) >>> shift) * 255) / most);
}

/** Blue, green and red in a byte each, as nearly all files without a palette have them. */
function fromBytes(data: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bits } = header;
  const stride = strideOf(header);
  const pixels = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    let to = placeOf(header, row);
    let from = row * stride;
    for (let column = 0; column < width; column++, from += bits / 8) {
      for (let channel = 2; channel >= 0; channel--) pixels[to++] = data[from + channel] ?? 0;
    }
  }
  return pixels;
}

function fromValues(data: Buffer, header: BmpHeader): Uint8Array {
  const { width, height, bits, masks } = header;
  const stride = strideOf(header);
  const bytes = bits / 8;
  const channels = masks.map(channelReader);
  const pixels = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    let to = placeOf(header, row);
    for (let column = 0; column < width; column++) {
      const value = data.readUIntLE(row * stride + column * bytes, bytes);
      for (const channel of channels) pixels[to++] = channel(value);
    }
  }
  return pixels;
}

/** The picture of a file. @throws BadPicture when it is cut off, damaged, too large, or packed in a way that is not read. */
export function decodeBmp(bytes: Uint8Array): RgbImage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readBmpHeader(file);
  const { width, height, bits, runLengths, start } = header;
  const data = file.subarray(start);
  if (runLengths) return { width, height, pixels: fromPalette(runLengthIndices(data, header), header) };
  if (data.length < strideOf(header) * (height - 1) + Math.ceil((width * bits) / 8)) throw cutOff();
  if (bits <= 8) return { width, height, pixels: fromPalette(packedIndices(data, header), header) };
  return { width, height, pixels: header.bytewise ? fromBytes(data, header) : fromValues(data, header) };
}
