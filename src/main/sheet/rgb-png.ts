/** A PNG encoder for large opaque pictures: 8-bit RGB, lines as differences to the one above, with dots an inch. */

import { pngChunk, pngFile, pngHeader } from '../drawing/png.js';

const inchesPerMetre = 1 / 0.0254;

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
  const physical = Buffer.alloc(9);
  const perMetre = Math.round(density * inchesPerMetre);
  physical.writeUInt32BE(perMetre, 0);
  physical.writeUInt32BE(perMetre, 4);
  physical[8] = 1; // metres
  return pngFile(pngHeader(width, height, 2), [pngChunk('pHYs', physical)], filtered(rgba, width, height));
}
