/** The facts of a project (`project.json`): what is audited, with which model, mapping and settings. */

import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import * as v from 'valibot';
import {
  type ClassIndex,
  type LabelIndex,
  type MappingRow,
  tisEstimates,
  type TisParameters,
} from '../../shared/audit.js';
import type { ModelChoice, ModelSummary } from '../../shared/model.js';
import { AppError, toAppError } from '../../shared/errors.js';
import { preprocessingChoiceSchema } from '../../shared/preprocessing-choice.js';
import { precisions } from '../../shared/precision.js';
import { datasetFormats } from '../dataset/dataset-formats.js';
import type { ModelLocation } from '../engine/engine.js';
import { writeFileAtomicallySync } from '../files/atomic-file.js';
import { modelSchema } from './model-schema.js';

/** Everything that was chosen when the project was made; mapping, TIS settings and model may change later. */
export interface ProjectInfo {
  readonly name: string;
  /** Absolute path that the person pointed at. */
  readonly datasetPath: string;
  /** Id of the dataset's format. */
  readonly format: string;
  /** Absolute path of a label table that lies elsewhere. */
  readonly labelsFile: string | null;
  readonly labels: readonly string[];
  /** Absolute path of the model's file or folder. */
  readonly modelPath: string;
  /** What the person wants of the model beyond what its files say; null for nothing. */
  readonly modelChoice: ModelChoice | null;
  readonly model: ModelSummary;
  readonly mapping: readonly MappingRow[];
  readonly tis: TisParameters;
}

/**
 * What results are made under. A task keeps the terms it was made with to its end, whatever the project's become meanwhile, and
 * everything it computes is kept under them.
 */
export type Terms = Pick<ProjectInfo, 'modelPath' | 'modelChoice' | 'model' | 'mapping' | 'tis'>;

/** Which results of an image are meant: of which model, and maps of which settings. Small, as terms with their classes are not. */
export interface ResultTerms {
  readonly model: Pick<ModelSummary, 'hash' | 'formerHashes'>;
  readonly tis: TisParameters;
}

/** What is made under these terms. */
export function resultsOf({ model: { hash, formerHashes }, tis }: Terms): ResultTerms {
  return { model: { hash, formerHashes }, tis };
}

/** 2: the model's choice and anatomy. Version 1 is read as well; an earlier Hognose would overlook the choice. */
const version = 2;
const infoFile = 'project.json';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** {@link ModelChoice}; what other versions add to it is not kept. */
export const modelChoiceSchema = v.object({
  preprocessing: v.nullable(preprocessingChoiceSchema),
  classNames: v.nullable(
    v.variant('kind', [
      v.object({ kind: v.literal('imagenet') }),
      v.object({ kind: v.literal('file'), path: v.string() }),
    ]),
  ),
  values: v.nullable(
    v.object({ pixels: v.optional(v.string()), tokens: v.optional(v.string()), logits: v.optional(v.string()) }),
  ),
});
export const classSchema = v.pipe(
  count,
  v.transform((value) => value as ClassIndex),
);
const mappingRow = v.object({
  label: v.pipe(
    count,
    v.transform((value) => value as LabelIndex),
  ),
  labelName: v.string(),
  classIndex: v.nullable(classSchema),
  suggestion: v.optional(classSchema),
  by: v.picklist(['name', 'synset', 'position', 'person', 'none']),
});
export const tisSchema = v.object({
  masks: count,
  ratio: v.number(),
  seed: v.number(),
  stability: v.optional(v.number()),
  estimate: v.optional(v.picklist(tisEstimates)),
  precision: v.optional(v.picklist(precisions)),
});
const infoSchema = v.object({
  name: v.string(),
  datasetPath: v.string(),
  format: v.picklist(datasetFormats.map(({ id }) => id)),
  labelsFile: v.nullable(v.string()),
  labels: v.array(v.string()),
  modelPath: v.string(),
  // Projects of the first version have none.
  modelChoice: v.optional(v.nullable(modelChoiceSchema), null),
  model: modelSchema,
  mapping: v.array(mappingRow),
  tis: tisSchema,
});
/** Where the project lay when it was written, and how to get from there to what it needs. */
const homeSchema = v.object({
  folder: v.string(),
  dataset: v.nullable(v.string()),
  labels: v.nullable(v.string()),
  model: v.nullable(v.string()),
});
type Home = v.InferOutput<typeof homeSchema>;

