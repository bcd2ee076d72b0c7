/** Writes the smallest shared library that says what it needs: headers, a dynamic section, its strings. */

const headerSize = 64;
const segmentSize = 56;
const address = 0x10000;

interface TinyElf {
  readonly needed: readonly string[];
  readonly runpath?: string;
}

/** The bytes of a 64-bit library of x86. */
export function tinyElf({ needed, runpath }: TinyElf): Buffer {
  const texts = runpath === undefined ? needed : [...needed, runpath];
  const places = texts.map((_, index) => texts.slice(0, index).reduce((sum, text) => sum + text.length + 1, 1));
  const strings = Buffer.from(`\0${texts.map((text) => `${text}\0`).join('')}`, 'latin1');
  const start = headerSize + 2 * segmentSize;
  const tagged = places.map((place, index) => [index < needed.length ? 1 : 29, place] as const);
  const entries = [...tagged, [5, address + start] as const, [10, strings.length] as const, [0, 0] as const];
  const dynamic = Buffer.alloc(entries.length * 16);
  for (const [index, [tag, value]] of entries.entries()) {
    dynamic.writeBigUInt64LE(BigInt(tag), index * 16);
    dynamic.writeBigUInt64LE(BigInt(value), index * 16 + 8);
  }
  const head = Buffer.alloc(start);
  head.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  head.writeBigUInt64LE(BigInt(headerSize), 32);
  head.writeUInt16LE(segmentSize, 54);
  head.writeUInt16LE(2, 56);
  const size = start + strings.length + dynamic.length;
  const segments = [
    { type: 1, offset: 0, at: address, size },
    { type: 2, offset: start + strings.length, at: address + start + strings.length, size: dynamic.length },
  ];
  for (const [index, segment] of segments.entries()) {
    const at = headerSize + index * segmentSize;
    head.writeUInt32LE(segment.type, at);
    head.writeBigUInt64LE(BigInt(segment.offset), at + 8);
    head.writeBigUInt64LE(BigInt(segment.at), at + 16);
    head.writeBigUInt64LE(BigInt(segment.size), at + 32);
  }
  return Buffer.concat([head, strings, dynamic]);
}
