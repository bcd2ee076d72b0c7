/** An open project as main sees it, wherever its databases are open: calls that are promises, and a mirror of its facts. */

import type { ImageId } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import type { ProjectInfo } from '../project/project-info.js';
import type { ProjectMethods } from './project-methods.js';

/** What an open project tells unasked. */
export interface ProjectListener {
  /** The files of these images were found to hold another picture than before. */
  readonly contentsChanged: (ids: readonly ImageId[]) => void;
  /** Maps of these images were taken away to make room. */
  readonly mapsGone: (ids: readonly ImageId[]) => void;
  /** Its process ended and was started anew: whatever was not acknowledged may be done or not, and everything is to be read again. */
  readonly restarted: () => void;
}

export interface OpenProject extends ProjectMethods {
  readonly folder: string;
  /** Its facts: as they are once the answers that have come were given. What did not change stays the same object. */
  readonly info: ProjectInfo;
  /** `listener` hears from now on, in place of the one before. */
  listen(listener: ProjectListener): void;
  /** What was asked before is answered, but for long calls, which are given up; then it is closed. Whatever is asked after rejects with `CANCELLED`. */
  close(): Promise<void>;
}

/** What is asked of a project once it was closed. */
export const closedError = (): AppError => new AppError('CANCELLED', 'The project was closed.');
