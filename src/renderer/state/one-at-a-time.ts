/** Work that goes on one at a time: asked for while it is under way, it is done once more afterwards, however often it was asked for. */

export class OneAtATime {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | null = null;
  #asked = 0;

  /** @param work tells its failures itself. */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Resolves when work that began now or later is done. */
  run(): Promise<void> {
    this.#asked += 1;
    this.#running ??= this.#goOn();
    return this.#running;
  }

  async #goOn(): Promise<void> {
    try {
      let done: number;
      do {
        done = this.#asked;
        await this.#work();
      } while (done !== this.#asked);
    } finally {
      this.#running = null;
    }
  }
}
