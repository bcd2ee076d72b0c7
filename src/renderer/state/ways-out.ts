/** What a person can do about an error with one click, by its code: where a message names a way out, the way is there. */

import type { ErrorCode } from '../../shared/errors.js';
import type { ProjectState } from './project.svelte.js';

export interface WayOut {
  readonly name: string;
  readonly run: () => void;
}

/** The ways out of an error of the open project, the likeliest first; none for an error that has no button. */
export function waysOut(code: ErrorCode, project: ProjectState): readonly WayOut[] {
  if (project.summary === null) return [];
  const relink = { name: 'It has moved …', run: () => void project.relink() };
  const rescan = { name: 'Scan again', run: () => void project.rescan() };
  const copy = { name: 'Save a copy …', run: () => void project.saveCopy() };
  switch (code) {
    case 'DATASET_NOT_FOUND':
    case 'DATASET_EMPTY':
      return [relink, rescan];
    case 'PROJECT_GONE':
      return [copy];
    case 'READ_ONLY':
      return project.summary.access === 'read-only' ? [copy] : [];
    case 'IMAGE_NOT_FOUND':
      return [rescan];
    default:
      return [];
  }
}
