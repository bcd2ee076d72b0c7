/** Whether maps share a colour scale or have one each, where the person leaves that to the maps at hand. */

import type { ImageId } from '../../shared/audit.js';
import type { ValueRange } from '../../shared/map-range.js';
import { LruMap } from './lru.js';
import type { MapKind } from './map-kinds.js';

export type MapScale = 'one' | 'own';

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

/** Pictures whose scale is remembered. */
const capacity = 1024;

/**
 * The scale that shows most, decided once a picture and kind of map, when its maps have settled: until then the last
 * one stands, and classes added afterwards do not change it.
 */
export class ScaleMemo {
  readonly #decided = new LruMap<string, MapScale>(capacity);
  #last: MapScale = 'one';

  /** @param settled whether these ranges are those of the final maps, not of none or of settling ones. */
  scale(id: ImageId, kind: MapKind, ranges: readonly ValueRange[], settled: boolean): MapScale {
    const key = `${String(id)} ${kind}`;
    const known = this.#decided.use(key);
    if (known === undefined && !settled) return this.#last;
    const scale = known ?? (flatOnOne(ranges) === 0 ? 'one' : 'own');
    if (known === undefined) this.#decided.set(key, scale);
    this.#last = scale;
    return scale;
  }

  /** Maps are computed anew: with other parameters, or of other pictures. */
  clear(): void {
    this.#decided.clear();
  }
}
