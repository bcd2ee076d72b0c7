/** The advance widths of a TrueType font or its WOFF packing: what is needed to measure text, without drawing any. */

import { inflateSync } from 'node:zlib';

/** Tables of a font file by their four letters; OpenType specification 1.9 and WOFF 1.0. */
function tablesOf(bytes: Uint8Array): ReadonlyMap<string, DataView> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = view.getUint32(0) === 0x774f4646; // 'wOFF'
  const first = packed ? 44 : 12;
  const size = packed ? 20 : 16;
  const tables = new Map<string, DataView>();
  for (let index = 0; index < view.getUint16(packed ? 12 : 4); index += 1) {
    const entry = first + index * size;
    const name = Buffer.from(bytes.subarray(entry, entry + 4)).toString('latin1');
    const offset = view.getUint32(entry + (packed ? 4 : 8));
    const stored = view.getUint32(entry + (packed ? 8 : 12));
    const length = view.getUint32(entry + 12);
    const part = bytes.subarray(offset, offset + stored);
    const table = packed && stored < length ? inflateSync(part) : part;
    tables.set(name, new DataView(table.buffer, table.byteOffset, table.byteLength));
  }
  return tables;
}

/** Segments of a `cmap` of format 4: glyphs of signs up to U+FFFF. */
function addSegments(table: DataView, start: number, glyphs: Map<number, number>): void {
  const segments = table.getUint16(start + 6) / 2;
  const ends = start + 14;
  const starts = ends + segments * 2 + 2;
  const deltas = starts + segments * 2;
  const offsets = deltas + segments * 2;
  for (let segment = 0; segment < segments; segment += 1) {
    const last = table.getUint16(ends + segment * 2);
    const first = table.getUint16(starts + segment * 2);
    const delta = table.getUint16(deltas + segment * 2);
    const place = offsets + segment * 2;
    const offset = table.getUint16(place);
    for (let sign = first; sign <= last && sign < 0xffff; sign += 1) {
      const listed = offset === 0 ? sign : table.getUint16(place + offset + (sign - first) * 2);
      const glyph = offset !== 0 && listed === 0 ? 0 : (listed + delta) & 0xffff;
      if (glyph !== 0) glyphs.set(sign, glyph);
    }
  }
}

/** Groups of a `cmap` of format 12: glyphs of any sign. */
function addGroups(table: DataView, start: number, glyphs: Map<number, number>): void {
  for (let group = 0; group < table.getUint32(start + 12); group += 1) {
    const place = start + 16 + group * 12;
    const first = table.getUint32(place);
    const glyph = table.getUint32(place + 8);
    for (let sign = first; sign <= table.getUint32(place + 4); sign += 1) glyphs.set(sign, glyph + sign - first);
  }
}

function glyphsBySign(table: DataView): ReadonlyMap<number, number> {
  const glyphs = new Map<number, number>();
  for (let index = 0; index < table.getUint16(2); index += 1) {
    const start = table.getUint32(4 + index * 8 + 4);
    const format = table.getUint16(start);
    if (format === 4) addSegments(table, start, glyphs);
    else if (format === 12) addGroups(table, start, glyphs);
  }
  return glyphs;
}

/** The signs of a font and how wide they are. */
export class Glyphs {
  readonly #glyphs: ReadonlyMap<number, number>;
  readonly #metrics: DataView;
  readonly #measured: number;
  readonly #unitsPerEm: number;

  /** @param file a `.ttf` or `.woff` file of this program's own packages */
  constructor(file: Uint8Array) {
    const tables = tablesOf(file);
    const table = (name: string): DataView => {
      const found = tables.get(name);
      if (found === undefined) throw new RangeError(`The font has no table '${name}'`);
      return found;
    };
    this.#glyphs = glyphsBySign(table('cmap'));
    this.#metrics = table('hmtx');
    this.#measured = table('hhea').getUint16(34);
    this.#unitsPerEm = table('head').getUint16(18);
  }

  /** Advance width of a sign (a code point) in ems; null when the font does not have it. */
  advance(sign: number): number | null {
    const glyph = this.#glyphs.get(sign);
    if (glyph === undefined) return null;
    return this.#metrics.getUint16(Math.min(glyph, this.#measured - 1) * 4) / this.#unitsPerEm;
  }
}
