/** What is known around a model's weights: preprocessing and class names, from a person's choice, the files, or assumptions. */

import type { ModelChoice, PixelRange, Preprocessing } from '../../shared/model.js';
import { resolveClassNames } from './class-names.js';
import { resolvePreprocessing, statedInputSize as statedSize } from './preprocessing.js';
import type { InputSize } from './preprocessing-presets.js';
import type { ModelPlace } from './side-files.js';
import { classCount, type Vit } from './vit.js';

/** What the weights themselves do not say. */
export interface Surroundings {
  /** Ends in the model's input size. */
  readonly preprocessing: Preprocessing;
  readonly classes: readonly string[];
  /** Synset ids by class; empty when nothing names them. */
  readonly synsets: readonly string[];
  /** What was assumed or corrected, in plain words. */
  readonly assumptions: readonly string[];
}

/**
 * Preprocessing and class names of an opened model, whose graph takes pixels of the given range.
 * @throws AppError `MODEL_UNREADABLE`, `MODEL_UNSUPPORTED` naming file and field; `BAD_USAGE`, `LABELS_INVALID` for a choice.
 */
export async function surroundings(
  place: ModelPlace,
  vit: Vit,
  choice: ModelChoice | undefined,
  range: PixelRange = 'normalised',
): Promise<Surroundings> {
  const input = { width: vit.inputWidth, height: vit.inputHeight };
  const resolved = await resolvePreprocessing(place, input, choice?.preprocessing ?? null, range);
  const named = await resolveClassNames(place, classCount(vit), choice?.classNames ?? null);
  return {
    preprocessing: resolved.preprocessing,
    classes: named.classes,
    synsets: named.synsets,
    assumptions: [...resolved.assumptions, ...named.assumptions],
  };
}

/**
 * The input size that a graph which leaves it open should get; undefined when nothing states one.
 * @throws AppError `MODEL_UNREADABLE`, `MODEL_UNSUPPORTED` for what files state wrongly.
 */
export function statedInputSize(place: ModelPlace, choice: ModelChoice | undefined): Promise<InputSize | undefined> {
  return statedSize(place, choice?.preprocessing ?? null);
}
