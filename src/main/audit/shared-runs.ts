/** One computation for whoever asks for the same at the same time: whoever comes while it runs waits for it, and it ends early only when nobody does. */

import { AppError } from '../../shared/errors.js';

/** What is computed, and for which classes. */
export interface Question {
  /** Image, model, method and parameters. */
  readonly key: string;
  readonly classes: readonly number[];
}

/** Somebody who asks. */
export interface Asker<Progress> {
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a run is given: it is aborted when nobody waits for it any more, and tells all who do how far it is. */
export type RunWork<Progress, Result> = (signal: AbortSignal, tell: (progress: Progress) => void) => Promise<Result>;

class Run<Progress, Result> {
  readonly classes: ReadonlySet<number>;
  readonly result: Promise<Result>;
  readonly #controller = new AbortController();
  readonly #askers = new Set<Asker<Progress>>();

  constructor(classes: readonly number[], work: RunWork<Progress, Result>) {
    this.classes = new Set(classes);
    this.result = work(this.#controller.signal, (progress) => {
      for (const { onProgress } of this.#askers) onProgress?.(progress);
    });
  }

  get aborted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** The result for one asker, who may give up alone. */
  async join(asker: Asker<Progress>): Promise<Result> {
    this.#askers.add(asker);
    const left = new Promise<void>((resolve) => {
      asker.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    await Promise.race([this.result.catch(() => undefined), left]);
    this.#askers.delete(asker);
    if (!asker.signal.aborted) return this.result;
    if (this.#askers.size === 0) {
      this.#controller.abort();
      // Whoever leaves last hears of the end of the run itself, so that nothing of it goes on unnoticed.
      await this.result.catch(() => undefined);
    }
    throw cancelled();
  }
}

const cancelled = (): AppError => new AppError('CANCELLED', 'The work was cancelled.');

export class SharedRuns<Progress, Result> {
  readonly #running = new Map<string, Run<Progress, Result>>();

  /**
   * What `work` computes, or what is computed already for somebody else. Where that is of other classes it is waited for, and `kept` says
   * whether it brought what is wanted after all.
   * @throws AppError `CANCELLED` when the asker gave up; what the run throws.
   */
  async ask(
    question: Question,
    asker: Asker<Progress>,
    kept: () => Promise<boolean>,
    work: RunWork<Progress, Result>,
  ): Promise<Result | null> {
    const { key, classes } = question;
    for (;;) {
      if (asker.signal.aborted) throw cancelled();
      const running = this.#running.get(key);
      if (running === undefined) return this.#start(question, asker, work);
      if (!running.aborted && classes.every((one) => running.classes.has(one))) return running.join(asker);
      await running.result.catch(() => undefined);
      // It may have been followed by another meanwhile.
      await Promise.resolve();
      if (!running.aborted && (await kept())) return null;
    }
  }

  #start({ key, classes }: Question, asker: Asker<Progress>, work: RunWork<Progress, Result>): Promise<Result> {
    const run = new Run(classes, work);
    this.#running.set(key, run);
    const forget = (): void => {
      if (this.#running.get(key) === run) this.#running.delete(key);
    };
    run.result.then(forget, forget);
    return run.join(asker);
  }
}
