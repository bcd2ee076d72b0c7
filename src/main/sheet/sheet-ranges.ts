/** Which maps of a sheet share a colour range, and what it is. */

import { mapRange, type ValueRange } from '../../shared/map-range.js';
import type { SheetLook } from '../../shared/sheet.js';
import type { Sheet, SheetMap } from './sheet.js';

/** The range of every map of a sheet, by the map. */
export function sheetRanges({ cells, look }: Pick<Sheet, 'cells' | 'look'>): ReadonlyMap<SheetMap, ValueRange> {
  const maps = cells.flat().flatMap(({ map }) => (map === null ? [] : [map]));
  const groups = new Map<string, SheetMap[]>();
  for (const [place, map] of maps.entries()) {
    const key = groupOf(map, place, look);
    groups.set(key, [...(groups.get(key) ?? []), map]);
  }
  const ranges = new Map<SheetMap, ValueRange>();
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
