/** Runs work at most once in a while: at once when it has been quiet, otherwise at the end of the pause. */

export class Throttle {
  readonly #pause: number;
  readonly #work: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #again = false;

  /** @param pause milliseconds between two runs. */
  constructor(pause: number, work: () => void) {
    this.#pause = pause;
    this.#work = work;
  }

  request(): void {
    if (this.#timer !== undefined) {
      this.#again = true;
      return;
    }
    this.#run();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#again = false;
  }

  #run(): void {
    this.#again = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#again) this.#run();
    }, this.#pause);
    this.#work();
  }
}
