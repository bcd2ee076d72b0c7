/** Keeps the list of recent projects up to date, whichever way a project is opened. */

import { type AppError, toAppError } from '../shared/errors.js';
import type { RecentProjects } from './recent.js';
import type { Workspace } from './workspace.js';

/** @param failed hears when the list cannot be written */
export function rememberProjects(
  workspace: Workspace,
  recent: RecentProjects,
  failed: (error: AppError) => void,
): void {
  let last: string | undefined;
  workspace.on((event) => {
    const project = workspace.current?.project;
    if (event !== 'project' || project?.folder === last) return;
    last = project?.folder;
    if (project === undefined) return;
    recent.remember(project.folder, project.info.name).catch((error: unknown) => {
      failed(toAppError(error));
    });
  });
}
