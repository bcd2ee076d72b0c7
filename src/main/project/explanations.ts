/** Explanations by TIS as the inspector shows them: the maps of several classes from the same masks, out of the store of maps. */

import { classIndex, type SaliencyMap, type TisParameters } from '../../shared/audit.js';
import { tisParameterNames } from '../../shared/tis-parameters.js';
import type { ImageFacts } from '../engine/engine.js';
import type { Computation, MapStore } from './map-store.js';

/** The maps of one image as they are kept. */
export interface ExplanationRecord {
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** Any order and number of classes; every map has `gridWidth * gridHeight` values. */
  readonly maps: readonly SaliencyMap[];
  /** The key of the record: the settings as asked for, even where the model allows fewer masks. */
  readonly parameters: TisParameters;
  /** Rows of the data matrix that started the clusters, `[masks]`. */
  readonly initIndices: Int32Array;
  /** Masks that were scored. */
  readonly scored: number;
  readonly milliseconds: number;
  /** What reading the image told; needed only when the image has no prediction yet. */
  readonly facts: ImageFacts | null;
}

/** Parameters as the text that keys what is kept; of published ones the same as of the method. */
export function parameterKey(parameters: TisParameters): string {
  // What is as published is not named, as before it could be otherwise.
  return tisParameterNames
    .filter((name) => parameters[name] !== undefined)
    .map((name) => `${name}=${String(parameters[name])}`)
    .join(';');
}

/** Whether maps made with the one are those of the other. */
export function sameParameters(a: TisParameters, b: TisParameters): boolean {
  return parameterKey(a) === parameterKey(b);
}

const computed = (parameters: TisParameters): Omit<Computation, 'sha256'> => ({
  method: 'tis',
  parameters: parameterKey(parameters),
});

/** Reads and writes the explanations of one model. */
export class Explanations {
  readonly #store: MapStore;

  constructor(store: MapStore) {
    this.#store = store;
  }

  /** Keeps the maps of content `sha256`, in place of earlier ones of the same classes under the same parameters. */
  save(sha256: string, record: ExplanationRecord): void {
    const { maps, parameters, gridWidth, gridHeight, milliseconds, initIndices, scored } = record;
    this.#store.save(
      { sha256, ...computed(parameters) },
      maps.map(({ classIndex: index, kept, ...measures }) => ({
        classIndex: index,
        width: gridWidth,
        height: gridHeight,
        values: kept,
        milliseconds,
        cost: { forward: scored + 1, backward: 0 },
        masks: { ...measures, initIndices, scored },
      })),
    );
  }

  /** The kept maps of content `sha256`, or null. */
  load(sha256: string, parameters: TisParameters): ExplanationRecord | null {
    const maps = this.#store.measured({ sha256, ...computed(parameters) });
    const [first] = maps;
    if (first === undefined) return null;
    const { width, height, milliseconds, masks } = first;
    return {
      gridWidth: width,
      gridHeight: height,
      maps: maps.map(({ classIndex: index, values, masks: { initIndices: _, scored: __, ...measures } }) => ({
        classIndex: classIndex(index),
        kept: values,
        ...measures,
      })),
      parameters,
      initIndices: masks.initIndices,
      scored: masks.scored,
      milliseconds,
      facts: null,
    };
  }

  /** Contents whose maps under these parameters are kept, hexadecimal; those kept before there was evidence are to be made again. */
  explainedContents(parameters: TisParameters): ReadonlySet<string> {
    return this.#store.evident(computed(parameters));
  }

  /** Whether maps of this content under these parameters are kept, likewise. */
  isExplained(sha256: string, parameters: TisParameters): boolean {
    return this.#store.isEvident({ sha256, ...computed(parameters) });
  }
}
