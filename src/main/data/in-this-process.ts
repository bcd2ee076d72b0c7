/** A project that is open in this process, asked as if it were in another: for the command line and for tests. */

import type { Project } from '../project/project.js';
import type { LongCall } from './long-call.js';
import { closedError, type OpenProject } from './open-project.js';
import { methodsBy, type ProjectCall } from './project-methods.js';
import { carryOut } from './serve-project.js';

/** Calls take effect in the order in which they were made, after what runs now has come to its next pause: as in another process. */
export function inThisProcess(project: Project): OpenProject {
  const closing = new AbortController();
  let closed: Promise<void> | null = null;
  const ask = async (call: ProjectCall, { signal, onProgress }: LongCall): Promise<unknown> => {
    if (closed !== null) throw closedError();
    const signals = signal === undefined ? [closing.signal] : [closing.signal, signal];
    await Promise.resolve();
    return carryOut(project, call, { signal: AbortSignal.any(signals), onProgress });
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.resolve();
    project.close();
  };
  return {
    ...methodsBy(ask),
    folder: project.folder,
    get info() {
      return project.info;
    },
    listen: ({ contentsChanged, mapsGone }) => {
      project.onContentsChanged(contentsChanged);
      project.onMapsGone(mapsGone);
    },
    close: () => (closed ??= close()),
  };
}
