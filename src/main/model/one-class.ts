/** Refuses models that do not choose one class of several: regressions, single answers, several labels for one picture. */

import { type AppError } from '../../shared/errors.js';
import { unsupported } from './not-vit.js';
import { isObject, metadataEntry, type ModelPlace, readSideJson } from './side-files.js';

/** The refusal of a model that gives several labels to one picture, because of `reason`. */
export function severalLabels(file: string, reason: string): AppError {
  return unsupported(
    file,
    `${reason}, so it gives several labels to one picture`,
    'Hognose audits models that choose one class; export one with a softmax or plain logits.',
  );
}

/** The refusal of a model with one output. */
export function oneOutput(file: string): AppError {
  return unsupported(
    file,
    'it has one output, so it chooses no class (a regression, or a yes or no by a threshold)',
    'Hognose audits models that choose one of several classes; train yours with an output for each class, two for yes and no (num_labels=2), and choose that.',
  );
}

/** What the files say that the outputs are for, and where they say it. */
async function statedProblem(
  place: ModelPlace,
): Promise<readonly { source: string; problem: unknown; applied: unknown }[]> {
  const inside = metadataEntry(place, 'problem_type');
  const config = await readSideJson(place, 'config.json');
  const beside = isObject(config?.content) ? config.content : {};
  return [
    { source: inside?.source ?? '', problem: inside?.content, applied: undefined },
    { source: config?.source ?? '', problem: beside.problem_type, applied: beside.function_to_apply },
  ];
}

/**
 * Refuses a model with `classes` outputs whose files say that they are no classes to choose from.
 * @throws AppError `MODEL_UNSUPPORTED` with the way out.
 */
export async function refuseUndecided(place: ModelPlace, classes: number, file: string): Promise<void> {
  if (classes < 2) throw oneOutput(file);
  for (const { source, problem, applied } of await statedProblem(place)) {
    if (problem === 'multi_label_classification') {
      throw severalLabels(file, `${source} states a multi_label_classification`);
    }
    if (applied === 'sigmoid') throw severalLabels(file, `${source} applies a sigmoid to each output`);
    if (problem === 'regression') {
      throw unsupported(
        file,
        `${source} states a regression, so its outputs are numbers and it chooses no class`,
        'Hognose audits models that choose one of several classes; train yours with problem_type "single_label_classification", and choose that.',
      );
    }
  }
}
