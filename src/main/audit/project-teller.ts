/** Tells facts and figures of an open project: one telling after the other, so that the newest is told last, and none after its close. */

import { type ErrorData, toAppError } from '../../shared/errors.js';
import type { OpenProject } from '../data/open-project.js';
import type { EventListener } from './event-listener.js';

/** While a job runs, figures are told at most this often, in milliseconds. */
const interval = 500;

type What = 'figures' | 'project';

/** A telling that has not begun yet: who asks meanwhile is told with it. */
interface Waiting {
  what: What;
  readonly told: Promise<void>;
}

export class ProjectTeller {
  readonly #project: OpenProject;
  readonly #tell: EventListener;
  readonly #failed: (error: ErrorData) => void;
  #waiting: Waiting | null = null;
  #last: Promise<void> = Promise.resolve();
  #begun = -Infinity;
  #closed = false;

  /** @param failed hears why something could not be told */
  constructor(project: OpenProject, tell: EventListener, failed: (error: ErrorData) => void) {
    this.#project = project;
    this.#tell = tell;
    this.#failed = (error) => {
      if (!this.#closed) failed(error);
    };
  }

  /** Tells the facts with the figures; resolves when they are told, or why not. */
  project(): Promise<void> {
    return this.#ask('project');
  }

  /** Tells what changes with every verdict and batch. */
  figures(): Promise<void> {
    return this.#ask('figures');
  }

  /** The same, unless they were told a moment ago. */
  figuresSometimes(): void {
    if (performance.now() - this.#begun >= interval) void this.figures();
  }

  close(): void {
    this.#closed = true;
  }

  #ask(what: What): Promise<void> {
    if (this.#waiting !== null) {
      if (what === 'project') this.#waiting.what = what;
      return this.#waiting.told;
    }
    this.#begun = performance.now();
    const told = this.#last.then(() => this.#tellWaiting());
    this.#waiting = { what, told };
    this.#last = told;
    return told;
  }

  async #tellWaiting(): Promise<void> {
    const what = this.#waiting?.what;
    this.#waiting = null;
    if (this.#closed || what === undefined) return;
    try {
      if (what === 'project') this.#toldUnlessClosed('project', await this.#project.summary());
      else this.#toldUnlessClosed('figures', await this.#project.figures());
    } catch (error) {
      const known = toAppError(error);
      if (known.code !== 'CANCELLED') this.#failed(known.toData());
    }
  }

  readonly #toldUnlessClosed: EventListener = (event, payload) => {
    if (!this.#closed) this.#tell(event, payload);
  };
}
