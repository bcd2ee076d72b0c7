/** A project that is open in a data process: when that dies, it is started anew, opened as before, and asked once more. */

import { AppError } from '../../shared/errors.js';
import { ProcessChannel } from '../processes/channel.js';
import { endOf, type ProcessExit } from '../processes/messages.js';
import type { ProjectInfo } from '../project/project-info.js';
import type { LongCall } from './long-call.js';
import type { DataRequest, DataTold, StartDataProcess } from './messages.js';
import { closedError, type OpenProject, type ProjectListener } from './open-project.js';
import { type Opened, type Opening, reopening } from './opening.js';
import { isLong, methodsBy, type ProjectCall } from './project-methods.js';

/** SQLite may have much to put in order when it is closed; what is acknowledged is on disk in any case. */
const patience = 10_000;

const isStopped = (error: unknown): boolean => error instanceof AppError && error.code === 'DATA_STOPPED';

export function stopped(exit: ProcessExit): AppError {
  return new AppError(
    'DATA_STOPPED',
    `The process that keeps the project’s data ${endOf(exit)}.`,
    'Everything that was shown as done is kept. It starts again with the next request; if this happens again, close other programs: there may be too little memory.',
  );
}

/** Opens a project in a process of its own. @throws AppError as {@link Data.open}. */
export async function hostProject(
  start: StartDataProcess,
  opening: Opening,
  options: LongCall = {},
): Promise<OpenProject> {
  const host = new Host(start);
  await host.open(opening, options);
  return host.project();
}

class Host {
  readonly #channel: ProcessChannel<DataRequest, DataTold>;
  /** Calls that are to be answered before it is closed. */
  readonly #short = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #opened: Opened | null = null;
  /** Resolves when the project is open in the process there is; null when there is none. */
  #ready: Promise<void> | null = null;
  #closed: Promise<void> | null = null;
  #reviewer: string | null = null;
  #listener: ProjectListener = {
    contentsChanged: () => undefined,
    mapsGone: () => undefined,
    restarted: () => undefined,
  };

  constructor(start: StartDataProcess) {
    this.#channel = new ProcessChannel({
      start,
      hear: (told) => {
        this.#hear(told);
      },
      stopped: (exit) => {
        this.#ready = null;
        return this.#closed === null ? stopped(exit) : closedError();
      },
      closed: closedError,
      patience,
    });
  }

  /** @throws AppError what opening throws; nothing is left running then. */
  async open(opening: Opening, options: LongCall): Promise<void> {
    const attempt = (how: Opening): Promise<Opened> =>
      this.#ask({ kind: 'open', opening: how, reviewer: null }, options) as Promise<Opened>;
    try {
      this.#opened = await attempt(opening).catch((error: unknown) => {
        if (!isStopped(error)) throw error;
        return attempt(opening.how === 'create' ? { ...opening, again: true } : opening);
      });
      this.#ready = Promise.resolve();
    } catch (error) {
      // What an opening that is given up has done is one transaction: nothing of it is there.
      await this.#channel.close(options.signal?.aborted === true ? 0 : patience);
      throw error;
    }
  }

  project(): OpenProject {
    const facts = (): Opened => this.#facts();
    return {
      ...methodsBy((call, options) => this.#call(call, options)),
      folder: facts().folder,
      get info() {
        return facts().info;
      },
      listen: (listener) => {
        this.#listener = listener;
      },
      close: () => (this.#closed ??= this.#close()),
    };
  }

  #facts(): Opened {
    if (this.#opened === null) throw new AppError('INTERNAL', 'The project is not open.');
    return this.#opened;
  }

  async #call(call: ProjectCall, options: LongCall): Promise<unknown> {
    if (this.#closed !== null) throw closedError();
    if (call.name === 'setReviewer') this.#reviewer = String(call.args[0]);
    if (isLong(call.name)) {
      const { signal } = this.#closing;
      return this.#twice(call, {
        ...options,
        signal: options.signal ? AbortSignal.any([signal, options.signal]) : signal,
      });
    }
    const answer = this.#twice(call, options);
    this.#short.add(answer);
    try {
      return await answer;
    } finally {
      this.#short.delete(answer);
    }
  }

  /** Once more where the process died meanwhile: every call is safe to repeat. */
  async #twice(call: ProjectCall, options: LongCall): Promise<unknown> {
    const attempt = async (): Promise<unknown> => {
      await this.#alive();
      return this.#ask({ kind: 'call', call }, options);
    };
    try {
      return await attempt();
    } catch (error) {
      if (!isStopped(error)) throw error;
      return attempt();
    }
  }

  #ask(request: DataRequest, { signal, onProgress }: LongCall): Promise<unknown> {
    // What a call tells on its way is how far it has come.
    const tell = onProgress as ((progress: unknown) => void) | undefined;
    return this.#channel.ask(request, { signal, onProgress: tell });
  }

  #alive(): Promise<void> {
    this.#ready ??= this.#reopen().catch((error: unknown) => {
      this.#ready = null;
      throw error;
    });
    return this.#ready;
  }

  async #reopen(): Promise<void> {
    // The calls of the process that died are rejected before those of the next begin.
    await Promise.resolve();
    const request = { kind: 'open', opening: reopening(this.#facts()), reviewer: this.#reviewer } as const;
    this.#opened = (await this.#ask(request, { signal: this.#closing.signal })) as Opened;
    this.#listener.restarted();
  }

  #hear(told: DataTold): void {
    switch (told.kind) {
      case 'contents':
        this.#listener.contentsChanged(told.ids);
        break;
      case 'mapsGone':
        this.#listener.mapsGone(told.ids);
        break;
      case 'info':
        this.#changeInfo(told.changes);
    }
  }

  #changeInfo(changes: Partial<ProjectInfo>): void {
    const opened = this.#facts();
    this.#opened = { ...opened, info: { ...opened.info, ...changes } };
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#short);
    await this.#channel.close();
  }
}
