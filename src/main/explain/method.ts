/** What an explanation method is to the engine: a definition in the table, sessions made for one model, and a run over items. */

import type { MethodCost, MethodId, MethodParameters } from '../../shared/methods.js';
import type { Vit } from '../model/vit.js';
import type { CreateSession } from '../onnx/runner.js';

/** One map to make: a class of a preprocessed image. Items of one image carry the same array, so that work is shared. */
export interface Item {
  /** Normalised input `[channels * H * W]`. */
  readonly pixels: Float32Array;
  readonly classIndex: number;
}

/** Hears of progress between two runs of a graph and lets other work in; false stops the run. */
export type OnStep = (done: number, total: number) => Promise<boolean>;

export interface MethodRun {
  readonly items: readonly Item[];
  readonly parameters: MethodParameters;
  readonly onStep: OnStep;
}

/** Maps of all items, each `width * height` values row-major. */
export interface Maps {
  readonly width: number;
  readonly height: number;
  /** One an item, in order. */
  readonly maps: readonly Float32Array[];
  readonly cost: MethodCost;
}

/** A method ready to explain with one model. */
export interface PreparedMethod {
  /** Resolves to null when {@link MethodRun.onStep} stopped it. */
  run(run: MethodRun): Promise<Maps | null>;
  release(): Promise<void>;
}

/** A method as the table has it. */
export interface Method {
  readonly id: MethodId;
  /** How many times the model's weights the sessions of the method take in memory, as measured on ViT-Tiny. */
  readonly copies: number;
  /** Why a model cannot be explained by it, in one sentence for people; null when it can. */
  refusal(vit: Vit): string | null;
  /** Builds the graphs; the model is one that is not refused. */
  prepare(vit: Vit, createSession: CreateSession): Promise<PreparedMethod>;
}

/** Items that share an image, with their places in the list, in order of first appearance. */
export function itemsByImage(
  items: readonly Item[],
): readonly { readonly pixels: Float32Array; readonly places: readonly number[] }[] {
  const groups = new Map<Float32Array, number[]>();
  for (const [place, { pixels }] of items.entries()) {
    const group = groups.get(pixels);
    if (group) group.push(place);
    else groups.set(pixels, [place]);
  }
  return Array.from(groups, ([pixels, places]) => ({ pixels, places }));
}
