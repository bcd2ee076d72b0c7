/** Reads what stands before the pixels of a bitmap: size, depth, packing, palette and bit fields. */

import { BadPicture, checkSize, cutOff } from './decoded-here.js';

/** What is needed to read the pixels. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Whether the first row is the uppermost. */
  readonly topDown: boolean;
  readonly bits: 1 | 2 | 4 | 8 | 16 | 24 | 32;
  readonly runLengths: boolean;
  /** RGB, three bytes a colour; empty when pixels are colours themselves. */
  readonly palette: Uint8Array;
  /** Which bits are red, green and blue. */
  readonly masks: readonly number[];
  /** Whether these are the lowest three bytes: blue, green, red. */
  readonly bytewise: boolean;
  /** Where the pixels begin. */
  readonly start: number;
}

/** Length of the file header, which every bitmap begins with. */
const fileHeader = 14;
/** Length of OS/2's first header, with sizes of 16 bits and a palette of three bytes a colour. */
const coreHeader = 12;
/** Lengths of the headers there are: OS/2 1 and 2, Windows 3, with bit fields, 4 and 5. */
const headerLengths: readonly number[] = [coreHeader, 16, 40, 52, 56, 64, 108, 124];
const depths = [1, 2, 4, 8, 16, 24, 32] as const;

/** How pixels are packed. */
const packing = { none: 0, runs8: 1, runs4: 2, bitFields: 3, bitFieldsWithAlpha: 6 } as const;

const fifteenBits = [0x7c00, 0x03e0, 0x001f] as const;
const wholeBytes = [0xff0000, 0x00ff00, 0x0000ff] as const;

/** The numbers of the header as they stand there. */
interface Stated {
  readonly length: number;
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly packed: number;
  readonly colours: number;
}

function readStated(file: Buffer): Stated {
  if (file.length < fileHeader + coreHeader) throw cutOff();
  const length = file.readUInt32LE(fileHeader);
  if (!headerLengths.includes(length)) throw new BadPicture('is damaged: its header is of no known kind');
  if (file.length < fileHeader + length) throw cutOff();
  const at = fileHeader;
  if (length === coreHeader) {
    const [width, height] = [file.readUInt16LE(at + 4), file.readUInt16LE(at + 6)];
    return { length, width, height, bits: file.readUInt16LE(at + 10), packed: 0, colours: 0 };
  }
  const [width, height] = [file.readInt32LE(at + 4), file.readInt32LE(at + 8)];
  const bits = file.readUInt16LE(at + 14);
  if (length === 16) return { length, width, height, bits, packed: 0, colours: 0 };
  return { length, width, height, bits, packed: file.readUInt32LE(at + 16), colours: file.readUInt32LE(at + 32) };
}

function depthOf({ bits }: Stated): BmpHeader['bits'] {
  const depth = depths.find((one) => one === bits);
  if (depth === undefined) throw new BadPicture(`is damaged: it says that a pixel has ${String(bits)} bits`);
  return depth;
}

/** Refuses packings that are not read, and those that do not go with the depth. */
function checkPacking({ packed, bits, length, height }: Stated): void {
  const runs = (packed === packing.runs8 && bits === 8) || (packed === packing.runs4 && bits === 4);
  // Runs go upwards; and OS/2 means other things by the numbers beyond them.
  const fields = (packed === packing.bitFields || packed === packing.bitFieldsWithAlpha) && length !== 64;
  if (packed === packing.none || (runs && height > 0) || (fields && bits >= 16)) return;
  throw new BadPicture(`is a BMP image that is packed in a way that cannot be decoded here (number ${String(packed)})`);
}

/** Bit fields stand in the longer headers and after the shorter one; otherwise the depth says where colours are. */
function masksOf(file: Buffer, { packed, bits }: Stated): readonly number[] {
  if (packed === packing.none || bits <= 8) return bits === 16 ? fifteenBits : wholeBytes;
  const from = fileHeader + 40;
  if (file.length < from + 12) throw cutOff();
  return [0, 4, 8].map((at) => file.readUInt32LE(from + at));
}

/** Colours that a palette has; files that leave the number out have them all. */
function colourCount({ bits, colours }: Stated): number {
  return bits > 8 ? 0 : colours === 0 ? 1 << bits : Math.min(colours, 256);
}

function paletteOf(file: Buffer, stated: Stated): Uint8Array {
  const entry = stated.length === coreHeader ? 3 : 4;
  const from = fileHeader + stated.length;
  const palette = new Uint8Array(3 * colourCount(stated));
  for (let at = 0; 3 * at < palette.length; at++) {
    // Blue comes first.
    for (let channel = 0; channel < 3; channel++)
      palette[3 * at + channel] = file[from + entry * at + 2 - channel] ?? 0;
  }
  return palette;
}

/** Reads and checks everything before the pixels. @throws BadPicture */
export function readBmpHeader(file: Buffer): BmpHeader {
  const stated = readStated(file);
  const [width, height] = [stated.width, Math.abs(stated.height)];
  checkSize(width, height);
  const bits = depthOf(stated);
  checkPacking(stated);
  const masks = masksOf(file, stated);
  const offset = file.readUInt32LE(10);
  // Some writers forget the palette when they say where the pixels begin.
  const forgotten = offset === fileHeader + stated.length && bits <= 8;
  return {
    width,
    height,
    topDown: stated.height < 0,
    bits,
    runLengths: stated.packed === packing.runs8 || stated.packed === packing.runs4,
    palette: paletteOf(file, stated),
    masks,
    bytewise: bits >= 24 && masks.every((mask, channel) => mask === wholeBytes[channel]),
    start: forgotten ? offset + (stated.length === coreHeader ? 3 : 4) * colourCount(stated) : offset,
  };
}
