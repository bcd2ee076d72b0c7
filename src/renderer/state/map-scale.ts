/** Whether maps share a colour scale or have one each, where the person leaves that to the maps at hand. */

import type { ClassIndex, ImageId } from '../../shared/audit.js';
import { flatOnOne, type ValueRange } from '../../shared/map-range.js';
import { LruMap } from './lru.js';
import type { MapKind } from './map-kinds.js';

export type MapScale = 'one' | 'own';

/** What a scale is decided for. */
export interface ScaleSubject {
  readonly id: ImageId;
  readonly kind: MapKind;
  /** The class that contrasts are to; null for maps of one class alone. */
  readonly against: ClassIndex | null;
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
  scale({ id, kind, against }: ScaleSubject, ranges: readonly ValueRange[], settled: boolean): MapScale {
    const key = `${String(id)} ${kind} ${String(against)}`;
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
