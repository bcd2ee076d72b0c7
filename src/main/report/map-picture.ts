/** Maps as pictures to lay over an image, smooth: kept ones in magma, contrasts in diverging colours. */

import type { SaliencyMap } from '../../shared/audit.js';
import { colourEntry, colourMap, diverging } from '../../shared/colormap.js';
import { enlargedMap } from '../../shared/enlarged-map.js';
import { commonRange, flatOnOne, type ValueRange, valueRange } from '../../shared/map-range.js';
import { encodePalettePng } from '../drawing/png.js';

/** Edge of the longer side in pixels. */
const mapPixels = 112;

/** The scale of each kept map: one for all where every map shows on it, as in the window, else its own. */
export function scalesOf(maps: readonly SaliencyMap[]): readonly ValueRange[] {
  const own = maps.map((map) => valueRange([map.kept], false));
  const common = commonRange(own);
  return common === null || flatOnOne(own) > 0 ? own : own.map(() => common);
}

/** How far a map hides the picture: entry 0 is for tokens without a value, fully transparent. */
interface Look {
  readonly colours: Uint8Array;
  readonly alpha: Uint8Array;
}

/** Low values let the image through, high ones glow. */
const kept: Look = {
  colours: colourMap('magma'),
  alpha: Uint8Array.from({ length: 256 }, (_, entry) =>
    entry === 0 ? 0 : Math.round(255 * (0.45 + 0.4 * (entry / 255))),
  ),
};

/** Values near zero let the image through. */
const signed: Look = {
  colours: diverging(),
  alpha: Uint8Array.from({ length: 256 }, (_, entry) =>
    entry === 0 ? 0 : Math.round(255 * (0.25 + 0.6 * Math.abs(entry / 127.5 - 1))),
  ),
};

export interface Grid {
  readonly gridWidth: number;
  readonly gridHeight: number;
}

function picture(map: Float32Array, { gridWidth, gridHeight }: Grid, scale: ValueRange, look: Look): Uint8Array {
  const factor = mapPixels / Math.max(gridWidth, gridHeight);
  const width = Math.max(1, Math.round(gridWidth * factor));
  const height = Math.max(1, Math.round(gridHeight * factor));
  const values = enlargedMap(map, gridWidth, gridHeight, width, height);
  const pixels = Uint8Array.from(values, (value) =>
    Number.isNaN(value) ? 0 : Math.max(1, colourEntry(value, scale.low, scale.high)),
  );
  return encodePalettePng(width, height, pixels, look.colours, look.alpha);
}

/** A PNG of a kept map `[N]`, scaled up bilinearly between the centres of the patches. */
export function mapPicture(map: Float32Array, grid: Grid, scale: ValueRange): Uint8Array {
  return picture(map, grid, scale, kept);
}

/** A PNG of a contrast map `[N]` on a scale about zero, likewise. */
export function contrastPicture(map: Float32Array, grid: Grid, scale: ValueRange): Uint8Array {
  return picture(map, grid, scale, signed);
}
