/** The colour ranges of a sheet's maps, as the window has them: about zero when signed, clipped where few pixels dwarf the rest. */

import { methodFacts, type MethodId } from '../../shared/methods.js';
import type { SheetLook } from '../../shared/sheet.js';
import type { Sheet, SheetMap } from './sheet.js';

/** The values at the two ends of a colour table. */
export interface MapRange {
  readonly low: number;
  readonly high: number;
}

/** Shares of the absolute values below which the clipped range begins and ends. */
const percentiles = { low: 0.01, high: 0.99 } as const;

/** Whether the range of a method's maps leaves out its extreme pixels: gradients at single pixels have a few huge values. */
export function isClipped(id: MethodId): boolean {
  const { family, resolution } = methodFacts(id);
  return family === 'gradient' && resolution === 'pixel';
}

function at(sorted: Float32Array, share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)] ?? 0;
}

/** Lowest and highest value; symmetric about zero when signed. */
function fullRange(maps: readonly Float32Array[], signed: boolean): MapRange {
  let low = Infinity;
  let high = -Infinity;
  for (const values of maps) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low > high) return { low: 0, high: 1 };
  if (!signed) return { low, high };
  const most = Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE);
  return { low: -most, high: most };
}

function joinedSizes(maps: readonly Float32Array[]): Float32Array {
  const sizes = new Float32Array(maps.reduce((total, values) => total + values.length, 0));
  let count = 0;
  for (const values of maps) {
    for (const value of values) {
      if (Number.isNaN(value)) continue;
      sizes[count] = Math.abs(value);
      count += 1;
    }
  }
  return sizes.subarray(0, count).sort();
}

/** One range over maps of a method, each `[height * width]`; NaN does not count. */
export function mapRange(id: MethodId, maps: readonly Float32Array[]): MapRange {
  const { signed } = methodFacts(id);
  if (!isClipped(id)) return fullRange(maps, signed);
  const sizes = joinedSizes(maps);
  const high = at(sizes, percentiles.high);
  if (!(high > 0)) return fullRange(maps, signed);
  return signed ? { low: -high, high } : { low: Math.min(at(sizes, percentiles.low), high / 2), high };
}

/** The range of every map of a sheet, by the map. */
export function sheetRanges({ cells, look }: Pick<Sheet, 'cells' | 'look'>): ReadonlyMap<SheetMap, MapRange> {
  const maps = cells.flat().flatMap(({ map }) => (map === null ? [] : [map]));
  const groups = new Map<string, SheetMap[]>();
  for (const [place, map] of maps.entries()) {
    const key = groupOf(map, place, look);
    groups.set(key, [...(groups.get(key) ?? []), map]);
  }
  const ranges = new Map<SheetMap, MapRange>();
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const distinct = [...new Set(group.map((map) => map.values))];
    const range = mapRange(first.method, distinct);
    for (const map of group) ranges.set(map, range);
  }
  return ranges;
}

function groupOf(map: SheetMap, place: number, look: SheetLook): string {
  return look.scale === 'own' ? String(place) : `${map.method} ${map.scale}`;
}
