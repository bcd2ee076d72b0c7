/** The order in which explanations are computed: the one a person waits for first, what is computed ahead when nobody waits. */

import type { Explanation, ImageId, SettlingMaps } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { Slots } from '../../shared/slots.js';
import { covers, type ExplainTask } from './explain-task.js';

/** Sees maps that still settle. */
export type OnSettling = (maps: SettlingMaps) => void;

/** How an explanation is to be computed. */
export interface ComputeOptions {
  readonly signal: AbortSignal;
  /** Nobody waits for it. */
  readonly ahead: boolean;
  readonly onMaps?: OnSettling | undefined;
}

/** What computes explanations: the `Explainer` of explain.ts. */
export interface Explains {
  cached(task: ExplainTask): Promise<Explanation | null>;
  compute(task: ExplainTask, options: ComputeOptions): Promise<Explanation>;
}

/** What a person waits for; the newest counts. */
export interface Wish {
  /** Under other terms where these changed before it was begun. */
  task: ExplainTask;
}

interface Running {
  readonly task: ExplainTask;
  readonly controller: AbortController;
  readonly result: Promise<Explanation>;
  /** Who looks at the maps while they settle: a person who comes to an image that is computed ahead begins to. */
  onMaps: OnSettling | undefined;
}

/** Hears of what was computed ahead. */
export interface PrefetchListener {
  readonly done: (id: ImageId) => void;
  readonly failed: (id: ImageId, error: unknown) => void;
}

const cancelledError = (): AppError => new AppError('CANCELLED', 'The work was cancelled.');
const cancelled = (error: unknown): boolean => error instanceof AppError && error.code === 'CANCELLED';

/** Explanations computed in the background at once: while the engine scores one, the next image is read and decoded. */
export const mostAhead = 2;

/** Computes explanations of one project: one urgent, and some in the background that wait in the engine meanwhile. */
export class ExplainQueue {
  readonly #explainer: Explains;
  #urgent: Running | null = null;
  readonly #background = new Set<Running>();
  readonly #slots = new Slots(mostAhead);
  #newest: Wish | null = null;
  #ahead: readonly ExplainTask[] = [];
  #aheadDone: Promise<void> | null = null;
  #closed = false;

  constructor(explainer: Explains) {
    this.#explainer = explainer;
  }

  /** A person asks for an explanation from now on, whatever has to be done before it can be computed. */
  wish(task: ExplainTask): Wish {
    this.#newest = { task };
    return this.#newest;
  }

  /**
   * The explanation a person waits for: out of the cache at once, else computed before everything else. Wishing for another
   * image, or for the same under other terms, takes the place of one still being computed, which is rejected with `CANCELLED`.
   */
  async now(wish: Wish, onMaps?: OnSettling): Promise<Explanation> {
    const { task } = wish;
    const cached = await this.#explainer.cached(task);
    if (cached !== null) return cached;
    if (this.#closed || this.#isOvertaken(wish)) throw cancelledError();
    const same = this.#running().find((running) => covers(running.task, task));
    if (same) {
      same.onMaps = onMaps;
      return same.result.catch((error: unknown) => this.#again(error, wish, onMaps));
    }
    this.#urgent?.controller.abort();
    const running = this.#start(task, { controller: new AbortController(), ahead: false, onMaps });
    this.#urgent = running;
    try {
      return await running.result;
    } finally {
      if (this.#urgent === running) this.#urgent = null;
    }
  }

  /**
   * An explanation nobody waits for: the engine stops it between two runs of a graph while {@link now} has work.
   * @throws AppError `CANCELLED` when `signal` is aborted.
   */
  async background(task: ExplainTask, signal: AbortSignal): Promise<Explanation> {
    return this.#slots.run(async () => {
      // Whoever else computes it, its own caller hears of a failure; then it is tried again for us.
      const sameOne = (): Running | undefined => this.#running().find((running) => running.task.image === task.image);
      for (;;) {
        for (let same = sameOne(); same !== undefined; same = sameOne()) {
          await same.result.catch(() => undefined);
          await Promise.resolve();
        }
        this.#refuseEnded(signal);
        const cached = await this.#explainer.cached(task);
        if (cached !== null) return cached;
        this.#refuseEnded(signal);
        // Nobody else began it while it was looked for.
        if (sameOne() === undefined) return this.#inBackground(task, signal);
      }
    });
  }

  /** Computes these ahead, in this order, in place of what was wished before. Resolves when nothing is wished any more. */
  async prefetch(tasks: readonly ExplainTask[], listener: PrefetchListener): Promise<void> {
    this.#ahead = tasks;
    if (tasks.length > 0) this.#aheadDone ??= this.#runAhead(listener);
    await this.#aheadDone;
  }

  /** Gives up everything. */
  close(): void {
    this.#closed = true;
    this.#ahead = [];
    this.#urgent?.controller.abort();
    for (const running of this.#background) running.controller.abort();
  }

  /** Resolves when nothing is computed any more. */
  async ended(): Promise<void> {
    for (let [running] = this.#running(); running !== undefined; [running] = this.#running()) {
      await running.result.catch(() => undefined);
      await Promise.resolve();
    }
    await this.#aheadDone;
  }

  async #runAhead(listener: PrefetchListener): Promise<void> {
    for (;;) {
      const [task, ...rest] = this.#ahead;
      if (task === undefined) break;
      this.#ahead = rest;
      try {
        const { cached } = await this.background(task, new AbortController().signal);
        if (!cached) listener.done(task.image);
      } catch (error) {
        if (!cancelled(error)) listener.failed(task.image, error);
      }
    }
    this.#aheadDone = null;
  }

  async #inBackground(task: ExplainTask, signal: AbortSignal): Promise<Explanation> {
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort();
    };
    signal.addEventListener('abort', abort, { once: true });
    const running = this.#start(task, { controller, ahead: true });
    this.#background.add(running);
    try {
      return await running.result;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#background.delete(running);
    }
  }

  #start(
    task: ExplainTask,
    { controller, ahead, onMaps }: Omit<ComputeOptions, 'signal'> & { readonly controller: AbortController },
  ): Running {
    const tell: OnSettling = (maps) => running.onMaps?.(maps);
    const result = this.#explainer.compute(task, { signal: controller.signal, ahead, onMaps: tell });
    const running: Running = { task, controller, result, onMaps };
    return running;
  }

  /** @throws AppError `CANCELLED` where nothing is computed any more. */
  #refuseEnded(signal: AbortSignal): void {
    if (signal.aborted || this.#closed) throw cancelledError();
  }

  /** Whether something else was wished for since. */
  #isOvertaken(wish: Wish): boolean {
    return this.#newest !== wish && this.#newest !== null && !covers(this.#newest.task, wish.task);
  }

  /** What was shared was a background run that was cancelled: then it is computed for us. */
  #again(error: unknown, wish: Wish, onMaps: OnSettling | undefined): Promise<Explanation> {
    if (cancelled(error) && this.#urgent === null && !this.#closed) return this.now(wish, onMaps);
    throw error;
  }

  #running(): readonly Running[] {
    return [...(this.#urgent === null ? [] : [this.#urgent]), ...this.#background];
  }
}
