/** One column of values in memory, `[images, width]` by slot, and how a chunk of it becomes bytes and comes back. */

import { chunkIds, placeOf } from '../database/chunks.js';

/** The arrays that columns lie in. */
export type Numbers = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

interface NumbersOf<Values extends Numbers> {
  new (length: number): Values;
  readonly BYTES_PER_ELEMENT: number;
}

/** What a column holds of an image. */
export interface ColumnShape<Values extends Numbers> {
  readonly of: NumbersOf<Values>;
  /** Numbers an image. */
  readonly width: number;
  /** Stands for no value. */
  readonly none: number;
}

/** Images side by side in memory that lie side by side in a chunk. */
export interface Run {
  readonly slot: number;
  readonly place: number;
  readonly length: number;
}

/** The runs of the slots from `first` to before `end`, which are of one chunk; `id` by slot. */
export function runsOf(id: Uint32Array, first: number, end: number): readonly Run[] {
  const runs: Run[] = [];
  for (let slot = first; slot < end;) {
    const from = id[slot] ?? 0;
    let next = slot + 1;
    while (next < end && id[next] === from + next - slot) next += 1;
    runs.push({ slot, place: placeOf(from), length: next - slot });
    slot = next;
  }
  return runs;
}

export class ColumnArray<Values extends Numbers> {
  readonly shape: ColumnShape<Values>;
  #values: Values;

  constructor(shape: ColumnShape<Values>) {
    this.shape = shape;
    this.#values = new shape.of(0);
  }

  /** By slot, with room behind. */
  get values(): Values {
    return this.#values;
  }

  /** Makes room for so many images, no more and no fewer; new ones have no value. */
  grow(images: number): void {
    const { of, width, none } = this.shape;
    const before = bytesOf(this.#values);
    this.#values = new of(images * width);
    const now = bytesOf(this.#values);
    now.set(before.subarray(0, now.length));
    // New arrays are zero.
    if (none !== 0) this.#values.fill(none, Math.min(before.length, now.length) / of.BYTES_PER_ELEMENT);
  }

  /** Takes every value away. */
  clear(): void {
    this.#values.fill(this.shape.none);
  }

  /** The bytes of a chunk up to its last image; places without an image hold no value. */
  pack(runs: readonly Run[]): Uint8Array {
    const { of, width, none } = this.shape;
    const last = runs.at(-1);
    const places = last === undefined ? 0 : last.place + last.length;
    const packed = bytesOf(new of(places * width).fill(none));
    const stride = this.#stride;
    const values = bytesOf(this.#values);
    for (const { slot, place, length } of runs) {
      packed.set(values.subarray(slot * stride, (slot + length) * stride), place * stride);
    }
    return packed;
  }

  /** Takes values over from the bytes of a chunk; what these do not reach stays. */
  unpack(packed: Uint8Array, runs: readonly Run[]): void {
    const stride = this.#stride;
    const values = bytesOf(this.#values);
    for (const { slot, place, length } of runs) {
      values.set(packed.subarray(place * stride, (place + length) * stride), slot * stride);
    }
  }

  /** Whether bytes can be a chunk of this column. */
  fits(packed: Uint8Array): boolean {
    return packed.byteLength % this.#stride === 0 && packed.byteLength <= chunkIds * this.#stride;
  }

  /** The value at a slot of a column of width 1; undefined where there is none. */
  at(slot: number): number | undefined {
    const value = this.#values[slot];
    return value === undefined || Object.is(value, this.shape.none) ? undefined : value;
  }

  set(slot: number, value: number | null): void {
    this.#values[slot] = value ?? this.shape.none;
  }

  /** All values of an image, a view. */
  row(slot: number): Values {
    const { width } = this.shape;
    return this.#values.subarray(slot * width, (slot + 1) * width) as Values;
  }

  setRow(slot: number, values: ArrayLike<number>): void {
    this.#values.set(values, slot * this.shape.width);
  }

  clearRow(slot: number): void {
    this.row(slot).fill(this.shape.none);
  }

  get #stride(): number {
    return this.shape.width * this.shape.of.BYTES_PER_ELEMENT;
  }
}

function bytesOf(values: Numbers): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
