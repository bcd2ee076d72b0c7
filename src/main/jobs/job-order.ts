/**
 * Which job goes first: in order of arrival, except that a job passes an earlier one that has at least twice as much left. Being
 * passed is lent: who was passed for {@link patience} goes next, and is not put aside before it had as long for itself.
 */

/** A job that is done within so many seconds is not passed, until it is late by as many. */
const soonDone = 10;
/** Who was passed for so many seconds in a row is not passed any more. */
export const patience = 300;

/** Where one job stands among the others. */
export class Standing {
  #estimate: number;
  /** So long it ran since it should have been done, in seconds: negative until then; of work that is not soon done nothing is known. */
  #late = -Infinity;
  #owed = 0;
  #insists = false;

  constructor(estimate: number) {
    this.#estimate = estimate;
    this.estimated(estimate);
  }

  /** So much of its work is left as far as can be told, in seconds. */
  estimated(seconds: number): void {
    this.#estimate = seconds;
    if (seconds >= soonDone) this.#late = -Infinity;
    else if (this.#late === -Infinity) this.#late = -seconds;
  }

  /** So much of its work is left, in seconds; of work that should have been done, as much as it is late. */
  get seconds(): number {
    return Math.max(this.#estimate, this.#late);
  }

  /** Whether it was passed for long enough. */
  get insists(): boolean {
    return this.#insists;
  }

  /** A job that came later ran for so many seconds. */
  passed(seconds: number): void {
    this.#owed += seconds;
    if (this.#owed >= patience) this.#insists = true;
  }

  /** It ran for so many seconds itself. */
  ran(seconds: number): void {
    this.#late += seconds;
    this.#owed = Math.max(0, this.#owed - seconds);
    if (this.#owed === 0) this.#insists = false;
  }
}

interface Candidate {
  readonly standing: Standing;
}

/** Once it runs, a job stays before the earlier one until it has more left: an estimate that wavers changes no order. */
function passes(later: Candidate, earlier: Candidate, runs: boolean): boolean {
  if (earlier.standing.seconds < soonDone) return false;
  return later.standing.seconds <= earlier.standing.seconds * (runs ? 1 : 0.5);
}

/** The first of those that could run, which are given in order of arrival; `running` among them is under way. */
export function goesFirst<Some extends Candidate>(ready: readonly Some[], running: Some | null): Some | undefined {
  const insisting = ready.find(({ standing }) => standing.insists);
  if (insisting !== undefined) return insisting;
  return ready.reduce<Some | undefined>(
    (first, one) => (first === undefined || passes(one, first, one === running) ? one : first),
    undefined,
  );
}
