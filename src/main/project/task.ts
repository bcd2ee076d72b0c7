/**
 * Work as a value: what is to be computed, by which model, with which parameters, of which images of a project. It can be written down and done
 * now, later, or in a copy of the project on another machine; of that nothing but where the model lies is looked up.
 */

import * as v from 'valibot';
import { v7 } from 'uuid';

import { type ClassIndex, type ImageId, imageId, type MappingRow, type TisParameters } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { type MethodId, methodIds, type MethodParameters, methodParameters } from '../../shared/methods.js';
import { classSchema, modelChoiceSchema, type ProjectInfo, type Terms, tisSchema } from './project-info.js';

const id = v.pipe(v.number(), v.integer(), v.minValue(1), v.transform(imageId));
/** The class that each label of the project means; null for none. */
const labelClasses = v.array(v.nullable(classSchema));

const common = {
  /** UUIDv7. */
  id: v.pipe(v.string(), v.uuid()),
  /** Whose images are meant: of this cache of a project and its copies. */
  project: v.string(),
  /** Where the model lay, and which it is. */
  model: v.object({ path: v.string(), choice: v.nullable(modelChoiceSchema), hash: v.string() }),
  /** In the order in which they are done, each once. */
  images: v.pipe(
    v.array(id),
    v.transform((images) => [...new Set(images)]),
  ),
};
const taskSchema = v.variant('kind', [
  v.object({ kind: v.literal('predict'), ...common, parameters: v.object({}) }),
  /** The maps of label, most probable classes, and how they relate. */
  v.object({ kind: v.literal('explain'), ...common, parameters: v.object({ tis: tisSchema, labelClasses }) }),
  /** The map of one class of each image by a method. */
  v.object({
    kind: v.literal('maps'),
    ...common,
    parameters: v.object({
      method: v.picklist(methodIds),
      values: v.record(v.string(), v.number()),
      of: v.picklist(['label', 'prediction']),
      labelClasses,
    }),
  }),
]);
const fileSchema = v.object({ format: v.literal('hognose-task'), version: v.literal(1), task: taskSchema });

export type Task = v.InferOutput<typeof taskSchema>;
export type TaskKind = Task['kind'];
export type TaskOf<Kind extends TaskKind> = Extract<Task, { readonly kind: Kind }>;
/** What a task is besides its kind, its parameters and its images. */
type TaskHead = Pick<Task, 'id' | 'project' | 'model'>;

/** What a task is made under, and of whose images: see {@link Meta.identity}. */
export interface TaskTerms extends Terms {
  readonly identity: string;
}

function headOf({ modelPath, modelChoice, model: { hash }, identity }: TaskTerms): TaskHead {
  return { id: v7(), project: identity, model: { path: modelPath, choice: modelChoice, hash } };
}

const classesOf = ({ mapping }: Pick<Terms, 'mapping'>): (ClassIndex | null)[] =>
  mapping.map(({ classIndex }) => classIndex);

export function predictTask(images: readonly ImageId[], terms: TaskTerms): TaskOf<'predict'> {
  return { kind: 'predict', ...headOf(terms), images: [...images], parameters: {} };
}

export function explainTask(images: readonly ImageId[], terms: TaskTerms): TaskOf<'explain'> {
  const parameters = { tis: terms.tis, labelClasses: classesOf(terms) };
  return { kind: 'explain', ...headOf(terms), images: [...images], parameters };
}

export function mapsTask(
  images: readonly ImageId[],
  wish: Pick<TaskOf<'maps'>['parameters'], 'method' | 'values' | 'of'>,
  terms: TaskTerms,
): TaskOf<'maps'> {
  return {
    kind: 'maps',
    ...headOf(terms),
    images: [...images],
    parameters: { ...wish, labelClasses: classesOf(terms) },
  };
}

/** The task as a text, the same for the same task. */
export function taskText(task: Task): string {
  return `${JSON.stringify({ format: 'hognose-task', version: 1, task }, null, 2)}\n`;
}

