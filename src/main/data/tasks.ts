/** The table of what the data process does without an open project: each runs in a process that ends with it. */

import { type DatasetDescription, type DatasetWish, describeDataset } from './describe-dataset.js';
import { renameProject } from '../project/rename-project.js';
import type { LongCall } from './long-call.js';
import { inSlices } from './slices.js';

type DataTask<Input = never, Result = unknown> = (input: Input, options: LongCall) => Result | Promise<Result>;

export const dataTasks = {
  /** What a new audit says of its dataset. @throws AppError as {@link describeDataset}. */
  describeDataset: (wish: DatasetWish, options): Promise<DatasetDescription> =>
    inSlices(describeDataset(wish), options),
  /** As {@link renameProject}. */
  renameProject: ({ folder, name }: { readonly folder: string; readonly name: string }): string =>
    renameProject(folder, name),
} as const satisfies Readonly<Record<string, DataTask>>;

export type DataTaskName = keyof typeof dataTasks;

type Tasks = typeof dataTasks;

/** The tasks as methods. */
export type DataTasks = {
  readonly [Name in DataTaskName]: (
    input: Parameters<Tasks[Name]>[0],
    options?: LongCall,
  ) => Promise<Awaited<ReturnType<Tasks[Name]>>>;
};

/** Does a task here. */
export function runTask(name: DataTaskName, input: unknown, options: LongCall): unknown {
  return (dataTasks[name] as DataTask<unknown>)(input, options);
}

/** A method for every task, all of them made by `ask`. */
export function tasksBy(ask: (name: DataTaskName, input: unknown, options: LongCall) => Promise<unknown>): DataTasks {
  const names = Object.keys(dataTasks) as DataTaskName[];
  const method =
    (name: DataTaskName) =>
    (input: unknown, options: LongCall = {}): Promise<unknown> =>
      ask(name, input, options);
  return Object.fromEntries(names.map((name) => [name, method(name)])) as DataTasks;
}
