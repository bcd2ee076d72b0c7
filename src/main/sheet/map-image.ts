/** A saliency map as a picture: bilinear between the centres of patches, pixels as they are, no value transparent. */

import { colourEntry, colourMap, type ColourMapName, diverging } from '../../shared/colormap.js';
import { enlargedMap } from '../../shared/enlarged-map.js';
import { rowFacts } from '../../shared/sheet-rows.js';
import { encodePalettePng } from '../drawing/png.js';
import type { ValueRange } from '../../shared/map-range.js';
import type { SheetMap } from './sheet.js';

/** Entry 0 of the palette stands for no value; the rest is opaque, the sheet lays the whole map over the picture. */
const alpha = Uint8Array.from({ length: 256 }, (_, entry) => (entry === 0 ? 0 : 255));

/** The 256 colours of a row's maps, `[256 * 3]`. */
function coloursOf(method: SheetMap['method'], name: ColourMapName): Uint8Array {
  return rowFacts(method).signed ? diverging() : colourMap(name);
}

/** Palette entries `[height * width]` of a map scaled to a size. */
function entriesOf(map: SheetMap, range: ValueRange, width: number, height: number): Uint8Array {
  const values = enlargedMap(map.values, map.width, map.height, width, height);
  return Uint8Array.from(values, (value) =>
    Number.isNaN(value) ? 0 : Math.max(1, colourEntry(value, range.low, range.high)),
  );
}

/**
 * A map as PNG. A map of patches is drawn at about `side` pixels along its longer edge, a map of pixels at its own size.
 * @returns the bytes; transparent where the map has no value
 */
export function mapImage(map: SheetMap, range: ValueRange, name: ColourMapName, side: number): Uint8Array {
  const patches = rowFacts(map.method).resolution === 'patch';
  const factor = patches ? Math.max(3, side / Math.max(map.width, map.height)) : 1;
  const width = Math.max(1, Math.round(map.width * factor));
  const height = Math.max(1, Math.round(map.height * factor));
  const entries = entriesOf(map, range, width, height);
  return encodePalettePng(width, height, entries, coloursOf(map.method, name), alpha);
}
