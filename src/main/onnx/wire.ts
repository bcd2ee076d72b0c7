/** The protocol-buffer wire format: a reader that never leaves its bytes and a writer that copies no payload. */

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** Where and how the bytes of a message break the wire format. */
export class WireError extends Error {
  constructor(message: string, offset: number) {
    super(`${message} at byte ${String(offset)}`);
    this.name = 'WireError';
  }
}

/** Wire types in use: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
export type WireType = 0 | 1 | 2 | 5;

/** Names and texts longer than this are no names. */
const longestString = 16 * 2 ** 20;

/**
 * How much memory the parts of a message may take as objects. Two bytes of a file can ask for an object of hundreds, so
 * every part is paid for before it is made.
 */
export class Allowance {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Pays for `bytes` of objects asked for at `offset`. Throws WireError when nothing is left. */
  spend(bytes: number, offset: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new WireError('There are more parts than a file of this size justifies', offset);
  }
}

/** Reads one message. Nested messages get a reader of their own over the same bytes, bounded by their length. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #allowance: Allowance;
  #at: number;
  /** Halves of the last number read. */
  #low = 0;
  #high = 0;

  constructor(
    bytes: Uint8Array,
    allowance = new Allowance(bytes.length + 64 * 2 ** 20),
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    from = 0,
    to = bytes.length,
  ) {
    // A Buffer's own subarray and slice behave differently from those of the other typed arrays.
    this.#bytes = Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
    this.#view = view;
    this.#allowance = allowance;
    this.#at = from;
    this.#end = to;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Offset of the next byte from the start of the outermost message. */
  get offset(): number {
    return this.#at;
  }

  /** Pays for an object of about `bytes` that is made of what was read. */
  spend(bytes: number): void {
    this.#allowance.spend(bytes, this.#at);
  }

  #need(count: number): void {
    if (count > this.#end - this.#at) throw new WireError('The data ends too early', this.#at);
  }

  /** The next field's number and wire type. */
  tag(): { field: number; wire: WireType } {
    const start = this.#at;
    const tag = this.varint();
    const wire = tag % 8;
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)
      throw new WireError(`Bad wire type ${String(wire)}`, start);
    return { field: Math.floor(tag / 8), wire };
  }

  /** A length, tag or other number that cannot be negative. */
  varint(): number {
    const start = this.#at;
    const value = this.int();
    if (value < 0) throw new WireError('A length is negative', start);
    return value;
  }

  /** A varint as a signed 64-bit integer; beyond 2^53 the nearest double (sentinels such as 2^63 - 1). */
  int(): number {
    this.#readHalves();
    return this.#high === 0 ? this.#low >>> 0 : (this.#high | 0) * 2 ** 32 + (this.#low >>> 0);
  }

  #readHalves(): void {
    const start = this.#at;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      this.#need(1);
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low;
        this.#high = high;
        return;
      }
    }
    throw new WireError('A number is too long', start);
  }

  float(): number {
    this.#need(4);
    const value = this.#view.getFloat32(this.#at, true);
    this.#at += 4;
    return value;
  }

  /** `size` bytes, or a length-delimited payload without it, as a view. */
  bytes(size = this.varint()): Uint8Array {
    this.#need(size);
    const view = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    return view;
  }

  string(): string {
    const start = this.#at;
    const bytes = this.bytes();
    if (bytes.length > longestString) throw new WireError('A text is too long', start);
    this.#allowance.spend(32 + 2 * bytes.length, start);
    return utf8.decode(bytes);
  }

  message(): WireReader {
    const length = this.varint();
    this.#need(length);
    const from = this.#at;
    this.#at += length;
    return new WireReader(this.#bytes, this.#allowance, this.#view, from, this.#at);
  }

  /** Another reader at the same place. */
  copy(): WireReader {
    return new WireReader(this.#bytes, this.#allowance, this.#view, this.#at, this.#end);
  }

  /** Visits the integers of a repeated field, packed or not, as the two halves of their 64 bits. */
  eachInt(wire: WireType, visit: (low: number, high: number) => void): void {
    if (wire === 2) {
      const packed = this.message();
      while (!packed.done) {
        packed.#readHalves();
        visit(packed.#low, packed.#high);
      }
    } else {
      this.#readHalves();
      visit(this.#low, this.#high);
    }
  }

  /** Appends the integers of a repeated field, packed or not. */
  ints(wire: WireType, into: number[]): void {
    const reader = wire === 2 ? this.message() : this;
    do {
      if (reader.done) return;
      reader.spend(16);
      into.push(reader.int());
    } while (reader !== this);
  }

  /** Appends the float32 values of a repeated field, packed or not. */
  floats(wire: WireType, into: number[]): void {
    const reader = wire === 2 ? this.message() : this;
    do {
      if (reader.done) return;
      reader.spend(16);
      into.push(reader.float());
    } while (reader !== this);
  }

  skip(wire: WireType): void {
    if (wire === 0) this.#readHalves();
    else this.bytes(wire === 2 ? undefined : wire === 1 ? 8 : 4);
  }
}

export type FieldReaders = Readonly<Record<number, (reader: WireReader, wire: WireType) => void>>;

/** Reads a whole message field by field; fields without a reader are skipped. */
export function readFields(reader: WireReader, fields: FieldReaders): void {
  while (!reader.done) {
    const { field, wire } = reader.tag();
    const read = fields[field];
    if (read) read(reader, wire);
    else reader.skip(wire);
  }
}

/** Collects a message as a list of chunks; payloads are referenced until {@link WireWriter.finish}. */
export class WireWriter {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  #varint(value: number): void {
    if (value >= 0 && value < 0x80) {
      this.#push(Uint8Array.of(value));
      return;
    }
    const largest = 2n ** 63n - 1n;
    let rest = BigInt(value) > largest ? largest : BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#push(Uint8Array.from(bytes));
  }

  int(field: number, value: number): void {
    this.#varint(field * 8);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#varint(field * 8 + 5);
    const chunk = new Uint8Array(4);
    new DataView(chunk.buffer).setFloat32(0, value, true);
    this.#push(chunk);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#push(value);
  }

  string(field: number, value: string): void {
    this.bytes(field, utf8Encoder.encode(value));
  }

  message(field: number, write: (writer: WireWriter) => void): void {
    const child = new WireWriter();
    write(child);
    this.#varint(field * 8 + 2);
    this.#varint(child.#length);
    for (const chunk of child.#chunks) this.#push(chunk);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** The whole message in one array: the only place where payloads are copied. */
  finish(): Uint8Array {
    const result = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      result.set(chunk, at);
      at += chunk.length;
    }
    return result;
  }
}
