/** How long a drive may take to answer, and how many answers may be owed before it is called dead. */

/** A network share that was cut off blocks what reads it for good: this is how long anything waits for one answer. */
const usualLimit = 30_000;

/** Threads that Node has for files, unless it is told otherwise (libuv, "Thread pool work scheduling"). */
const usualThreads = 4;

/** What a file system failed to answer in time; its message continues a sentence that names the file. */
export class NoAnswer extends Error {
  readonly code = 'NO_ANSWER';
  /** So much is owed already that the drive was not asked: this says nothing about the one file. */
  readonly unasked: boolean;

  constructor(message: string, unasked = false) {
    super(message);
    this.name = 'NoAnswer';
    this.unasked = unasked;
  }
}

/**
 * Waits for a file system, but not for ever. A call that never returns holds one of the few threads that all files of the
 * process share, and nothing can end it. So waiting is given up after a while, and when too many threads are held, no more
 * of them are risked until one comes back.
 */
export class Patience {
  readonly #limit: number;
  readonly #most: number;
  #pending = 0;
  #owed = 0;

  /**
   * @param limit milliseconds that one answer may take
   * @param most answers that may be owed, each holding a thread
   */
  constructor(limit: number, most: number) {
    this.#limit = limit;
    this.#most = most;
  }

  /** Answers that have not come yet, given up or not: threads that are held. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Asks a file system for one thing.
   * @param late takes what arrives when nobody waits for it any more, to give it back
   * @throws NoAnswer when it takes too long, or at once while too many answers are owed; whatever `ask` rejects with.
   */
  async wait<Answer>(ask: () => Promise<Answer>, late: (answer: Answer) => unknown = () => undefined): Promise<Answer> {
    if (this.#owed >= this.#most) throw new NoAnswer('the drive that holds it does not answer', true);
    const answer = this.#counted(ask);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#owe(answer, late);
        reject(new NoAnswer(`it did not answer within ${String(Math.round(this.#limit / 1000))} s`));
      }, this.#limit);
    });
    try {
      return await Promise.race([answer, patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #counted<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    this.#pending++;
    try {
      return await ask();
    } finally {
      this.#pending--;
    }
  }

  #owe<Answer>(answer: Promise<Answer>, late: (answer: Answer) => unknown): void {
    this.#owed++;
    // How it ends is of no interest any more: the thread is free again.
    void answer
      .then(late)
      .catch(() => undefined)
      .finally(() => {
        this.#owed--;
      });
  }
}

/**
 * The patience of this process. A third of its threads may be held for good; as many again may be about to be, and the last
 * third goes on working.
 */
export const drives = new Patience(
  usualLimit,
  Math.max(1, Math.floor((Number(process.env.UV_THREADPOOL_SIZE) || usualThreads) / 3)),
);