/** The way from a folder to a path, by slashes on every system; null where there is none, as between drives. */
function wayTo(path: string | null, folder: string): string | null {
  if (path === null || !isAbsolute(path)) return null;
  const way = relative(folder, path);
  return isAbsolute(way) ? null : way.split(sep).join('/');
}

function homeOf(folder: string, { datasetPath, labelsFile, modelPath }: ProjectInfo): Home {
  return {
    folder,
    dataset: wayTo(datasetPath, folder),
    labels: wayTo(labelsFile, folder),
    model: wayTo(modelPath, folder),
  };
}

/** What came along with a project that was copied or moved is taken for what it had; the rest is looked for where it was. */
function cameAlong(folder: string, info: ProjectInfo, home: Home | undefined): ProjectInfo {
  if (home === undefined || home.folder === folder) return info;
  const now = <Path extends string | null>(way: string | null, before: Path): Path | string => {
    if (way === null) return before;
    const path = resolve(folder, way);
    return existsSync(path) ? path : before;
  };
  return {
    ...info,
    datasetPath: now(home.dataset, info.datasetPath),
    labelsFile: now(home.labels, info.labelsFile),
    modelPath: now(home.model, info.modelPath),
  };
}

const fileSchema = v.object({ kind: v.literal('hognose-project'), version: v.number(), home: v.optional(homeSchema) });

/** Whether a folder holds a project. */
export function projectExists(folder: string): boolean {
  return existsSync(join(folder, infoFile));
}

/**
 * Reads the facts of a project folder; of one that was copied or moved since they were written, with what came along.
 * @throws AppError `NO_PROJECT` when the folder holds none, `PROJECT_NEWER`, `PROJECT_DAMAGED`.
 */
export function readProjectInfo(folder: string): ProjectInfo {
  const path = join(folder, infoFile);
  const damaged = (why: string, cause?: unknown): AppError =>
    new AppError(
      'PROJECT_DAMAGED',
      `The file ${path} is damaged: ${why}`,
      'Restore it from a backup, or make a new project and copy verdicts.sqlite into it.',
      { cause },
    );
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(error.message, error);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw toAppError(error);
    throw new AppError(
      'NO_PROJECT',
      `There is no Hognose project at ${folder}.`,
      'Choose a folder named NAME.hognose.',
      {
        cause: error,
      },
    );
  }
  const head = v.safeParse(fileSchema, content);
  if (!head.success) throw damaged('it does not say what it is');
  if (head.output.version > version) {
    throw new AppError(
      'PROJECT_NEWER',
      `The project ${folder} was written by a newer version of Hognose.`,
      'Install the newer version to open it. The project was not changed.',
    );
  }
  const body = v.safeParse(infoSchema, content);
  if (!body.success) {
    const [issue] = body.issues;
    throw damaged(`${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }
  return cameAlong(folder, body.output, head.output.home);
}

/**
 * Writes the facts so that the file is whole at any moment, and durable when this returns.
 * @param place where the folder will lie, where that is another. @throws AppError `DISK_FULL`, `READ_ONLY`.
 */
export function writeProjectInfo(folder: string, info: ProjectInfo, place = folder): void {
  try {
    const text = JSON.stringify({ kind: 'hognose-project', version, ...info, home: homeOf(place, info) }, null, 2);
    writeFileAtomicallySync(join(folder, infoFile), `${text}\n`);
  } catch (error) {
    throw toAppError(error);
  }
}

/** The model of a task as the engine is asked for it: this one and no other that may lie there by now. */
export function modelOf(terms: Terms): ModelLocation {
  return { ...modelLocation(terms), hash: terms.model.hash };
}

/** The project's model as the engine opens it. */
export function modelLocation({ modelPath, modelChoice }: Pick<Terms, 'modelPath' | 'modelChoice'>): ModelLocation {
  return { path: modelPath, choice: modelChoice ?? undefined };
}
