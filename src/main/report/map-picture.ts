/** Saliency maps as pictures to lay over an image: magma, smooth, one colour scale for all maps of an image. */

import type { SaliencyMap } from '../../shared/audit.js';
import { colourEntry, colourMap } from '../../shared/colormap.js';
import { encodePalettePng } from './png.js';

/** Edge of the longer side in pixels. */
const mapPixels = 112;

/** The lowest and highest value of all given maps; tokens that no mask keeps (NaN) do not count. */
export interface ColourScale {
  readonly low: number;
  readonly high: number;
}

/** The scale that several maps of one image share. */
export function sharedScale(maps: readonly SaliencyMap[]): ColourScale {
  let low = Infinity;
  let high = -Infinity;
  for (const map of maps) {
    for (const value of map.kept) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? { low, high } : { low: 0, high: 0 };
}

/** Entry 0 is for tokens without a value: fully transparent. Low values let the image through, high ones glow. */
const alpha = Uint8Array.from({ length: 256 }, (_, entry) =>
  entry === 0 ? 0 : Math.round(255 * (0.45 + 0.4 * (entry / 255))),
);

/** Bilinear value at fractional grid coordinates, clamped at the border; NaN where a neighbour that counts has no value. */
function sample(values: Float32Array, width: number, height: number, x: number, y: number): number {
  const column = Math.max(0, Math.min(width - 1, x));
  const row = Math.max(0, Math.min(height - 1, y));
  const left = Math.floor(column);
  const top = Math.floor(row);
  const right = Math.min(width - 1, left + 1);
  const bottom = Math.min(height - 1, top + 1);
  const across = column - left;
  const down = row - top;
  const at = (cellRow: number, cellColumn: number, weight: number): number =>
    weight === 0 ? 0 : weight * (values[cellRow * width + cellColumn] ?? NaN);
  return (
    at(top, left, (1 - across) * (1 - down)) +
    at(top, right, across * (1 - down)) +
    at(bottom, left, (1 - across) * down) +
    at(bottom, right, across * down)
  );
}

/** A PNG of `kept` on a `gridWidth` x `gridHeight` grid, scaled up bilinearly between the centres of the patches. */
export function mapPicture(map: SaliencyMap, gridWidth: number, gridHeight: number, scale: ColourScale): Uint8Array {
  const factor = mapPixels / Math.max(gridWidth, gridHeight);
  const width = Math.max(1, Math.round(gridWidth * factor));
  const height = Math.max(1, Math.round(gridHeight * factor));
  const pixels = new Uint8Array(width * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const x = ((column + 0.5) / width) * gridWidth - 0.5;
      const y = ((row + 0.5) / height) * gridHeight - 0.5;
      const value = sample(map.kept, gridWidth, gridHeight, x, y);
      pixels[row * width + column] = Number.isNaN(value) ? 0 : Math.max(1, colourEntry(value, scale.low, scale.high));
    }
  }
  return encodePalettePng(width, height, pixels, colourMap('magma'), alpha);
}
