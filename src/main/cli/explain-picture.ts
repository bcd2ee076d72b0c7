/** Draws an explanation as one picture: what the model sees, then one panel a class with its map laid over. */

import { colourEntry, colourMap } from '../../shared/colormap.js';
import type { SaliencyMap } from '../../shared/audit.js';

/** RGB bytes, `[height, width, 3]` row-major. */
export interface Rgb {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Panels are at least this wide, so that maps of tiny inputs can be seen. */
const leastSide = 224;
const gap = 4;
const opacity = 0.6;

/** Lowest and highest value over all maps: the panels share one scale. */
function range(maps: readonly SaliencyMap[]): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { kept } of maps) {
    for (const value of kept) {
      if (Number.isNaN(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/**
 * One row of panels, `seen` first and then each map in magma over it, all on one colour scale; tokens that no mask covers
 * show the image alone.
 */
export function drawPanels(seen: Rgb, maps: readonly SaliencyMap[], gridWidth: number, gridHeight: number): Rgb {
  const factor = Math.max(1, Math.ceil(leastSide / seen.width));
  const width = seen.width * factor;
  const height = seen.height * factor;
  const total = (maps.length + 1) * (width + gap) - gap;
  const pixels = new Uint8Array(total * height * 3).fill(255);
  const [low, high] = range(maps);
  const colours = colourMap('magma');
  for (let panel = 0; panel <= maps.length; panel++) {
    const kept = panel === 0 ? null : maps[panel - 1]?.kept;
    for (let y = 0; y < height; y++) {
      const row = Math.floor((y * gridHeight) / height) * gridWidth;
      for (let x = 0; x < width; x++) {
        const from = (Math.floor(y / factor) * seen.width + Math.floor(x / factor)) * 3;
        const to = (y * total + panel * (width + gap) + x) * 3;
        const value = kept?.[row + Math.floor((x * gridWidth) / width)] ?? NaN;
        const share = Number.isNaN(value) ? 0 : opacity;
        const colour = Number.isNaN(value) ? 0 : colourEntry(value, low, high) * 3;
        for (let channel = 0; channel < 3; channel++) {
          const under = seen.pixels[from + channel] ?? 0;
          const over = colours[colour + channel] ?? 0;
          pixels[to + channel] = Math.round(under * (1 - share) + over * share);
        }
      }
    }
  }
  return { pixels, width: total, height };
}
