/** A PNG encoder for large opaque pictures: 8-bit RGB, lines as differences to the one above, with dots an inch. */

import { crc32, deflateSync } from 'node:zlib';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const inchesPerMetre = 1 / 0.0254;

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}

/** Lines after the filter 'Up' (2): white paper becomes zeros, smooth maps small numbers. */
function filtered(rgba: Uint8Array, width: number, height: number): Uint8Array {
  const stride = width * 3 + 1;
  const lines = new Uint8Array(height * stride);
  for (let row = 0; row < height; row += 1) {
    let to = row * stride;
    lines[to] = 2;
    to += 1;
    let from = row * width * 4;
    for (let column = 0; column < width; column += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        const above = row === 0 ? 0 : (rgba[from - width * 4] ?? 0);
        lines[to] = (rgba[from] ?? 0) - above;
        to += 1;
        from += 1;
      }
      from += 1;
    }
  }
  return lines;
}

/**
 * Encodes opaque pixels (PNG 1.2, colour type 2 with `pHYs`).
 * @param rgba `[height, width, 4]` row-major; the fourth channel is left out
 * @param density dots an inch
 */
export function encodeRgbPng(rgba: Uint8Array, width: number, height: number, density: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const physical = Buffer.alloc(9);
  const perMetre = Math.round(density * inchesPerMetre);
  physical.writeUInt32BE(perMetre, 0);
  physical.writeUInt32BE(perMetre, 4);
  physical[8] = 1; // metres
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('pHYs', physical),
    chunk('IDAT', deflateSync(filtered(rgba, width, height), { level: 6 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
