/** The colour ranges of saliency maps, in the window and on sheets: about zero when signed, clipped where few pixels dwarf the rest. */

import { type RowId, rowFacts } from './sheet-rows.js';

/** The values at the two ends of a colour table. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** `auto`: one scale where every map shows on it, else a scale each; `one` and `own`: what the person chose. */
export const mapScales = ['auto', 'one', 'own'] as const;

/** One range over all values, NaN left out; symmetric about zero when signed. */
export function valueRange(maps: readonly Float32Array[], signed: boolean): ValueRange {
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

/** A map whose range is a smaller share of the common one is nearly of one colour on it. */
const fairShare = 0.25;

/** The range that spans all of these; null for none. */
export function commonRange(ranges: readonly ValueRange[]): ValueRange | null {
  if (ranges.length === 0) return null;
  return { low: Math.min(...ranges.map(({ low }) => low)), high: Math.max(...ranges.map(({ high }) => high)) };
}

/** How many of the maps would be nearly of one colour on a common scale. */
export function flatOnOne(ranges: readonly ValueRange[]): number {
  const common = commonRange(ranges);
  if (common === null) return 0;
  const fair = fairShare * (common.high - common.low);
  return ranges.filter(({ low, high }) => high - low < fair).length;
}

/** Shares of the absolute values below which the clipped range begins and ends. */
const percentiles = { low: 0.01, high: 0.99 } as const;

/** Whether the range of a row's maps leaves out its extreme pixels: gradients at single pixels have a few huge values. */
export function isClipped(id: RowId): boolean {
  const { family, resolution } = rowFacts(id);
  return family === 'gradient' && resolution === 'pixel';
}

/** One range over maps of a row, each `[height * width]`; NaN does not count. */
export function mapRange(id: RowId, maps: readonly Float32Array[]): ValueRange {
  const { signed } = rowFacts(id);
  const whole = valueRange(maps, signed);
  if (!isClipped(id)) return whole;
  const sizes = sortedSizes(maps);
  const high = at(sizes, percentiles.high);
  if (!(high > 0)) return whole;
  return signed ? { low: -high, high } : { low: Math.min(at(sizes, percentiles.low), high / 2), high };
}

/** The absolute values of all maps, lowest first, without NaN. */
function sortedSizes(maps: readonly Float32Array[]): Float32Array {
  const sizes = new Float32Array(maps.reduce((sum, values) => sum + values.length, 0));
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

function at(sorted: Float32Array, share: number): number {
  return sorted[Math.round((sorted.length - 1) * share)] ?? 0;
}
