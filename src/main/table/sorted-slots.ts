/** Some slots in an order, from which few are taken out and into which few are put without sorting the others. */

export type SlotComparison = (a: number, b: number) => number;

export class SortedSlots {
  #slots: Uint32Array;
  #count: number;
  readonly #compare: SlotComparison;

  /** @param slots in the order of `compare`; from now on they are this one's. */
  constructor(slots: Uint32Array, compare: SlotComparison) {
    this.#slots = slots;
    this.#count = slots.length;
    this.#compare = compare;
  }

  /** In order; a view that is good until the next change. */
  get all(): Uint32Array {
    return this.#slots.subarray(0, this.#count);
  }

  /** Where a slot is that is among them. */
  placeOf(slot: number): number {
    return this.#firstFrom(slot, 0, this.#count);
  }

  /** Takes out what lies at these places, which ascend. */
  takeOut(places: readonly number[]): void {
    const slots = this.#slots;
    let to = places[0] ?? 0;
    for (const [index, place] of places.entries()) {
      const end = places[index + 1] ?? this.#count;
      slots.copyWithin(to, place + 1, end);
      to += end - place - 1;
    }
    this.#count -= places.length;
  }

  /** Puts slots in, which are not among them; returns the places that these have now, ascending, and the slots by them. */
  putIn(slots: readonly number[]): { readonly places: readonly number[]; readonly slots: readonly number[] } {
    const sorted = [...slots].sort(this.#compare);
    let from = 0;
    const before = sorted.map((slot) => (from = this.#firstFrom(slot, from, this.#count)));
    this.#makeRoom(this.#count + sorted.length);
    let end = this.#count;
    for (let index = sorted.length - 1; index >= 0; index -= 1) {
      const place = before[index] ?? 0;
      this.#slots.copyWithin(place + index + 1, place, end);
      this.#slots[place + index] = sorted[index] ?? 0;
      end = place;
    }
    this.#count += sorted.length;
    return { places: before.map((place, index) => place + index), slots: sorted };
  }

  /** The first place from `low` on whose slot does not go before this one. */
  #firstFrom(slot: number, low: number, high: number): number {
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#slots[middle] ?? 0, slot) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(count: number): void {
    if (count <= this.#slots.length) return;
    const slots = new Uint32Array(Math.ceil(count * 1.25));
    slots.set(this.all);
    this.#slots = slots;
  }
}
