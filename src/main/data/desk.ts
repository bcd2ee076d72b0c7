/** What a data process does with what it is asked: one open project, and work without any. */

import { AppError } from '../../shared/errors.js';
import type { CallPort, Tell } from '../processes/port.js';
import type { ProjectInfo } from '../project/project-info.js';
import type { Project } from '../project/project.js';
import type { LongCall } from './long-call.js';
import type { DataRequest, DataTold } from './messages.js';
import { type Opened, openedOf, type Opening, openProject } from './opening.js';
import { carryOut } from './serve-project.js';
import { inSlices } from './slices.js';
import { runTask } from './tasks.js';

export class Desk {
  readonly #tell: Tell<DataTold>;
  #project: Project | null = null;
  /** The facts that were told last. */
  #told: ProjectInfo | null = null;

  constructor(tell: Tell<DataTold>) {
    this.#tell = tell;
  }

  /** What is answered at once has happened when this returns. */
  run(request: DataRequest, { signal, tell, watched }: CallPort): unknown {
    const options: LongCall = { signal, onProgress: watched ? tell : undefined };
    switch (request.kind) {
      case 'open':
        return this.#open(request.opening, request.reviewer, options);
      case 'call':
        return this.#call(request.call, options);
      case 'task':
        return runTask(request.name, request.input, options);
    }
  }

  close(): void {
    this.#project?.close();
    this.#project = null;
  }

  async #open(opening: Opening, reviewer: string | null, options: LongCall): Promise<Opened> {
    if (this.#project !== null) throw new AppError('INTERNAL', 'The data process has a project open already.');
    const project = await inSlices(openProject(opening), options);
    project.onContentsChanged((ids) => {
      this.#tell({ kind: 'contents', ids });
    });
    project.onMapsGone((ids) => {
      this.#tell({ kind: 'mapsGone', ids });
    });
    if (reviewer !== null) project.setReviewer(reviewer);
    this.#project = project;
    this.#told = project.info;
    return openedOf(project);
  }

  #call(call: Extract<DataRequest, { readonly kind: 'call' }>['call'], { signal, onProgress }: LongCall): unknown {
    const project = this.#project;
    if (project === null) throw new AppError('INTERNAL', 'The data process has no project open.');
    let answer: unknown;
    try {
      answer = carryOut(project, call, { signal, onProgress });
    } finally {
      this.#mirror(project);
    }
    if (!(answer instanceof Promise)) return answer;
    return answer.finally(() => {
      this.#mirror(project);
    });
  }

  /** Tells the facts that are others than were told, before whoever changed them is answered. */
  #mirror({ info }: Project): void {
    const told = this.#told;
    if (told === null || told === info) return;
    this.#told = info;
    const keys = Object.keys(info) as (keyof ProjectInfo)[];
    const changed = keys.filter((key) => info[key] !== told[key]);
    this.#tell({ kind: 'info', changes: Object.fromEntries(changed.map((key) => [key, info[key]])) });
  }
}
