/** Reads out of a shared library (ELF, 64 bit) which others it needs, without loading it. */

import { closeSync, openSync, readSync } from 'node:fs';

/** What a library says about the libraries it is linked with. */
export interface DynamicSection {
  /** File names (DT_NEEDED), in the order of the file. */
  readonly needed: readonly string[];
  /** Folders where they are looked for besides the system's (DT_RUNPATH or DT_RPATH); `$ORIGIN` is the library's own. */
  readonly runpath: readonly string[];
}

/** A piece of the file that is mapped into memory. */
interface Segment {
  readonly type: number;
  /** Place in the file, address in memory and length, in bytes. */
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const headerSize = 64;
const segmentSize = 56;
const entrySize = 16;
const loadSegment = 1;
const dynamicSegment = 2;
const tags = { needed: 1, strings: 5, stringsSize: 10, rpath: 15, runpath: 29 } as const;
/** No dynamic section and no table of its strings is longer, in bytes. */
const longest = 2 ** 24;

/** Reads pieces of an open file. @throws RangeError for a piece that is not wholly there. */
class Pieces {
  readonly #file: number;
  readonly #name: string;

  constructor(file: number, name: string) {
    this.#file = file;
    this.#name = name;
  }

  at(offset: number, size: number): Buffer {
    if (size > longest) throw this.damaged();
    const piece = Buffer.alloc(size);
    if (readSync(this.#file, piece, 0, size, offset) !== size) throw this.damaged();
    return piece;
  }

  damaged(): RangeError {
    return new RangeError(`"${this.#name}" is damaged, or no 64-bit shared library.`);
  }
}

const number = (piece: Buffer, at: number): number => Number(piece.readBigUInt64LE(at));

function segmentsOf(pieces: Pieces): readonly Segment[] {
  const header = pieces.at(0, headerSize);
  const isElf = header.readUInt32BE(0) === 0x7f454c46;
  const is64 = header[4] === 2;
  const isLittleEndian = header[5] === 1;
  if (!isElf || !is64 || !isLittleEndian || header.readUInt16LE(54) !== segmentSize) throw pieces.damaged();
  const table = pieces.at(number(header, 32), header.readUInt16LE(56) * segmentSize);
  return Array.from({ length: table.length / segmentSize }, (_, index) => {
    const at = index * segmentSize;
    return {
      type: table.readUInt32LE(at),
      offset: number(table, at + 8),
      address: number(table, at + 16),
      size: number(table, at + 32),
    };
  });
}

/** The entries of the dynamic section by tag. */
function dynamicEntries(pieces: Pieces, segments: readonly Segment[]): (tag: number) => readonly number[] {
  const dynamic = segments.find(({ type }) => type === dynamicSegment);
  // A program that is linked statically has none.
  const section = dynamic === undefined ? Buffer.alloc(0) : pieces.at(dynamic.offset, dynamic.size);
  const entries: { readonly tag: number; readonly value: number }[] = [];
  for (let at = 0; at + entrySize <= section.length; at += entrySize) {
    const tag = number(section, at);
    if (tag === 0) break;
    entries.push({ tag, value: number(section, at + 8) });
  }
  return (wanted) => entries.filter(({ tag }) => tag === wanted).map(({ value }) => value);
}

/** The table of names that the dynamic section counts into. */
function stringTable(
  pieces: Pieces,
  segments: readonly Segment[],
  entries: (tag: number) => readonly number[],
): (place: number) => string {
  const [address] = entries(tags.strings);
  const [size] = entries(tags.stringsSize);
  if (address === undefined || size === undefined) return () => '';
  const segment = segments.find(
    (one) => one.type === loadSegment && one.address <= address && address < one.address + one.size,
  );
  if (segment === undefined) throw pieces.damaged();
  const table = pieces.at(segment.offset + address - segment.address, size);
  return (place) => {
    const end = table.indexOf(0, place);
    if (place >= size || end < 0) throw pieces.damaged();
    return table.toString('utf8', place, end);
  };
}

/**
 * What a shared library or program needs; only its tables are read, however large it is.
 * @throws RangeError for a file that is cut off, damaged or no such file; the system's error for one that cannot be read.
 */
export function readDynamicSection(path: string): DynamicSection {
  const file = openSync(path, 'r');
  try {
    const pieces = new Pieces(file, path);
    const segments = segmentsOf(pieces);
    const entries = dynamicEntries(pieces, segments);
    const string = stringTable(pieces, segments, entries);
    const runpath = [...entries(tags.rpath), ...entries(tags.runpath)].flatMap((place) => string(place).split(':'));
    return { needed: entries(tags.needed).map(string), runpath: runpath.filter((folder) => folder !== '') };
  } finally {
    closeSync(file);
  }
}
