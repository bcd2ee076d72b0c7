/** Compares two saliency maps of any unit and size: difference, rank correlation, correlation and overlap of the highest values. */

import { overlap, pearson, spearman, topPlaces } from './correlation.js';

/** A map of values, `[height * width]` row-major; NaN where it says nothing. */
export interface GridMap {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

export interface MapPair {
  /** The grid both maps were brought to: in each direction the coarser one. */
  readonly width: number;
  readonly height: number;
  /** The maps on that grid, each scaled to 0..1, where 0 is 0.5 of signed ones; 0 throughout where a map is constant. */
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** `a - b`, in -1..1; NaN where one of them says nothing. */
  readonly difference: Float32Array;
  /** Rank correlation; null when a map is constant or fewer than two places have both values. */
  readonly spearman: number | null;
  /** Correlation of the values; null for the same reasons. */
  readonly pearson: number | null;
  /** Intersection over union of the highest 20 % of each map; null for the same reasons. */
  readonly topOverlap: number | null;
}

/**
 * Compares two maps of the same view of an image. Places where one of them is NaN are left out of all figures.
 * @param signed both are for and against something: they are scaled about zero, so that no difference comes of where zero lies
 */
export function compareMaps(one: GridMap, other: GridMap, signed = false): MapPair {
  const width = Math.min(one.width, other.width);
  const height = Math.min(one.height, other.height);
  const scaled = signed ? zeroScaled : minMaxScaled;
  const [a, b] = [scaled(resample(one, width, height)), scaled(resample(other, width, height))];
  const difference = a.map((value, at) => value - (b[at] ?? Number.NaN));
  const both = (values: Float32Array): Float32Array =>
    values.map((value, at) => (Number.isNaN(difference[at]) ? Number.NaN : value));
  const linear = pearson(a, b);
  return {
    width,
    height,
    a,
    b,
    difference,
    spearman: spearman(a, b),
    pearson: linear,
    topOverlap: linear === null ? null : overlap(topPlaces(both(a)), topPlaces(both(b))),
  };
}

/**
 * A map on a coarser grid by area means: each new cell is the mean of the old cells it covers, weighted by the covered
 * area. NaN cells are left out; a new cell that covers nothing else is NaN.
 */
export function resample(map: GridMap, width: number, height: number): Float32Array {
  if (map.width === width && map.height === height) return map.values;
  const across = shares(map.width, width);
  const down = shares(map.height, height);
  const values = new Float32Array(width * height).fill(Number.NaN);
  for (const [y, rows] of down.entries()) {
    for (const [x, columns] of across.entries()) {
      let sum = 0;
      let area = 0;
      for (const row of rows) {
        for (const column of columns) {
          const value = map.values[row.at * map.width + column.at] ?? Number.NaN;
          if (Number.isNaN(value)) continue;
          sum += value * row.weight * column.weight;
          area += row.weight * column.weight;
        }
      }
      if (area > 0) values[y * width + x] = sum / area;
    }
  }
  return values;
}

interface Share {
  readonly at: number;
  readonly weight: number;
}

/** For each of `to` cells along a side: which of `from` cells it covers, and how much of each. */
function shares(from: number, to: number): readonly (readonly Share[])[] {
  const ratio = from / to;
  return Array.from({ length: to }, (_, cell) => {
    const [start, end] = [cell * ratio, (cell + 1) * ratio];
    const first = Math.floor(start);
    const count = Math.min(from, Math.ceil(end - 1e-9)) - first;
    return Array.from({ length: count }, (_unused, step) => {
      const at = first + step;
      return { at, weight: Math.min(end, at + 1) - Math.max(start, at) };
    });
  });
}

/** Values scaled to 0..1; NaN stays, a constant map becomes 0. */
function minMaxScaled(values: Float32Array): Float32Array {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const span = high - low;
  return values.map((value) => (Number.isNaN(value) ? value : span > 0 ? (value - low) / span : 0));
}

/** Values over twice the largest size, so that 0 is 0.5; NaN stays, a map of nothing but 0 becomes 0 as every constant map. */
function zeroScaled(values: Float32Array): Float32Array {
  const most = values.reduce((size, value) => Math.max(size, Number.isNaN(value) ? 0 : Math.abs(value)), 0);
  return values.map((value) => (Number.isNaN(value) ? value : most > 0 ? 0.5 + value / (2 * most) : 0));
}
