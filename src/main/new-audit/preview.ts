/** The ten images of a new audit that a person sees before the run starts. */

import { classIndex, type ClassProbability } from '../../shared/audit.js';
import type { PreviewedImage } from '../../shared/calls/new-audit.js';
import type { DatasetImage } from '../dataset/dataset.js';
import type { PredictOutcome } from '../engine/engine.js';
import { topClasses } from '../../shared/statistics/top-classes.js';

const classesShown = 5;

function topOf(probabilities: Float32Array): readonly ClassProbability[] {
  return Array.from(topClasses(probabilities, classesShown), (index) => ({
    classIndex: classIndex(index),
    probability: probabilities[index] ?? 0,
  }));
}

/** One image as the window shows it; without an outcome when there is no model yet. */
export function previewItem(
  { file, label }: DatasetImage,
  index: number,
  outcome: PredictOutcome | undefined,
): PreviewedImage {
  const ok = outcome?.ok === true ? outcome : null;
  return {
    index,
    file,
    label,
    top: ok === null ? [] : topOf(ok.probabilities),
    modelView: ok?.facts.modelView ?? null,
    error: outcome?.ok === false ? outcome.error.message : null,
  };
}
