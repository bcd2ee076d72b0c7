/** A saliency map as a picture: bilinear between the centres of patches, pixels as they are, no value transparent. */

import { colourEntry, colourMap, type ColourMapName, diverging } from '../../shared/colormap.js';
import { methodFacts } from '../../shared/methods.js';
import { encodePalettePng } from '../report/png.js';
import type { ValueRange } from '../../shared/map-range.js';
import type { SheetMap } from './sheet.js';

/** Entry 0 of the palette stands for no value; the rest is opaque, the sheet lays the whole map over the picture. */
const alpha = Uint8Array.from({ length: 256 }, (_, entry) => (entry === 0 ? 0 : 255));

/** The 256 colours of a method's maps, `[256 * 3]`. */
function coloursOf(method: SheetMap['method'], name: ColourMapName): Uint8Array {
  return methodFacts(method).signed ? diverging() : colourMap(name);
}

/** For each pixel of a line: the cell before, the cell after, and the share of the latter. */
interface Steps {
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly share: Float32Array;
}

function steps(cells: number, pixels: number): Steps {
  const before = new Int32Array(pixels);
  const after = new Int32Array(pixels);
  const share = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const place = Math.max(0, Math.min(cells - 1, ((pixel + 0.5) / pixels) * cells - 0.5));
    before[pixel] = Math.floor(place);
    after[pixel] = Math.min(cells - 1, Math.floor(place) + 1);
    share[pixel] = place - Math.floor(place);
  }
  return { before, after, share };
}

/** Weighted mean of the four neighbours that have a value; NaN where the nearest has none. */
function blend(corners: readonly [number, number, number, number], across: number, down: number): number {
  const nearest = corners[(down >= 0.5 ? 2 : 0) + (across >= 0.5 ? 1 : 0)] ?? NaN;
  if (Number.isNaN(nearest)) return NaN;
  let sum = 0;
  let weights = 0;
  for (const [corner, value] of corners.entries()) {
    const weight = ((corner & 1) === 1 ? across : 1 - across) * (corner >= 2 ? down : 1 - down);
    if (weight <= 0 || Number.isNaN(value)) continue;
    sum += weight * value;
    weights += weight;
  }
  return weights > 0 ? sum / weights : nearest;
}

/** Palette entries `[height * width]` of a map scaled to a size. */
function entriesOf(map: SheetMap, range: ValueRange, width: number, height: number): Uint8Array {
  const across = steps(map.width, width);
  const down = steps(map.height, height);
  const entries = new Uint8Array(width * height);
  const value = (row: number, column: number): number => map.values[row * map.width + column] ?? NaN;
  for (let y = 0; y < height; y += 1) {
    const top = down.before[y] ?? 0;
    const bottom = down.after[y] ?? 0;
    const low = down.share[y] ?? 0;
    for (let x = 0; x < width; x += 1) {
      const left = across.before[x] ?? 0;
      const right = across.after[x] ?? 0;
      const share = across.share[x] ?? 0;
      const upper = value(top, left) * (1 - share) + value(top, right) * share;
      const lower = value(bottom, left) * (1 - share) + value(bottom, right) * share;
      let mixed = upper * (1 - low) + lower * low;
      // Rare, so that only places beside one without a value pay for looking at each.
      if (Number.isNaN(mixed)) {
        mixed = blend([value(top, left), value(top, right), value(bottom, left), value(bottom, right)], share, low);
      }
      entries[y * width + x] = Number.isNaN(mixed) ? 0 : Math.max(1, colourEntry(mixed, range.low, range.high));
    }
  }
  return entries;
}

/**
 * A map as PNG. A map of patches is drawn at about `side` pixels along its longer edge, a map of pixels at its own size.
 * @returns the bytes; transparent where the map has no value
 */
export function mapImage(map: SheetMap, range: ValueRange, name: ColourMapName, side: number): Uint8Array {
  const patches = methodFacts(map.method).resolution === 'patch';
  const factor = patches ? Math.max(3, side / Math.max(map.width, map.height)) : 1;
  const width = Math.max(1, Math.round(map.width * factor));
  const height = Math.max(1, Math.round(map.height * factor));
  const entries = entriesOf(map, range, width, height);
  return encodePalettePng(width, height, entries, coloursOf(map.method, name), alpha);
}
