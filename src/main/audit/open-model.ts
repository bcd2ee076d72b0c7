/** Opens a project's model in the engine, and notices when its files are not the ones the project knows. */

import { isDeepStrictEqual } from 'node:util';
import type { MappingRow } from '../../shared/audit.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError, type ErrorData } from '../../shared/errors.js';
import type { OpenProject } from '../data/open-project.js';
import { inSlices } from '../data/slices.js';
import type { Engine, ModelLocation } from '../engine/engine.js';
import { lacksAnatomy } from '../project/model-schema.js';
import { modelLocation } from '../project/project-info.js';
import { type ModelClasses, proposingMapping } from '../mapping/mapping.js';

/** As project.json gives it back. */
function stored(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const isRenamed = (before: ModelSummary, now: ModelSummary): boolean =>
  now.classes.join('\n') !== before.classes.join('\n');

/** The mapping when the same outputs are called otherwise: a person's choices stay, the rest is as proposed. */
function renameMapping(proposed: readonly MappingRow[], before: readonly MappingRow[]): readonly MappingRow[] {
  return proposed.map((row, at) => {
    const old = before[at];
    return old?.by === 'person' && old.labelName === row.labelName ? old : row;
  });
}

/** The mapping to a new model: what a person chose stays where the class bears the same name, the rest is as proposed. */
function carryMapping(
  proposed: readonly MappingRow[],
  before: readonly MappingRow[],
  from: Pick<ModelSummary, 'classes'>,
  to: Pick<ModelSummary, 'classes'>,
): readonly MappingRow[] {
  return proposed.map((row, at) => {
    const old = before[at];
    if (old?.by !== 'person' || old.labelName !== row.labelName) return row;
    const same = old.classIndex === null || from.classes[old.classIndex] === to.classes[old.classIndex];
    return same ? old : row;
  });
}

/** What is proposed for the labels of a project, which may become more meanwhile. */
async function proposedFor(project: OpenProject, model: ModelClasses): Promise<readonly MappingRow[]> {
  for (;;) {
    const { labels } = project.info;
    const proposed = await inSlices(proposingMapping(labels, model), {});
    if (labels.length === project.info.labels.length) return proposed;
  }
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
  const isOther = summary.hash !== project.info.model.hash || isRenamed(project.info.model, summary);
  const proposed = isOther ? await proposedFor(project, summary) : [];
  // Read and changed in one go: what is asked in between comes after.
  const { model, mapping } = project.info;
  const known = modelLocation(project.info);
  const same = summary.hash === model.hash || summary.formerHashes?.includes(model.hash) === true;
  if (same) {
    const kept = isRenamed(model, summary) ? renameMapping(proposed, mapping) : mapping;
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
  await project.setModel(location, summary, carryMapping(proposed, mapping, model, summary));
  const prepared = !isDeepStrictEqual(summary.preprocessing, model.preprocessing) && location.path === known.path;
  return new AppError(
    'MODEL_UNSUPPORTED',
    prepared
      ? `The preprocessing of ${summary.name} is not the one that this project was made with; its predictions are computed anew.`
      : `The model ${summary.name} is not the one that this project was made with; its predictions are computed anew.`,
    'Results of the earlier model are kept and come back with it.',
  ).toData();
}
