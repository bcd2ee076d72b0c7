/** Saliency maps as pictures to lay over an image: magma, smooth, one colour scale for all maps of an image. */

import type { SaliencyMap } from '../../shared/audit.js';
import { colourEntry, colourMap } from '../../shared/colormap.js';
import { enlargedMap } from '../../shared/enlarged-map.js';
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

/** A PNG of `kept` on a `gridWidth` x `gridHeight` grid, scaled up bilinearly between the centres of the patches. */
export function mapPicture(map: SaliencyMap, gridWidth: number, gridHeight: number, scale: ColourScale): Uint8Array {
  const factor = mapPixels / Math.max(gridWidth, gridHeight);
  const width = Math.max(1, Math.round(gridWidth * factor));
  const height = Math.max(1, Math.round(gridHeight * factor));
  const values = enlargedMap(map.kept, gridWidth, gridHeight, width, height);
  const pixels = Uint8Array.from(values, (value) =>
    Number.isNaN(value) ? 0 : Math.max(1, colourEntry(value, scale.low, scale.high)),
  );
  return encodePalettePng(width, height, pixels, colourMap('magma'), alpha);
}
