/** How long work takes an item, measured while it is done and remembered, so that a job knows from the like work before it. */

/** Work whose items take about the same time each. */
export interface Work {
  /** Tells it from other work: what is done, with which model and settings. */
  readonly like: string;
  readonly items: number;
  /** Seconds an item may take, for the order of jobs as long as none was measured; people are told nothing of it. */
  readonly guess: number;
}

interface Sample {
  readonly seconds: number;
  readonly items: number;
}

/** A pace is that of this many seconds of work, and of at least {@link fewest} pieces. */
const recent = 30;
const fewest = 5;
/** What part of the time left may be guessed before nothing is said of it. */
const mostGuessed = 0.1;

const secondsOf = (samples: readonly Sample[]): number => samples.reduce((sum, { seconds }) => sum + seconds, 0);
const itemsOf = (samples: readonly Sample[]): number => samples.reduce((sum, { items }) => sum + items, 0);

/** Single pieces vary: three of them, or two that took long. */
function meansSomething(samples: readonly Sample[]): boolean {
  const seconds = secondsOf(samples);
  return (samples.length >= 3 && seconds >= 3) || (samples.length >= 2 && seconds >= 20);
}

/** What was measured while one project was open. */
export class Paces {
  readonly #samples = new Map<string, readonly Sample[]>();

  /** So long some items took, without pauses. */
  note(like: string, seconds: number, items: number): void {
    if (items <= 0 || seconds <= 0) return;
    const samples = [...(this.#samples.get(like) ?? []), { seconds, items }];
    while (samples.length > fewest && secondsOf(samples.slice(1)) >= recent) samples.shift();
    this.#samples.set(like, samples);
  }

  /** Seconds an item; null until enough was measured. */
  measured(like: string): number | null {
    const samples = this.#samples.get(like) ?? [];
    return meansSomething(samples) ? secondsOf(samples) / itemsOf(samples) : null;
  }

  /** Seconds that work will take as far as can be told, guesses included: good enough to put jobs in order. */
  estimate(work: readonly Work[]): number {
    return work.reduce((sum, { like, items, guess }) => sum + items * (this.#supposed(like) ?? guess), 0);
  }

  /** The same for people: null where more than a little of it would be a guess. */
  left(work: readonly Work[]): number | null {
    const all = this.estimate(work);
    const unsure = work.filter(({ like, items }) => items > 0 && this.measured(like) === null);
    return unsure.length > 0 && this.estimate(unsure) >= mostGuessed * all ? null : all;
  }

  /** Seconds an item from whatever was measured. */
  #supposed(like: string): number | null {
    const samples = this.#samples.get(like) ?? [];
    return samples.length === 0 ? null : secondsOf(samples) / itemsOf(samples);
  }
}
