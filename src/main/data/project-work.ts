/** The table of work on an open project that waits for files as well: it runs where the project is, in slices like its long methods. */

import type { Progress } from '../../shared/progress.js';
import type { Project } from '../project/project.js';
import { relinkDataset } from './relink.js';
import { scanDataset } from './scan.js';

/** Tells how far it has come; it may be given up after each time it does. */
export type ProjectWork<Args extends readonly unknown[] = never[], Result = unknown> = (
  project: Project,
  ...args: Args
) => AsyncGenerator<Progress, Result, void>;

export const projectWork = { scanDataset, relinkDataset } as const satisfies Readonly<Record<string, ProjectWork>>;
