/** Colour ranges of the sheet in the window, each worked out once. */

import { mapRange, type ValueRange } from '../../shared/map-range.js';
import type { RowFacts, RowId, RowMap } from '../../shared/sheet-rows.js';

/** Ranges that stay the same object as long as the maps do, so that nothing is computed or painted twice. */
export class RangeMemo {
  readonly #shared = new Map<RowId, { readonly maps: readonly RowMap[]; readonly range: ValueRange }>();
  readonly #own = new WeakMap<RowMap, ValueRange>();

  /** The range that the maps of a row share. */
  shared(facts: RowFacts, maps: readonly RowMap[]): ValueRange {
    const known = this.#shared.get(facts.id);
    if (known?.maps.length === maps.length && known.maps.every((map, place) => map === maps[place])) return known.range;
    const range = mapRange(
      facts.id,
      maps.map((map) => map.values),
    );
    this.#shared.set(facts.id, { maps, range });
    return range;
  }

  /** The range of one map. */
  own(facts: RowFacts, map: RowMap): ValueRange {
    const known = this.#own.get(map);
    if (known !== undefined) return known;
    const range = mapRange(facts.id, [map.values]);
    this.#own.set(map, range);
    return range;
  }
}
