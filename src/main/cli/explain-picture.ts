/** Draws an explanation as one picture: what the model sees, then one panel a class with its map laid over. */

import { colourEntry, colourMap, diverging } from '../../shared/colormap.js';
import { beyondError } from '../../shared/evidence.js';
import { type ValueRange, valueRange } from '../../shared/map-range.js';
import type { ExplainedImage } from './explain-output.js';

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

/** A map to lay over the picture, in the colours of a table between two values. */
export interface Layer {
  /** `[N]`; NaN is transparent. */
  readonly values: Float32Array;
  readonly range: ValueRange;
  readonly colours: Uint8Array;
}

/** The kept maps in magma on one scale, then the contrasts, without what lies within their error, in diverging colours on one of their own. */
export function layersOf({ maps, contrasts }: Pick<ExplainedImage, 'maps' | 'contrasts'>): readonly Layer[] {
  const kept = maps.map((map) => map.kept);
  const contrasting = contrasts.map(({ map }) => beyondError(map));
  const [range, signed] = [valueRange(kept, false), valueRange(contrasting, true)];
  return [
    ...kept.map((values) => ({ values, range, colours: colourMap('magma') })),
    ...contrasting.map((values) => ({ values, range: signed, colours: diverging() })),
  ];
}

/** One row of panels, `seen` first and then each map over it; tokens that no mask covers show the image alone. */
export function drawPanels(seen: Rgb, layers: readonly Layer[], gridWidth: number, gridHeight: number): Rgb {
  const factor = Math.max(1, Math.ceil(leastSide / seen.width));
  const width = seen.width * factor;
  const height = seen.height * factor;
  const total = (layers.length + 1) * (width + gap) - gap;
  const pixels = new Uint8Array(total * height * 3).fill(255);
  for (let panel = 0; panel <= layers.length; panel++) {
    const layer = layers[panel - 1];
    for (let y = 0; y < height; y++) {
      const row = Math.floor((y * gridHeight) / height) * gridWidth;
      for (let x = 0; x < width; x++) {
        const from = (Math.floor(y / factor) * seen.width + Math.floor(x / factor)) * 3;
        const to = (y * total + panel * (width + gap) + x) * 3;
        const value = layer?.values[row + Math.floor((x * gridWidth) / width)] ?? NaN;
        const share = Number.isNaN(value) ? 0 : opacity;
        const colour =
          layer === undefined || share === 0 ? 0 : colourEntry(value, layer.range.low, layer.range.high) * 3;
        for (let channel = 0; channel < 3; channel++) {
          const under = seen.pixels[from + channel] ?? 0;
          const over = layer?.colours[colour + channel] ?? 0;
          pixels[to + channel] = Math.round(under * (1 - share) + over * share);
        }
      }
    }
  }
  return { pixels, width: total, height };
}
