/** Pillow's resampling filters as matrices: one row a pixel of the result, one column a pixel of the image. */

import type { Preprocessing } from '../../shared/model.js';

interface Filter {
  readonly support: number;
  readonly weight: (x: number) => number;
}

function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** PIL's filters; nearest is not a filter and handled apart. */
const filters: Readonly<Record<Exclude<Preprocessing['interpolation'], 'nearest'>, Filter>> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/**
 * The weights of a one-dimensional resize from `from` to `to` samples, restricted to the outputs
 * `offset .. offset + count`: `[count, from]` row-major, as PIL's ImagingResample computes them (for `nearest` the sample
 * at `floor((i + 0.5) * from / to)`). Outputs outside 0..to have zero rows: what a crop larger than the image adds.
 */
export function resizeMatrix(
  from: number,
  to: number,
  offset: number,
  count: number,
  interpolation: Preprocessing['interpolation'],
): Float32Array {
  const matrix = new Float32Array(count * from);
  const scale = from / to;
  for (let row = 0; row < count; row += 1) {
    const output = offset + row;
    if (output < 0 || output >= to) continue;
    const center = (output + 0.5) * scale;
    if (interpolation === 'nearest' || from === to) {
      matrix[row * from + Math.min(from - 1, Math.floor(center))] = 1;
      continue;
    }
    const { support, weight } = filters[interpolation];
    const stretch = Math.max(1, scale);
    const first = Math.max(0, Math.trunc(center - support * stretch + 0.5));
    const end = Math.min(from, Math.trunc(center + support * stretch + 0.5));
    const weights = Array.from({ length: end - first }, (_, index) => weight((index + first - center + 0.5) / stretch));
    const sum = weights.reduce((total, value) => total + value, 0);
    weights.forEach((value, index) => (matrix[row * from + first + index] = sum === 0 ? 0 : value / sum));
  }
  return matrix;
}
