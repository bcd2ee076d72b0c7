/** The protocol-buffer wire format: a reader that never leaves its bytes and a writer that copies no payload. */

const utf8 = new TextDecoder('utf-8');
const utf8Encoder = new TextEncoder();

/** Where and how the bytes of a message break the wire format. */
export class WireError extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(`${message} at byte ${String(offset)}`);
    this.name = 'WireError';
  }
}

/** Wire types in use: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
export type WireType = 0 | 1 | 2 | 5;

/** Reads one message; nested messages get a reader over their own slice. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Absolute offset of the first byte, for messages of errors. */
  readonly #origin: number;
  #at = 0;

  constructor(bytes: Uint8Array, origin = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#origin = origin;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Offset of the next byte from the start of the outermost message. */
  get offset(): number {
    return this.#origin + this.#at;
  }

  #need(count: number): void {
    if (count > this.#bytes.length - this.#at) throw new WireError('The data ends too early', this.offset);
  }

  /** The next field's number and wire type. */
  tag(): { field: number; wire: WireType } {
    const start = this.offset;
    const tag = this.varint();
    const wire = tag % 8;
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)
      throw new WireError(`Bad wire type ${String(wire)}`, start);
    return { field: Math.floor(tag / 8), wire };
  }

  /** A length, tag or other number that cannot be negative. */
  varint(): number {
    const start = this.offset;
    const value = this.int();
    if (value < 0) throw new WireError('A length is negative', start);
    return value;
  }

  /** A varint as a signed 64-bit integer; beyond 2^53 the nearest double (sentinels such as 2^63 - 1). */
  int(): number {
    const start = this.#at;
    let value = 0;
    let factor = 1;
    while (factor < 2 ** 49) {
      this.#need(1);
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    this.#at = start;
    return this.#longInt();
  }

  /** Eight bytes and more: negative numbers and sentinels. */
  #longInt(): number {
    const start = this.offset;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      this.#need(1);
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw new WireError('A number is too long', start);
  }

  float(): number {
    this.#need(4);
    const value = this.#view.getFloat32(this.#at, true);
    this.#at += 4;
    return value;
  }

  double(): number {
    this.#need(8);
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  /** A length-delimited payload as a view. */
  bytes(): Uint8Array {
    const length = this.varint();
    this.#need(length);
    const view = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return view;
  }

  string(): string {
    return utf8.decode(this.bytes());
  }

  message(): WireReader {
    const length = this.varint();
    this.#need(length);
    const origin = this.offset;
    const view = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return new WireReader(view, origin);
  }

  /** A repeated integer field, packed or not. */
  ints(wire: WireType): number[] {
    if (wire !== 2) return [this.int()];
    const packed = this.message();
    const values: number[] = [];
    while (!packed.done) values.push(packed.int());
    return values;
  }

  /** A repeated float field, packed or not. */
  floats(wire: WireType): number[] {
    if (wire !== 2) return [this.float()];
    const packed = this.message();
    const values: number[] = [];
    while (!packed.done) values.push(packed.float());
    return values;
  }

  skip(wire: WireType): void {
    if (wire === 0) this.int();
    else if (wire === 2) this.bytes();
    else {
      const size = wire === 1 ? 8 : 4;
      this.#need(size);
      this.#at += size;
    }
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

  /** The whole message in one array. */
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
