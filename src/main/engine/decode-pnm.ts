/** Decodes the PBM, PGM and PPM formats of Netpbm (P1 to P6) as Pillow reads them. */

import type { RgbImage } from './rgb-image.js';
import { BadPicture, checkSize, cutOff } from './decoded-here.js';

const newline = 0x0a;
const hash = 0x23;
const zero = 0x30;
/** Numbers of a header are never longer, leading zeros included. */
const longestNumber = 10;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);

/** Whether the bytes begin as one of the six formats: two letters and a space or a comment. */
export function isPnm(bytes: Uint8Array): boolean {
  const [first, kind = 0, next] = bytes;
  return first === 0x50 && kind >= 0x31 && kind <= 0x36 && (isSpace(next) || next === hash);
}

/** Reads numbers in text, passing over spaces and comments. */
class Numbers {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** The next decimal number. @throws BadPicture at the file's end and at anything else. */
  next(): number {
    this.#pass();
    let value = 0;
    const from = this.at;
    for (let byte = this.#bytes[from]; byte !== undefined && !isSpace(byte) && byte !== hash;) {
      if (byte < zero || byte > zero + 9 || this.at - from >= longestNumber) throw this.#noNumber(from);
      value = value * 10 + byte - zero;
      byte = this.#bytes[++this.at];
    }
    return value;
  }

  /** The next digit 0 or 1, whether or not a space follows. */
  bit(): number {
    this.#pass();
    const bit = (this.#bytes[this.at] ?? 0) - zero;
    if (bit !== 0 && bit !== 1) throw this.#noNumber(this.at);
    this.at++;
    return bit;
  }

  #pass(): void {
    for (;;) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) throw cutOff();
      if (byte === hash) {
        const end = this.#bytes.indexOf(newline, this.at);
        this.at = end < 0 ? this.#bytes.length : end;
      } else if (isSpace(byte)) this.at++;
      else return;
    }
  }

  #noNumber(from: number): BadPicture {
    return new BadPicture(`is damaged: there is no number at byte ${String(from)}`);
  }
}

/** Python's `round`: halves go to the even neighbour. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * Values `0..maxval` in 8 bits, as Pillow's `PpmDecoder` scales them. It keeps 16 bits of grey and cuts them off at 255 in
 * `convert('RGB')`, which leaves white; here grey is scaled as colours are.
 */
function scale(maxval: number): Uint8Array {
  return Uint8Array.from({ length: maxval + 1 }, (_, value) => roundHalfEven((value / maxval) * 255));
}

interface Header {
  readonly kind: number;
  readonly width: number;
  readonly height: number;
  readonly maxval: number;
  /** Where the samples begin. */
  readonly start: number;
}

function readHeader(bytes: Uint8Array): Header {
  const kind = (bytes[1] ?? zero) - zero;
  const numbers = new Numbers(bytes, 2);
  const [width, height] = [numbers.next(), numbers.next()];
  checkSize(width, height);
  const maxval = kind === 1 || kind === 4 ? 1 : numbers.next();
  if (maxval < 1 || maxval > 0xffff) {
    throw new BadPicture(`is damaged: it says that its brightest value is ${String(maxval)}; 1 to 65535 are possible`);
  }
  // One space ends the header; what follows belongs to the picture.
  return { kind, width, height, maxval, start: numbers.at + 1 };
}

/** Refuses a file that is too short, before memory for its pixels is taken. A sample in text takes two bytes, a bit one. */
function checkLength(bytes: Uint8Array, { kind, width, height, maxval, start }: Header): void {
  const samples = width * height * (kind === 3 || kind === 6 ? 3 : 1);
  const least = [0, samples, 2 * samples - 1, 2 * samples - 1, Math.ceil(width / 8) * height][kind];
  if (bytes.length - start < (least ?? samples * (maxval > 255 ? 2 : 1))) throw cutOff();
}

/** Samples of the text formats, one after the other. */
function readText(bytes: Uint8Array, { kind, maxval, start }: Header, samples: Uint8Array): void {
  const numbers = new Numbers(bytes, start);
  const scaled = scale(maxval);
  for (let at = 0; at < samples.length; at++) {
    if (kind === 1) samples[at] = numbers.bit() === 1 ? 0 : 255;
    else {
      const value = scaled[numbers.next()];
      if (value === undefined) throw new BadPicture(`is damaged: a value is larger than ${String(maxval)}`);
      samples[at] = value;
    }
  }
}

/** One bit a pixel, the highest first, 1 for black; a row begins with a new byte. */
function readBits(bytes: Uint8Array, { width, start }: Header, samples: Uint8Array): void {
  const stride = Math.ceil(width / 8);
  for (let at = 0; at < samples.length; at++) {
    const column = at % width;
    const byte = bytes[start + ((at - column) / width) * stride + (column >> 3)] ?? 0;
    samples[at] = (byte >> (7 - (column & 7))) & 1 ? 0 : 255;
  }
}

/** Samples of one byte, or two with the higher first. */
function readBinary(bytes: Uint8Array, { maxval, start }: Header, samples: Uint8Array): void {
  const scaled = scale(maxval);
  const wide = maxval > 255;
  for (let at = 0; at < samples.length; at++) {
    const from = start + (wide ? 2 * at : at);
    const value = wide ? (bytes[from] ?? 0) * 256 + (bytes[from + 1] ?? 0) : (bytes[from] ?? 0);
    // What is larger than the brightest value is as bright.
    samples[at] = scaled[value] ?? 255;
  }
}

function grey(samples: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(3 * samples.length);
  for (const [at, value] of samples.entries()) pixels.fill(value, 3 * at, 3 * at + 3);
  return pixels;
}

/** The first picture of a file. @throws BadPicture when it is cut off or damaged, or larger than {@link pixelLimit}. */
export function decodePnm(bytes: Uint8Array): RgbImage {
  const header = readHeader(bytes);
  checkLength(bytes, header);
  const { kind, width, height } = header;
  const coloured = kind === 3 || kind === 6;
  const samples = new Uint8Array(width * height * (coloured ? 3 : 1));
  if (kind <= 3) readText(bytes, header, samples);
  else if (kind === 4) readBits(bytes, header, samples);
  else readBinary(bytes, header, samples);
  return { pixels: coloured ? samples : grey(samples), width, height };
}
