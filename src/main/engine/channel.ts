/** One engine process as seen from the main side: starts it when needed, pairs answers with calls, survives its death. */

import { AppError, fromErrorData } from '../../shared/errors.js';
import type { EngineCall, InputOf, OptionsOf, ProgressOf, ResultOf } from './calls.js';
import type { EngineProcess, FromEngine, ProcessExit } from './messages.js';

/** A call that waits for its answer. */
interface Pending {
  readonly resolve: (value: ResultOf<EngineCall>) => void;
  readonly reject: (error: AppError) => void;
  readonly release: () => void;
  readonly tell: (progress: ProgressOf<EngineCall>) => void;
}

/** Hears what a process runs graphs on. */
type HearProvider = (told: Extract<FromEngine, { kind: 'provider' }>) => void;

/** How long a process may take to end by itself when closed, in milliseconds. */
const patience = 3000;
/** How long a killed one is waited for: what hangs inside the operating system ends only when that lets go. */
const lastPatience = 2000;

const cancelled = (): AppError => new AppError('CANCELLED', 'The work was cancelled.');

function stopped(exit: ProcessExit): AppError {
  const how =
    exit.signal !== null
      ? `was ended by signal ${exit.signal}`
      : exit.code !== null
        ? `ended with exit code ${String(exit.code)}`
        : 'could not be started';
  return new AppError(
    'ENGINE_STOPPED',
    `The engine process ${how}.`,
    'It starts again with the next request. If this happens again with the same image or model, there may be too little memory.',
  );
}

/** The calls under way in one process; after its death the next call starts a new one. */
export class EngineChannel {
  readonly #start: () => EngineProcess;
  readonly #hear: HearProvider;
  readonly #calls = new Map<number, Pending>();
  #process: EngineProcess | null = null;
  #exited: Promise<void> = Promise.resolve();
  #nextId = 1;
  #closed = false;

  /** @param hear what the process says of its own accord */
  constructor(start: () => EngineProcess, hear: HearProvider) {
    this.#start = start;
    this.#hear = hear;
  }

  /** Calls that wait for an answer. */
  get pending(): number {
    return this.#calls.size;
  }

  /**
   * Makes a call of the process. Rejects with what the engine answers, with `ENGINE_STOPPED` when the process dies
   * meanwhile, and with `CANCELLED` as soon as `signal` is aborted (the process itself stops between two batches).
   */
  ask<C extends EngineCall>(
    call: C,
    input: InputOf<C>,
    { signal, onProgress }: OptionsOf<C> = {},
  ): Promise<ResultOf<C>> {
    if (this.#closed) return Promise.reject(new AppError('ENGINE_STOPPED', 'The engine was closed.'));
    if (signal?.aborted === true) return Promise.reject(cancelled());
    const engine = this.#running();
    const id = this.#nextId++;
    return new Promise<ResultOf<EngineCall>>((resolve, reject) => {
      const abort = (): void => {
        this.#take(id);
        engine.post({ kind: 'cancel', id });
        reject(cancelled());
      };
      signal?.addEventListener('abort', abort, { once: true });
      const release = (): void => signal?.removeEventListener('abort', abort);
      // What answers a call, and what it tells on the way, is of its kind.
      const tell = (progress: ProgressOf<EngineCall>): void => onProgress?.(progress);
      this.#calls.set(id, { resolve, reject, release, tell });
      engine.post({ kind: 'request', id, call, input, watched: onProgress !== undefined });
    });
  }

  /** Ends the process and waits for it; calls under way are rejected, the next call starts a fresh process. */
  async recycle(): Promise<void> {
    const engine = this.#process;
    if (engine === null) return;
    engine.post({ kind: 'close' });
    let timer: NodeJS.Timeout | undefined;
    const lost = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        engine.kill();
        timer = setTimeout(resolve, lastPatience);
      }, patience);
    });
    await Promise.race([this.#exited, lost]);
    clearTimeout(timer);
    // What even a kill does not end hangs in the operating system: it is left behind.
    this.#lose(engine, { code: null, signal: 'SIGKILL' });
  }

  /** Ends the process for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.recycle();
  }

  #running(): EngineProcess {
    if (this.#process !== null) return this.#process;
    const engine = this.#start();
    this.#process = engine;
    engine.onMessage((message) => {
      this.#answer(message);
    });
    this.#exited = new Promise((resolve) => {
      engine.onExit((exit) => {
        this.#lose(engine, exit);
        resolve();
      });
    });
    return engine;
  }

  #answer(message: FromEngine): void {
    if (message.kind === 'progress') {
      this.#calls.get(message.id)?.tell(message.progress);
      return;
    }
    if (message.kind === 'provider') {
      this.#hear(message);
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
  #lose(engine: EngineProcess, exit: ProcessExit): void {
    if (this.#process !== engine) return;
    this.#process = null;
    const error = stopped(exit);
    for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(error);
  }
}
