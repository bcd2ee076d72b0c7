/** Opens a project's model in the engine, and notices when its files are not the ones the project knows. */

import type { MappingRow, ModelSummary } from '../../shared/audit.js';
import { AppError, type ErrorData } from '../../shared/errors.js';
import type { Engine } from '../engine/engine.js';
import type { Project } from '../project/project.js';
import { proposeMapping } from './mapping.js';

/** The mapping to a new model: what a person chose stays where the class bears the same name, the rest is proposed anew. */
function carryMapping(
  labels: readonly string[],
  before: readonly MappingRow[],
  from: Pick<ModelSummary, 'classes'>,
  to: Pick<ModelSummary, 'classes' | 'synsets'>,
): readonly MappingRow[] {
  return proposeMapping(labels, to).map((row, at) => {
    const old = before[at];
    if (old?.by !== 'person' || old.labelName !== row.labelName) return row;
    const same = old.classIndex === null || from.classes[old.classIndex] === to.classes[old.classIndex];
    return same ? old : row;
  });
}

/**
 * Opens the model at `path` and makes it the project's. When its content is another than before, results of the earlier
 * content are kept aside and everything is pending again; what is to be said about that is returned.
 */
export async function openProjectModel(
  project: Project,
  engine: Engine,
  path: string = project.info.modelPath,
): Promise<ErrorData | null> {
  const summary = await engine.openModel({ path });
  const { model, modelPath, labels, mapping } = project.info;
  if (summary.hash === model.hash) {
    if (path !== modelPath) project.setModel(path, summary, mapping);
    return null;
  }
  project.setModel(path, summary, carryMapping(labels, mapping, model, summary));
  return new AppError(
    'MODEL_UNSUPPORTED',
    `The model ${summary.name} is not the one that this project was made with; its predictions are computed anew.`,
    'Results of the earlier model are kept and come back with it.',
  ).toData();
}
