/** Maps of every explanation method as they are compared: some classes of one image by one method under one set of parameters. */

import {
  type MethodCost,
  type MethodId,
  type MethodParameters,
  methodFacts,
  parameterText,
} from '../../shared/methods.js';
import { everyClass, type MapStore } from './map-store.js';

export interface MethodRecord {
  readonly method: MethodId;
  readonly parameters: MethodParameters;
  readonly width: number;
  readonly height: number;
  readonly maps: readonly { readonly classIndex: number; readonly values: Float32Array }[];
  readonly milliseconds: number;
  readonly cost: MethodCost;
}

const keptClass = (method: MethodId, classIndex: number): number =>
  methodFacts(method).classIndependent ? everyClass : classIndex;

export class MethodMaps {
  readonly #store: MapStore;

  constructor(store: MapStore) {
    this.#store = store;
  }

  /** Keeps the maps of content `sha256`, in place of earlier ones of the same classes under the same parameters. */
  save(sha256: string, { method, parameters, maps, ...facts }: MethodRecord): void {
    this.#store.save(
      { sha256, method, parameters: parameterText(parameters) },
      maps.map(({ classIndex, values }) => ({
        ...facts,
        classIndex: keptClass(method, classIndex),
        values,
        masks: null,
      })),
    );
  }

  /** The kept maps of those of `classes` that there are. */
  load(
    sha256: string,
    method: MethodId,
    parameters: MethodParameters,
    classes: readonly number[],
  ): readonly MethodRecord[] {
    const computation = { sha256, method, parameters: parameterText(parameters) };
    return classes.flatMap((classIndex) => {
      const found = this.#store.find(computation, keptClass(method, classIndex));
      if (found === null) return [];
      const { width, height, values, milliseconds, cost } = found;
      return [{ method, parameters, width, height, maps: [{ classIndex, values }], milliseconds, cost }];
    });
  }
}
