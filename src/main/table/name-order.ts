/** The order of file names: members of a container by number, all other names by code point; kept, and followed as names are added. */

import type { NameBytes } from './name-bytes.js';
import { merge, nameComparison, sortedPlaces } from './name-sort.js';

export class NameOrder {
  readonly #names: NameBytes;
  #ranks: Uint32Array = new Uint32Array(0);

  constructor(names: NameBytes) {
    this.#names = names;
  }

  /** The place of each of the first names in the order of these. */
  get ranks(): Uint32Array {
    return this.#ranks;
  }

  /** Puts in ranks of the first names that were kept. */
  put(ranks: Uint32Array): void {
    this.#ranks = ranks;
  }

  /** Brings the ranks in step with the names, a portion between two yields; in vain where names are removed meanwhile. */
  *follow(): Generator<void> {
    const { count } = this.#names;
    const known = this.#ranks;
    if (known.length === count) return;
    const added = yield* sortedPlaces(known.length, count, nameComparison(this.#names));
    const order = new Uint32Array(count);
    yield* merge(inverse(known), added, order, nameComparison(this.#names));
    if (this.#ranks === known) this.#ranks = inverse(order);
  }

  /** Only the names with a 1 in `kept` are left, and have moved up. */
  keep(kept: Uint8Array): void {
    const order = inverse(this.#ranks);
    const moved = new Uint32Array(order.length);
    let count = 0;
    for (let place = 0; place < order.length; place += 1) if (kept[place] === 1) moved[place] = count++;
    this.#ranks = inverse(order.filter((place) => kept[place] === 1).map((place) => moved[place] ?? 0));
  }
}

/** From ranks by place to places by rank, and back. */
function inverse(permutation: Uint32Array): Uint32Array {
  const turned = new Uint32Array(permutation.length);
  for (let index = 0; index < permutation.length; index += 1) turned[permutation[index] ?? 0] = index;
  return turned;
}
