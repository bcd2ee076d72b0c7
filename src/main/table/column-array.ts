/** One column of values, `[images, width]` by slot: its chunks lie on disk until somebody asks for one of their images. */

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

/** Where the chunks of a column lie, and which images they are of. */
export interface Backing {
  /** The bytes of a chunk by place, up to any length; undefined where none are kept. */
  readonly read: (chunk: number) => Uint8Array | undefined;
  readonly chunkAt: (slot: number) => number;
  readonly runs: (chunk: number) => readonly Run[];
}

/** Arrays are made zeroed and nothing is filled before it is needed: memory that nobody touches costs neither time nor room. */
export class ColumnArray<Values extends Numbers> {
  readonly shape: ColumnShape<Values>;
  #values: Values;
  #backing: Backing | null = null;
  /** Chunks that were not read yet. */
  readonly #away = new Set<number>();
  #places: Values | null = null;

  constructor(shape: ColumnShape<Values>) {
    this.shape = shape;
    this.#values = new shape.of(0);
  }

  /** By slot, with room behind: reads what was not read yet. */
  get values(): Values {
    if (this.#away.size > 0) for (const chunk of [...this.#away]) this.#bring(chunk);
    return this.#values;
  }

  /** Makes room for so many images, no more and no fewer; new ones have no value once {@link clearRow} gave them none. */
  grow(images: number): void {
    const { of, width } = this.shape;
    const before = this.#values;
    this.#values = new of(images * width);
    this.#values.set(before.subarray(0, this.#values.length));
  }

  /** Forgets what lies in memory: these chunks are read from there as they are asked for. */
  leave(backing: Backing, chunks: Iterable<number>): void {
    this.#backing = backing;
    this.#away.clear();
    for (const chunk of chunks) this.#away.add(chunk);
  }

  /** Reads what was not read yet, a chunk between two yields. */
  *reading(): Generator<void> {
    for (const chunk of [...this.#away]) {
      // Somebody may have asked for it meanwhile, or for all of them to be forgotten.
      if (this.#away.has(chunk)) this.#bring(chunk);
      yield;
    }
  }

  /** Takes every value away. */
  clear(): void {
    this.#away.clear();
    this.#values.fill(this.shape.none);
  }

  /** The values of a chunk by place, read past the memory where nobody has asked for it yet; good until the next call. */
  chunk(chunk: number): Values {
    const { of, width, none } = this.shape;
    const places = (this.#places ??= new of(chunkIds * width));
    places.fill(none);
    if (this.#away.has(chunk)) bytesOf(places).set(this.#read(chunk));
    else {
      for (const { slot, place, length } of this.#backing?.runs(chunk) ?? []) {
        places.set(this.#values.subarray(slot * width, (slot + length) * width), place * width);
      }
    }
    return places;
  }

  /** The bytes of a chunk up to its last image; places without an image hold no value. */
  pack(runs: readonly Run[]): Uint8Array {
    const { of, width, none } = this.shape;
    const last = runs.at(-1);
    const places = last === undefined ? 0 : last.place + last.length;
    const packed = bytesOf(new of(places * width).fill(none));
    const stride = this.#stride;
    for (const { slot, place, length } of runs) {
      this.#need(slot);
      packed.set(bytesOf(this.#values).subarray(slot * stride, (slot + length) * stride), place * stride);
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

  /** The value at a slot of a column of width 1; undefined where there is none. */
  at(slot: number): number | undefined {
    const value = this.number(slot, 0);
    return value === undefined || Object.is(value, this.shape.none) ? undefined : value;
  }

  /** One of the numbers at a slot, as it lies there. */
  number(slot: number, index: number): number | undefined {
    this.#need(slot);
    return this.#values[slot * this.shape.width + index];
  }

  set(slot: number, value: number | null): void {
    this.#need(slot);
    this.#values[slot] = value ?? this.shape.none;
  }

  /** All values of an image, a view. */
  row(slot: number): Values {
    this.#need(slot);
    const { width } = this.shape;
    return this.#values.subarray(slot * width, (slot + 1) * width) as Values;
  }

  setRow(slot: number, values: ArrayLike<number>): void {
    this.#need(slot);
    this.#values.set(values, slot * this.shape.width);
  }

  clearRow(slot: number): void {
    this.row(slot).fill(this.shape.none);
  }

  get #stride(): number {
    return this.shape.width * this.shape.of.BYTES_PER_ELEMENT;
  }

  #need(slot: number): void {
    if (this.#away.size === 0 || this.#backing === null) return;
    const chunk = this.#backing.chunkAt(slot);
    if (this.#away.has(chunk)) this.#bring(chunk);
  }

  #bring(chunk: number): void {
    const { width, none } = this.shape;
    const packed = this.#read(chunk);
    const runs = this.#backing?.runs(chunk) ?? [];
    const reached = packed.byteLength / this.#stride;
    for (const { slot, place, length } of runs) {
      const kept = Math.min(Math.max(reached - place, 0), length);
      this.#values.fill(none, (slot + kept) * width, (slot + length) * width);
    }
    this.unpack(packed, runs);
    this.#away.delete(chunk);
  }

  /** The bytes of a chunk; none where there are none, or none that can be of this column. */
  #read(chunk: number): Uint8Array {
    const packed = this.#backing?.read(chunk);
    const fits = packed?.byteLength !== undefined && packed.byteLength % this.#stride === 0;
    return fits && packed.byteLength <= chunkIds * this.#stride ? packed : nothing;
  }
}

const nothing = new Uint8Array();

function bytesOf(values: Numbers): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
