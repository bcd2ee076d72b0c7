/** The ways in which a project is opened, as data: how it was opened decides how it is opened again after its process ended. */

import { isDeepStrictEqual } from 'node:util';

import type { Progress } from '../../shared/progress.js';
import { modelLocation, type ProjectInfo, readProjectInfo } from '../project/project-info.js';
import { Project } from '../project/project.js';

export type Opening =
  /** Made anew; `again` where an attempt may have made it already. */
  | {
      readonly how: 'create';
      readonly folder: string;
      readonly info: ProjectInfo;
      readonly again?: boolean | undefined;
    }
  /** To work on it; to look at it only; whichever its folder allows. */
  | { readonly how: 'open' | 'read-only' | 'as-allowed'; readonly folder: string }
  /** After the process that had it open ended: for work, or for looking with the facts that lasted as long as it was open. */
  | { readonly how: 'reopen'; readonly folder: string; readonly lookingAt: ProjectInfo | null };

/** What is known of a project that was opened. */
export interface Opened {
  readonly folder: string;
  readonly info: ProjectInfo;
  /** Whether it can only be looked at. */
  readonly readOnly: boolean;
}

export function openedOf(project: Project): Opened {
  return { folder: project.folder, info: project.info, readOnly: project.access === 'read-only' };
}

/** The way in which what was opened is opened once more. */
export function reopening({ folder, info, readOnly }: Opened): Opening {
  return { how: 'reopen', folder, lookingAt: readOnly ? info : null };
}

/** Opens a project. @throws AppError as the methods of {@link Project} that open. */
export function* openProject(opening: Opening): Generator<Progress, Project, void> {
  const { folder } = opening;
  switch (opening.how) {
    case 'create':
      return yield* opening.again === true && isMade(opening)
        ? Project.opening(folder)
        : Project.creating(folder, opening.info);
    case 'open':
      return yield* Project.opening(folder);
    case 'read-only':
      return yield* Project.openingReadOnly(folder);
    case 'as-allowed':
      return yield* Project.openingAsAllowed(folder);
    case 'reopen':
      // It is in the shape of this version already.
      return opening.lookingAt === null ? Project.open(folder) : lookAgain(folder, opening.lookingAt);
  }
}

/** Whether the project at the place is the one that was to be made. */
function isMade({ folder, info }: Extract<Opening, { readonly how: 'create' }>): boolean {
  return Project.exists(folder) && isDeepStrictEqual(readProjectInfo(folder), JSON.parse(JSON.stringify(info)));
}

function lookAgain(folder: string, info: ProjectInfo): Project {
  const project = Project.openReadOnly(folder);
  const now = project.info;
  if (!isDeepStrictEqual(now.model, info.model)) project.setModel(modelLocation(info), info.model, info.mapping);
  if (!isDeepStrictEqual(now.tis, info.tis)) project.setTis(info.tis);
  return project;
}