/** Which parameter of a task its method does not have; null where all are within its limits. */
function beyondLimits(task: Task): string | null {
  if (task.kind === 'predict') return null;
  const { method, values } = task.kind === 'maps' ? task.parameters : ofTis(task.parameters.tis);
  const allowed = methodParameters(method, values);
  const beyond = Object.keys(values).find((key) => values[key] !== allowed[key]);
  if (beyond !== undefined) return `${method} has no ${beyond} of ${String(values[beyond])}.`;
  const stability = task.kind === 'explain' ? (task.parameters.tis.stability ?? 1) : 1;
  return stability > 0 && stability <= 1 ? null : `tis has no stability of ${String(stability)}.`;
}

function ofTis({ masks, ratio, seed }: TisParameters): {
  readonly method: MethodId;
  readonly values: MethodParameters;
} {
  return { method: 'tis', values: { masks, ratio, seed } };
}

/** @throws AppError `BAD_USAGE` for what is no task, or one of a newer version; `from` names it. */
export function readTask(text: string, from: string): Task {
  const refused = (why: string, cause?: unknown): AppError =>
    new AppError('BAD_USAGE', `${from} is no task: ${why}`, 'Write one with "hognose task write".', { cause });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw refused('it is no JSON.', error);
  }
  const read = v.safeParse(fileSchema, content);
  if (!read.success) {
    const [issue] = read.issues;
    throw refused(`${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }
  const { task } = read.output;
  const beyond = beyondLimits(task);
  if (beyond !== null) throw refused(beyond);
  return task;
}

/**
 * The terms that a task is done under in a project: its mapping and parameters, and the model that it is for, wherever the project has that.
 * @throws AppError `MODEL_CHANGED` where the project has another model by now, `BAD_USAGE` where it is another project or knows fewer labels.
 */
export function termsOf(task: Task, info: ProjectInfo, identity: string): Terms {
  if (task.project !== identity) {
    throw new AppError(
      'BAD_USAGE',
      `The task is for another project than ${info.name}, or for images that were listed anew since.`,
      'Give it to the project that it was written for or a copy of that, or write it anew.',
    );
  }
  if (task.model.hash !== info.model.hash) {
    throw new AppError(
      'MODEL_CHANGED',
      `The task is for another model than the project ${info.name} has.`,
      'Put that model in place, or write the task anew.',
    );
  }
  const { modelPath, modelChoice, model } = info;
  const terms = { modelPath, modelChoice, model };
  switch (task.kind) {
    case 'predict':
      return { ...terms, mapping: info.mapping, tis: info.tis };
    case 'explain':
      return { ...terms, mapping: mappingOf(task.parameters.labelClasses, info), tis: task.parameters.tis };
    case 'maps': {
      const { masks, ratio, seed } = { ...info.tis, ...task.parameters.values };
      return { ...terms, mapping: mappingOf(task.parameters.labelClasses, info), tis: { masks, ratio, seed } };
    }
  }
}

/** The project's own mapping where it says the same: what rests on it is compared with that. */
function mappingOf(
  classes: readonly (ClassIndex | null)[],
  { mapping, model, name }: ProjectInfo,
): readonly MappingRow[] {
  if (classes.length > mapping.length) {
    throw new AppError(
      'BAD_USAGE',
      `The task knows ${String(classes.length)} labels, and the project ${name} only ${String(mapping.length)}.`,
      'Give it to a copy of the project that it was written for.',
    );
  }
  const beyond = classes.find((one) => one !== null && one >= model.classes.length);
  if (beyond !== undefined) throw new AppError('UNKNOWN_CLASS', `The model has no class ${String(beyond)}.`);
  if (mapping.every(({ classIndex }, label) => classIndex === (classes[label] ?? null))) return mapping;
  return mapping.map((row, label) => ({ ...row, classIndex: classes[label] ?? null }));
}
