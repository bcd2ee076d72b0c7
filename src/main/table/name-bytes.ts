/** Names as bytes side by side, with where each begins: no object and no string a name. */

/** Names of neighbouring places as they are stored. */
export interface StoredNames {
  /** UTF-8, one name behind the other. */
  readonly bytes: Uint8Array;
  /** Bytes of each name. */
  readonly lengths: Uint32Array;
}

/** A first room for bytes, so that a few names do not make several. */
const firstRoom = 4096;

/** Up to 4 GiB of names. */
export class NameBytes {
  count = 0;
  bytes = Buffer.alloc(0);
  /** `[count + 1]` and room: name i lies from `starts[i]` to `starts[i + 1]`. */
  starts = new Uint32Array(1);

  /** Adds a name at the end; returns how many bytes it has. */
  add(name: string): number {
    const start = this.#end;
    // A unit of UTF-16 takes three bytes at most.
    this.#makeRoom(this.count + 1, start + name.length * 3);
    const length = this.bytes.write(name, start);
    this.count += 1;
    this.starts[this.count] = start + length;
    return length;
  }

  /** Makes room for so many names of so many bytes in all. */
  reserve(count: number, bytes: number): void {
    this.#makeRoom(count, bytes);
  }

  append({ bytes, lengths }: StoredNames): void {
    let end = this.#end;
    this.#makeRoom(this.count + lengths.length, end + bytes.length);
    this.bytes.set(bytes, end);
    const { starts } = this;
    for (const length of lengths) {
      end += length;
      this.count += 1;
      starts[this.count] = end;
    }
  }

  /** The names from `first` to before `end`, as they are to be stored. */
  stored(first: number, end: number): StoredNames {
    const { starts } = this;
    const lengths = new Uint32Array(end - first);
    for (let at = first; at < end; at += 1) lengths[at - first] = (starts[at + 1] ?? 0) - (starts[at] ?? 0);
    return { bytes: this.bytes.subarray(starts[first], starts[end]), lengths };
  }

  /** The bytes of a name. */
  at(place: number): Buffer {
    return this.bytes.subarray(this.starts[place], this.starts[place + 1]);
  }

  /** Leaves only the names with a 1 in `kept`; the others move up. */
  keep(kept: Uint8Array): void {
    const { bytes, starts } = this;
    let count = 0;
    let end = 0;
    for (let at = 0, start = 0; at < this.count; at += 1) {
      const next = starts[at + 1] ?? 0;
      if (kept[at] === 1) {
        bytes.copyWithin(end, start, next);
        end += next - start;
        count += 1;
        starts[count] = end;
      }
      start = next;
    }
    this.count = count;
  }

  get #end(): number {
    return this.starts[this.count] ?? 0;
  }

  #makeRoom(count: number, end: number): void {
    if (count >= this.starts.length) {
      const starts = new Uint32Array(Math.max(count, Math.ceil(this.count * 1.5), 16) + 1);
      starts.set(this.starts.subarray(0, this.count + 1));
      this.starts = starts;
    }
    if (end > this.bytes.length) {
      const bytes = Buffer.alloc(Math.max(end, Math.ceil(this.bytes.length * 1.5), firstRoom));
      bytes.set(this.bytes.subarray(0, this.#end));
      this.bytes = bytes;
    }
  }
}
