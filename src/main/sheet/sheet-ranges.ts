/** Which maps of a sheet share a colour range, and what it is. */

import { mapRange, type ValueRange } from '../../shared/map-range.js';
import type { RowId } from '../../shared/sheet-rows.js';
import type { Sheet, SheetMap } from './sheet.js';

/** The maps of a sheet in reading order. */
export function sheetMaps({ cells }: Pick<Sheet, 'cells'>): readonly SheetMap[] {
  return cells.flat().flatMap(({ map }) => (map === null ? [] : [map]));
}

/** The range of all maps that a row has on a sheet, be they of many classes or of many images. */
export function methodRanges(sheet: Pick<Sheet, 'cells'>): ReadonlyMap<RowId, ValueRange> {
  const groups = new Map<RowId, Set<Float32Array>>();
  for (const { method, values } of sheetMaps(sheet)) groups.set(method, (groups.get(method) ?? new Set()).add(values));
  return new Map([...groups].map(([method, maps]) => [method, mapRange(method, [...maps])]));
}

/** The range of every map of a sheet, by the map. */
export function sheetRanges({ cells, look }: Pick<Sheet, 'cells' | 'look'>): ReadonlyMap<SheetMap, ValueRange> {
  const shared = look.scale === 'method' ? methodRanges({ cells }) : null;
  return new Map(
    sheetMaps({ cells }).map((map) => [map, shared?.get(map.method) ?? mapRange(map.method, [map.values])]),
  );
}
