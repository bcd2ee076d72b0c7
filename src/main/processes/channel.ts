/** One process as seen from the main side: starts it when needed, pairs answers with calls, survives its death. */

import { AppError, fromErrorData } from '../../shared/errors.js';
import type { FromProcess, ProcessExit, RunningProcess } from './messages.js';

/** A call that waits for its answer. */
interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
  readonly release: () => void;
  readonly tell: (progress: unknown) => void;
}

export interface ChannelOptions<Request, Told> {
  readonly start: () => RunningProcess<Request, Told>;
  /** Hears what the process says unasked. */
  readonly hear: (told: Told) => void;
  /** What calls under way are rejected with when the process ends. */
  readonly stopped: (exit: ProcessExit) => AppError;
  /** What calls are rejected with once the channel is closed. */
  readonly closed: () => AppError;
  /** How long the process may take to end by itself when closed, in milliseconds. */
  readonly patience?: number;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: unknown) => void) | undefined;
}

const usualPatience = 3000;
/** How long a killed one is waited for: what hangs inside the operating system ends only when that lets go. */
const lastPatience = 2000;

const cancelled = (): AppError => new AppError('CANCELLED', 'The work was cancelled.');

/** The calls under way in one process; after its death the next call starts a new one. */
export class ProcessChannel<Request, Told> {
  readonly #options: ChannelOptions<Request, Told>;
  readonly #calls = new Map<number, Pending>();
  #process: RunningProcess<Request, Told> | null = null;
  #exited: Promise<void> = Promise.resolve();
  #nextId = 1;
  #closed = false;

  constructor(options: ChannelOptions<Request, Told>) {
    this.#options = options;
  }

  /** Calls that wait for an answer. */
  get pending(): number {
    return this.#calls.size;
  }

  /**
   * Makes a call of the process. Rejects with what the process answers, with `stopped` when it dies meanwhile, and with `CANCELLED`
   * as soon as `signal` is aborted (the process itself stops at its next pause).
   */
  ask(request: Request, { signal, onProgress }: AskOptions = {}): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#options.closed());
    if (signal?.aborted === true) return Promise.reject(cancelled());
    const process = this.#running();
    const id = this.#nextId++;
    return new Promise<unknown>((resolve, reject) => {
      const abort = (): void => {
        this.#take(id);
        process.post({ kind: 'cancel', id });
        reject(cancelled());
      };
      signal?.addEventListener('abort', abort, { once: true });
      const release = (): void => signal?.removeEventListener('abort', abort);
      const tell = (progress: unknown): void => onProgress?.(progress);
      this.#calls.set(id, { resolve, reject, release, tell });
      process.post({ kind: 'request', id, request, watched: onProgress !== undefined });
    });
  }

  /**
   * Ends the process and waits for it; calls under way are rejected, the next call starts a fresh process.
   * @param patience how long it may take to end by itself
   */
  async recycle(patience = this.#options.patience ?? usualPatience): Promise<void> {
    const process = this.#process;
    if (process === null) return;
    process.post({ kind: 'close' });
    let timer: NodeJS.Timeout | undefined;
    const lost = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        process.kill();
        timer = setTimeout(resolve, lastPatience);
      }, patience);
    });
    await Promise.race([this.#exited, lost]);
    clearTimeout(timer);
    // What even a kill does not end hangs in the operating system: it is left behind.
    this.#lose(process, { code: null, signal: 'SIGKILL' });
  }

  /** Ends the process for good. */
  async close(patience?: number): Promise<void> {
    this.#closed = true;
    await this.recycle(patience);
  }

  #running(): RunningProcess<Request, Told> {
    if (this.#process !== null) return this.#process;
    const process = this.#options.start();
    this.#process = process;
    process.onMessage((message) => {
      this.#answer(message);
    });
    this.#exited = new Promise((resolve) => {
      process.onExit((exit) => {
        this.#lose(process, exit);
        resolve();
      });
    });
    return process;
  }

  #answer(message: FromProcess<Told>): void {
    if (message.kind === 'progress') {
      this.#calls.get(message.id)?.tell(message.progress);
      return;
    }
    if (message.kind === 'told') {
      this.#options.hear(message.told);
      return;
    }
    const call = this.#take(message.id);
    if (call === undefined) return; // cancelled meanwhile
    if (message.kind === 'result') call.resolve(message.value);
    else call.reject(fromErrorData(message.error));
  }

  #take(id: number): Pending | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    call?.release();
    return call;
  }

  /** Rejects what a process had under way; nothing if that was left behind before. */
  #lose(process: RunningProcess<Request, Told>, exit: ProcessExit): void {
    if (this.#process !== process) return;
    this.#process = null;
    const error = this.#options.stopped(exit);
    for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(error);
  }
}
