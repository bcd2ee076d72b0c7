/** Writes PNG files: their chunks, and pictures of 256 colours with alpha, 8 bits a pixel. */

import { crc32, deflateSync } from 'node:zlib';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Length, type, data and checksum of one chunk. */
export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}

/** The header chunk: 8 bits a channel, not interlaced; colour type 2 is RGB, 3 a palette. */
export function pngHeader(width: number, height: number, colourType: 2 | 3): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType, 0, 0, 0], 8);
  return pngChunk('IHDR', header);
}

/** A whole file: header, further chunks, the compressed lines (each with its filter first), the end. */
export function pngFile(header: Uint8Array, further: readonly Uint8Array[], lines: Uint8Array): Uint8Array {
  const image = pngChunk('IDAT', deflateSync(lines, { level: 6 }));
  return Buffer.concat([signature, header, ...further, image, pngChunk('IEND', new Uint8Array(0))]);
}

/**
 * Encodes a palette picture (PNG 1.2, colour type 3): `pixels` `[height * width]` of palette entries, `palette`
 * `[256 * 3]` RGB, `alpha` `[256]`.
 */
export function encodePalettePng(
  width: number,
  height: number,
  pixels: Uint8Array,
  palette: Uint8Array,
  alpha: Uint8Array,
): Uint8Array {
  // Every line begins with its filter; 0 is none, the best for palette entries.
  const lines = new Uint8Array(height * (width + 1));
  for (let row = 0; row < height; row += 1) {
    lines.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const further = [pngChunk('PLTE', palette), pngChunk('tRNS', alpha)];
  return pngFile(pngHeader(width, height, 3), further, lines);
}
