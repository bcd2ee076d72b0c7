/** What goes to a data process and comes from it. */

import type { ImageId } from '../../shared/audit.js';
import type { ProjectInfo } from '../project/project-info.js';
import type { ProcessPlan, RunningProcess } from '../processes/messages.js';
import type { Opening } from './opening.js';
import type { ProjectCall } from './project-methods.js';
import type { DataTaskName } from './tasks.js';

export type DataRequest =
  /** Opens the one project that the process has; whose verdicts are given, where that was said. */
  | { readonly kind: 'open'; readonly opening: Opening; readonly reviewer: string | null }
  | { readonly kind: 'call'; readonly call: ProjectCall }
  /** Work without a project. */
  | { readonly kind: 'task'; readonly name: DataTaskName; readonly input: unknown };

export type DataTold =
  /** These facts of the project are others now. */
  | { readonly kind: 'info'; readonly changes: Partial<ProjectInfo> }
  /** The files of these images hold other pictures. */
  | { readonly kind: 'contents'; readonly ids: readonly ImageId[] }
  /** Maps of these images were taken away. */
  | { readonly kind: 'mapsGone'; readonly ids: readonly ImageId[] };

export type DataProcess = RunningProcess<DataRequest, DataTold>;

/** Starts a data process. */
export type StartDataProcess = () => DataProcess;

/** Starts processes of the worker file by `fork`. */
export function dataStarter(fork: (plan: ProcessPlan) => DataProcess, path: string): StartDataProcess {
  return () => fork({ path, args: [], name: 'Hognose data' });
}
