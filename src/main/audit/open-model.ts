/** Opens a project's model in the engine, and notices when its files are not the ones the project knows. */

import { isDeepStrictEqual } from 'node:util';
import type { MappingRow } from '../../shared/audit.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError, type ErrorData } from '../../shared/errors.js';
import type { OpenProject } from '../data/open-project.js';
import type { Engine, ModelLocation } from '../engine/engine.js';
import { lacksAnatomy } from '../project/model-schema.js';
import { modelLocation } from '../project/project-info.js';
import { type ModelClasses, proposeMapping } from '../mapping/mapping.js';

/** As project.json gives it back. */
function stored(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The mapping when the same outputs are called otherwise: a person's choices stay, the rest is proposed anew. */
function renameMapping(
  labels: readonly string[],
  before: readonly MappingRow[],
  to: ModelClasses,
): readonly MappingRow[] {
  return proposeMapping(labels, to).map((row, at) => {
    const old = before[at];
    return old?.by === 'person' && old.labelName === row.labelName ? old : row;
  });
}

/** The mapping to a new model: what a person chose stays where the class bears the same name, the rest is proposed anew. */
function carryMapping(
  labels: readonly string[],
  before: readonly MappingRow[],
  from: Pick<ModelSummary, 'classes'>,
  to: ModelClasses,
): readonly MappingRow[] {
  return proposeMapping(labels, to).map((row, at) => {
    const old = before[at];
    if (old?.by !== 'person' || old.labelName !== row.labelName) return row;
    const same = old.classIndex === null || from.classes[old.classIndex] === to.classes[old.classIndex];
    return same ? old : row;
  });
}

/**
 * Opens a model and makes it the project's. When its results are others than before, those are kept aside and everything
 * is pending again; what is to be said about that is returned. Where only its class names changed (or an early project
 * lacks its anatomy, or knows the model by a former hash), the summary is brought up to date and results stay.
 */
export async function openProjectModel(
  project: OpenProject,
  engine: Engine,
  location: ModelLocation = modelLocation(project.info),
): Promise<ErrorData | null> {
  const summary = await engine.openModel({ model: location });
  const access = await project.access();
  // Read and changed in one go: what is asked in between comes after.
  const { model, labels, mapping } = project.info;
  const known = modelLocation(project.info);
  const same = summary.hash === model.hash || summary.formerHashes?.includes(model.hash) === true;
  if (same) {
    const renamed = summary.classes.join('\n') !== model.classes.join('\n');
    const kept = renamed ? renameMapping(labels, mapping, summary) : mapping;
    const asKnown = isDeepStrictEqual(stored([summary, location]), stored([model, known]));
    if (!asKnown || lacksAnatomy(model)) await project.setModel(location, summary, kept);
    return null;
  }
  if (access === 'read-only') {
    throw new AppError(
      'READ_ONLY',
      `The model ${summary.name} is not the one that this project was made with, and the project may not be written to.`,
      'Save a copy of the project ("Save a copy" in the project menu): it is predicted with this model. What is kept can be looked at.',
    );
  }
  await project.setModel(location, summary, carryMapping(labels, mapping, model, summary));
  const prepared = !isDeepStrictEqual(summary.preprocessing, model.preprocessing) && location.path === known.path;
  return new AppError(
    'MODEL_UNSUPPORTED',
    prepared
      ? `The preprocessing of ${summary.name} is not the one that this project was made with; its predictions are computed anew.`
      : `The model ${summary.name} is not the one that this project was made with; its predictions are computed anew.`,
    'Results of the earlier model are kept and come back with it.',
  ).toData();
}
