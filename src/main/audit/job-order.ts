/**
 * Which job goes first: short work before long work, each in order of arrival. Being passed is lent: long work that was passed
 * for {@link patience} goes next, and is not put aside before it had as long for itself.
 */

/** Work of at most so many seconds is short. */
export const short = 120;
/** So much may be left of short work, in seconds, before it counts as long: an estimate that wavers changes no order. */
const notShort = 240;
/** Long work is passed for at most so many seconds in a row. */
export const patience = 300;

/** Where one job stands among the others. */
export class Standing {
  #short: boolean;
  #owed = 0;
  #insists = false;

  /** @param seconds that its work may take */
  constructor(seconds: number) {
    this.#short = seconds <= short;
  }

  get short(): boolean {
    return this.#short;
  }

  /** Whether it was passed for long enough. */
  get insists(): boolean {
    return this.#insists && !this.#short;
  }

  /** So much of its work is left, in seconds. */
  expect(seconds: number): void {
    this.#short = seconds <= (this.#short ? notShort : short);
  }

  /** A job that came later ran for so many seconds. */
  passed(seconds: number): void {
    this.#owed += seconds;
    if (this.#owed >= patience) this.#insists = true;
  }

  /** It ran for so many seconds itself. */
  ran(seconds: number): void {
    this.#owed = Math.max(0, this.#owed - seconds);
    if (this.#owed === 0) this.#insists = false;
  }
}

/** The first of those that could run, which are given in order of arrival. */
export function goesFirst<Candidate extends { readonly standing: Standing }>(
  ready: readonly Candidate[],
): Candidate | undefined {
  return ready.find(({ standing }) => standing.insists) ?? ready.find(({ standing }) => standing.short) ?? ready[0];
}
