/** Pillow's 8-bit resize written down from its documentation, pixel by pixel in integers: slow, and independent of the product. */

export interface Grid {
  readonly width: number;
  readonly height: number;
  /** `[height, width, channels]` row-major. */
  readonly pixels: Uint8Array;
  readonly channels: number;
}

export type Filter = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';

/** Bits of the fixed-point coefficients. */
const precision = 22;

function kernel(filter: Exclude<Filter, 'nearest'>): { readonly support: number; readonly at: (x: number) => number } {
  if (filter === 'bilinear') return { support: 1, at: (x) => (Math.abs(x) < 1 ? 1 - Math.abs(x) : 0) };
  if (filter === 'bicubic') {
    return {
      support: 2,
      at: (x) => {
        const d = Math.abs(x);
        if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
        return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
      },
    };
  }
  const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
  return { support: 3, at: (x) => (x > -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) };
}

interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** For each sample of the result: the first sample of the source and the whole-number weights from there on. */
function tapsOf(from: number, to: number, filter: Exclude<Filter, 'nearest'>): readonly Taps[] {
  const { support, at } = kernel(filter);
  const scale = Math.max(1, from / to);
  return Array.from({ length: to }, (_, out) => {
    const center = ((out + 0.5) * from) / to;
    const first = Math.max(0, Math.floor(center - support * scale + 0.5));
    const last = Math.min(from, Math.floor(center + support * scale + 0.5));
    const raw = Array.from({ length: last - first }, (_unused, k) => at((first + k - center + 0.5) / scale));
    const sum = raw.reduce((total, value) => total + value, 0);
    const weights = raw.map((value) => {
      const fixed = (value / sum) * 2 ** precision;
      return fixed < 0 ? Math.ceil(fixed - 0.5) : Math.floor(fixed + 0.5);
    });
    return { first, weights };
  });
}

function clip8(sum: number): number {
  return Math.min(255, Math.max(0, Math.floor((sum + 2 ** (precision - 1)) / 2 ** precision)));
}

function resizeRows({ width, height, channels, pixels }: Grid, to: number, filter: Exclude<Filter, 'nearest'>): Grid {
  if (to === width) return { width, height, channels, pixels };
  const taps = tapsOf(width, to, filter);
  const out = new Uint8Array(to * height * channels);
  for (let y = 0; y < height; y++) {
    for (const [x, { first, weights }] of taps.entries()) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const [k, weight] of weights.entries())
          sum += weight * (pixels[(y * width + first + k) * channels + c] ?? 0);
        out[(y * to + x) * channels + c] = clip8(sum);
      }
    }
  }
  return { width: to, height, channels, pixels: out };
}

function transposed({ width, height, channels, pixels }: Grid): Grid {
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++)
        out[(x * height + y) * channels + c] = pixels[(y * width + x) * channels + c] ?? 0;
    }
  }
  return { width: height, height: width, channels, pixels: out };
}

function nearest(grid: Grid, width: number, height: number): Grid {
  const { channels, pixels } = grid;
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from =
        Math.floor(((y + 0.5) * grid.height) / height) * grid.width + Math.floor(((x + 0.5) * grid.width) / width);
      for (let c = 0; c < channels; c++) out[(y * width + x) * channels + c] = pixels[from * channels + c] ?? 0;
    }
  }
  return { width, height, channels, pixels: out };
}

/** `Image.resize((width, height), filter)`: the horizontal pass first, 8 bits between the two. */
export function pillowResize(grid: Grid, width: number, height: number, filter: Filter): Grid {
  if (filter === 'nearest') return nearest(grid, width, height);
  return transposed(resizeRows(transposed(resizeRows(grid, width, filter)), height, filter));
}

/** `Image.convert('L')` of an RGB image. */
export function pillowLuma({ width, height, pixels }: Grid): Grid {
  const out = new Uint8Array(width * height);
  for (let at = 0; at < out.length; at++) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(3 * at, 3 * at + 3);
    out[at] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, pixels: out };
}

/** The part of an image from `left` and `top` on, with a border of `fill` where it goes beyond. */
export function cropOrPad(
  grid: Grid,
  box: { left: number; top: number; width: number; height: number },
  fill: readonly number[],
): Grid {
  const { channels } = grid;
  const out = new Uint8Array(box.width * box.height * channels);
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      const [fromX, fromY] = [x + box.left, y + box.top];
      const inside = fromX >= 0 && fromX < grid.width && fromY >= 0 && fromY < grid.height;
      for (let c = 0; c < channels; c++) {
        const value = inside ? grid.pixels[(fromY * grid.width + fromX) * channels + c] : fill[c];
        out[(y * box.width + x) * channels + c] = value ?? 0;
      }
    }
  }
  return { width: box.width, height: box.height, channels, pixels: out };
}
