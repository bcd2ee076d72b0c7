/** The stable order of names that every listing uses: digits count as numbers, everything else by code unit. */

import { setImmediate } from 'node:timers/promises';

/** Names dealt with in one go before the event loop gets its turn: a few milliseconds of work. */
const portion = 2048;

/** The largest code unit, which counts as so much in the length of a number. */
const longest = 0xffff;

/**
 * A text whose order by code unit is the natural order of a name: before the digits of a number that count stands how many they
 * are. A 0 before that, because any digit is as far from all other characters as any other.
 */
function keyOf(name: string): string {
  return name.replaceAll(/\d+/g, (digits) => {
    const counting = digits.replace(/^0+/, '');
    const { length } = counting;
    const whole = '\uFFFF'.repeat(Math.floor(length / longest));
    return `0${whole}${String.fromCharCode(length % longest)}${counting}`;
  });
}

/** Names with their keys, and an order of them that becomes the right one. */
class Sorting {
  readonly #names: readonly string[];
  readonly #keys: string[] = [];
  #order: Uint32Array;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#order = Uint32Array.from(names.keys());
  }

  async run(): Promise<string[]> {
    const { length } = this.#names;
    for (let from = 0; from < length; from += portion) {
      for (const name of this.#names.slice(from, from + portion)) this.#keys.push(keyOf(name));
      this.#order.subarray(from, from + portion).sort((a, b) => this.#compare(a, b));
      if (length > portion) await setImmediate();
    }
    for (let run = portion; run < length; run *= 2) await this.#mergeAll(run);
    const sorted: string[] = [];
    for (const [position, place] of this.#order.entries()) {
      sorted.push(this.#names[place] ?? '');
      if (position % (8 * portion) === 8 * portion - 1) await setImmediate();
    }
    return sorted;
  }

  /** Negative when `a` comes before `b`: `img2` before `img10`; equal numbers by code unit, so the order is total. */
  #compare(a: number, b: number): number {
    const [left, right] = [this.#keys[a] ?? '', this.#keys[b] ?? ''];
    if (left !== right) return left < right ? -1 : 1;
    const [before, after] = [this.#names[a] ?? '', this.#names[b] ?? ''];
    return before < after ? -1 : before > after ? 1 : 0;
  }

  /** Merges sorted runs of this length, two by two. */
  async #mergeAll(run: number): Promise<void> {
    const merged = new Uint32Array(this.#order.length);
    for (let from = 0; from < merged.length; from += 2 * run) {
      await this.#merge(this.#order.subarray(from, from + 2 * run), run, merged.subarray(from, from + 2 * run));
    }
    this.#order = merged;
  }

  /** Merges two sorted runs that stand beside each other, the first of this length. */
  async #merge(runs: Uint32Array, run: number, into: Uint32Array): Promise<void> {
    let i = 0;
    let j = Math.min(run, runs.length);
    const middle = j;
    for (let at = 0; at < runs.length; at += 1) {
      const left = runs[i] ?? 0;
      const right = runs[j] ?? 0;
      if (i < middle && (j >= runs.length || this.#compare(left, right) <= 0)) {
        into[at] = left;
        i += 1;
      } else {
        into[at] = right;
        j += 1;
      }
      if (at % (4 * portion) === 4 * portion - 1) await setImmediate();
    }
  }
}

/** The names in natural order; gives the event loop its turn every few milliseconds, however many there are. */
export async function sortNaturally(names: readonly string[]): Promise<string[]> {
  return new Sorting(names).run();
}
