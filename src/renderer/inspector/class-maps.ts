/** Which classes of an image have panels, and their maps, values and ranges by class. */

import type { ClassIndex, ImageId, ImageRow, SaliencyMap } from '../../shared/audit.js';
import { type ValueRange, valueRange } from '../../shared/map-range.js';
import type { MapKindFacts, ShownMap } from '../state/map-kinds.js';

/** Maps on one grid: an explanation, or maps that still settle. */
export interface HeldMaps {
  readonly imageId: ImageId;
  readonly gridWidth: number;
  readonly gridHeight: number;
  readonly maps: readonly SaliencyMap[];
}

export type ByClass<T> = ReadonlyMap<ClassIndex, T>;

/** The label's class and the predicted ones, `usual` of them, then those that were added; each once. */
export function panelClasses(
  prediction: ImageRow['prediction'],
  usual: number,
  added: readonly ClassIndex[],
): readonly ClassIndex[] {
  const label = prediction?.labelClass ?? null;
  const ranked = prediction?.top.map((entry) => entry.classIndex) ?? [];
  const known = [...new Set([...(label === null ? [] : [label]), ...ranked])];
  return [...new Set([...known.slice(0, usual), ...added])];
}

/** The latest map of each class: those that settle, overruled by those of the explanation. */
export function mapsByClass(held: readonly HeldMaps[]): ByClass<SaliencyMap> {
  return new Map(held.flatMap(({ maps }) => maps.map((map) => [map.classIndex, map] as const)));
}

/** What the map of a class is in contrast to: `against`, and of that class itself the first of the others. */
export function contrastedWith(
  classIndex: ClassIndex,
  classes: readonly ClassIndex[],
  against: ClassIndex | null,
): ClassIndex | null {
  return classIndex === against ? (classes.find((other) => other !== classIndex) ?? null) : against;
}

/** The maps of the classes as a kind shows them; without those that it has nothing to show of. */
export function shownByClass(
  classes: readonly ClassIndex[],
  maps: ByClass<SaliencyMap>,
  kind: MapKindFacts,
  against: ClassIndex | null,
): ByClass<ShownMap> {
  return new Map(
    classes.flatMap((classIndex) => {
      const map = maps.get(classIndex);
      const rival = contrastedWith(classIndex, classes, against);
      const shown = map && kind.show(map, rival === null ? null : (maps.get(rival) ?? null));
      return shown ? [[classIndex, shown] as const] : [];
    }),
  );
}

export function rangesByClass(shown: ByClass<ShownMap>, { signed }: MapKindFacts): ByClass<ValueRange> {
  return new Map([...shown].map(([classIndex, { values }]) => [classIndex, valueRange([values], signed)] as const));
}

/** Something of each class. */
export function forClasses<T>(classes: readonly ClassIndex[], of: (classIndex: ClassIndex) => T): ByClass<T> {
  return new Map(classes.map((classIndex) => [classIndex, of(classIndex)] as const));
}
