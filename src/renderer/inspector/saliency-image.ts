/** Saliency maps as pixels and outlines: values on the patch grid to colours on a shared scale, without touching the DOM. */

import { enlargedMap } from '../../shared/enlarged-map.js';
import type { ValueRange } from '../../shared/map-range.js';

/** RGBA pixels, row-major. */
export interface PaintedMap {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * Colours a map. `factor` pixels a patch edge: 1 paints patches, more interpolates bilinearly between their centres.
 * Patches without a value are transparent.
 * @param values `[gridHeight * gridWidth]` row-major.
 * @param table 256 RGB colours, low to high.
 */
export function paintMap(
  values: Float32Array,
  gridWidth: number,
  gridHeight: number,
  range: ValueRange,
  table: Uint8Array,
  factor: number,
): PaintedMap {
  const width = gridWidth * factor;
  const height = gridHeight * factor;
  const pixels = new Uint8ClampedArray(width * height * 4);
  const scale = range.high > range.low ? 255 / (range.high - range.low) : 0;
  const enlarged = enlargedMap(values, gridWidth, gridHeight, width, height);
  for (const [place, value] of enlarged.entries()) {
    if (Number.isNaN(value)) continue;
    const entry = Math.max(0, Math.min(255, Math.round((value - range.low) * scale))) * 3;
    const pixel = place * 4;
    pixels[pixel] = table[entry] ?? 0;
    pixels[pixel + 1] = table[entry + 1] ?? 0;
    pixels[pixel + 2] = table[entry + 2] ?? 0;
    pixels[pixel + 3] = 255;
  }
  return { width, height, pixels };
}

/** Which patches hold the highest `share` of the values: 1 inside, 0 outside. */
export function topPatches(values: Float32Array, share: number): Uint8Array {
  const order = Array.from(values.keys())
    .filter((token) => !Number.isNaN(values[token]))
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  const inside = new Uint8Array(values.length);
  for (const token of order.slice(0, Math.round(order.length * share))) inside[token] = 1;
  return inside;
}

/** The border around patches as SVG path data, in units of patches. */
export function outlinePath(inside: Uint8Array, gridWidth: number, gridHeight: number): string {
  const isIn = (x: number, y: number): boolean =>
    x >= 0 && x < gridWidth && y >= 0 && y < gridHeight && inside[y * gridWidth + x] === 1;
  const parts: string[] = [];
  for (let y = 0; y <= gridHeight; y += 1) {
    for (let x = 0; x <= gridWidth; x += 1) {
      if (isIn(x, y) !== isIn(x, y - 1)) parts.push(`M${String(x)} ${String(y)}h1`);
      if (isIn(x, y) !== isIn(x - 1, y)) parts.push(`M${String(x)} ${String(y)}v1`);
    }
  }
  return parts.join('');
}
