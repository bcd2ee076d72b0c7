/** The parts of a sheet of maps: what is shown of a method, places, picked maps, and the order of methods. */

import type { ClassIndex, Prediction } from '../../shared/audit.js';
import type { AppError } from '../../shared/errors.js';
import type { MethodCost, MethodId, MethodOffer } from '../../shared/methods.js';
import { offerOf, type RowFacts, type RowId, rowIds, type RowMap } from '../../shared/sheet-rows.js';
import type { MapProgress } from './map-queue.svelte.js';

/** The methods a person begins with. */
export const usualMethods: readonly MethodId[] = ['tis', 'vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout'];

/** A method's part of the sheet, or that of the contrast. */
export interface SheetMethod {
  readonly id: RowId;
  readonly facts: RowFacts;
  readonly phase: 'ready' | 'running' | 'waiting' | 'stopped' | 'failed';
  /** One a class, in the order of the sheet; of a method with one map for all classes only the first. */
  readonly maps: readonly (RowMap | null)[];
  readonly progress: MapProgress | null;
  readonly error: AppError | null;
  /** What the maps that are there took together; null without any. */
  readonly took: { readonly milliseconds: number; readonly cost: MethodCost; readonly cached: boolean } | null;
}

/** A place in the sheet, whichever way it lies. */
export interface SheetPlace {
  readonly method: RowId;
  /** Place of the class. */
  readonly column: number;
}

/** A map that was picked. */
export interface PickedMap {
  readonly method: RowFacts;
  readonly classIndex: ClassIndex;
  readonly map: RowMap;
}

/** Predictions that become columns beside the label. */
const usualPredictions = 3;

/** The columns of a sheet: the label's class and the best predictions, without those taken away, then those added. */
export function classesOf(
  prediction: Prediction | null,
  added: readonly ClassIndex[],
  removed: readonly ClassIndex[],
): readonly ClassIndex[] {
  if (prediction === null) return [];
  const label = prediction.labelClass === null ? [] : [prediction.labelClass];
  const best = prediction.top.slice(0, usualPredictions).map((entry) => entry.classIndex);
  const usual = [...label, ...best].filter((classIndex) => !removed.includes(classIndex));
  return [...new Set([...usual, ...added])];
}

/** Why methods cannot explain the model; the contrast for the reason of TIS. */
export function refusalsOf(offers: readonly MethodOffer[]): ReadonlyMap<RowId, string> {
  return new Map(
    rowIds.flatMap((id) => {
      const refusal = offerOf(id, offers)?.refusal ?? null;
      return refusal === null ? [] : [[id, refusal] as const];
    }),
  );
}

export function samePlace(one: SheetPlace, other: SheetPlace): boolean {
  return one.method === other.method && one.column === other.column;
}

/** Takes a method away, or adds it: at its usual place among methods in their usual order, else at the end. */
export function toggled(methods: readonly RowId[], id: RowId): RowId[] {
  if (methods.includes(id)) return methods.filter((other) => other !== id);
  const usual = rowIds.filter((other) => methods.includes(other));
  const inOrder = usual.every((other, at) => other === methods[at]);
  return inOrder ? rowIds.filter((other) => other === id || methods.includes(other)) : [...methods, id];
}

/** Maps of one run tell the same time and passes: each run counts once. */
export function tookOf(maps: readonly (RowMap | null)[]): SheetMethod['took'] {
  const there = maps.filter((map) => map !== null);
  if (there.length === 0) return null;
  const runs = [...new Map(there.map((map) => [map.milliseconds, map] as const)).values()];
  return {
    milliseconds: runs.reduce((sum, run) => sum + run.milliseconds, 0),
    cost: {
      forward: runs.reduce((sum, run) => sum + run.cost.forward, 0),
      backward: runs.reduce((sum, run) => sum + run.cost.backward, 0),
    },
    cached: there.every((map) => map.cached),
  };
}
