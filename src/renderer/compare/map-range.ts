/** The colour ranges of a sheet's maps: about zero when signed, and within percentiles where few pixels dwarf the rest. */

import type { MethodFacts, MethodId, MethodMap } from '../../shared/methods.js';
import { rangeOf, type ValueRange } from '../inspector/saliency-image.js';

/** Shares of the absolute values below which the clipped range begins and ends. */
const percentiles = { low: 0.01, high: 0.99 } as const;

/** Whether the range of a method's maps leaves out its extreme pixels: gradients at single pixels have a few huge values. */
export function isClipped(facts: MethodFacts): boolean {
  return facts.family === 'gradient' && facts.resolution === 'pixel';
}

/** One range over maps of a method; NaN does not count. */
export function sheetRange(facts: MethodFacts, maps: readonly Float32Array[]): ValueRange {
  const whole = rangeOf(maps, facts.signed ? 'signed' : 'kept');
  if (!isClipped(facts)) return whole;
  const sizes = sortedSizes(maps);
  const high = at(sizes, percentiles.high);
  if (!(high > 0)) return whole;
  return facts.signed ? { low: -high, high } : { low: Math.min(at(sizes, percentiles.low), high / 2), high };
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

/** Ranges that stay the same object as long as the maps do, so that nothing is computed or painted twice. */
export class RangeMemo {
  readonly #shared = new Map<MethodId, { readonly maps: readonly MethodMap[]; readonly range: ValueRange }>();
  readonly #own = new WeakMap<MethodMap, ValueRange>();

  /** The range that the maps of a method share. */
  shared(facts: MethodFacts, maps: readonly MethodMap[]): ValueRange {
    const known = this.#shared.get(facts.id);
    if (known?.maps.length === maps.length && known.maps.every((map, place) => map === maps[place])) return known.range;
    const range = sheetRange(
      facts,
      maps.map((map) => map.values),
    );
    this.#shared.set(facts.id, { maps, range });
    return range;
  }

  /** The range of one map. */
  own(facts: MethodFacts, map: MethodMap): ValueRange {
    const known = this.#own.get(map);
    if (known !== undefined) return known;
    const range = sheetRange(facts, [map.values]);
    this.#own.set(map, range);
    return range;
  }
}
