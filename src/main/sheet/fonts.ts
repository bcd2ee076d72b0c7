/** The fonts of sheets: Inter for text, DejaVu Sans for the signs it lacks. They travel with the program and with each sheet. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { Glyphs } from './glyphs.js';

const { resolve } = createRequire(import.meta.url);

export type FontWeight = 'regular' | 'strong';

/** Families in the order in which a sign is looked for; the last ones are the reader's own. */
export const fontFamilies = "Inter, 'DejaVu Sans', system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/** The parts into which the package divides Inter, with the signs that each is for. */
const parts = ['latin', 'latin-ext', 'greek', 'greek-ext', 'cyrillic', 'cyrillic-ext', 'vietnamese'] as const;
type Part = (typeof parts)[number];
const weights = { regular: 400, strong: 600 } as const satisfies Record<FontWeight, number>;
const otherFont = 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf';

function partPath(part: Part, weight: FontWeight, format: 'woff' | 'woff2'): string {
  return resolve(`@fontsource/inter/files/inter-${part}-${weights[weight]}-normal.${format}`);
}

/** Calls `make` once a key. */
function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}

const ranges = once((part: Part): string => {
  const table = JSON.parse(readFileSync(resolve('@fontsource/inter/unicode.json'), 'utf8')) as Record<string, string>;
  return table[part] ?? '';
});

const partGlyphs = {
  regular: once((part: Part) => new Glyphs(readFileSync(partPath(part, 'regular', 'woff')))),
  strong: once((part: Part) => new Glyphs(readFileSync(partPath(part, 'strong', 'woff')))),
} as const;
const otherGlyphs = once((file: string) => new Glyphs(readFileSync(resolve(file))));

/** The part of Inter that has a sign; null when none has. */
function partOf(sign: number): Part | null {
  return parts.find((part) => partGlyphs.regular(part).advance(sign) !== null) ?? null;
}

/** Width of a sign in ems; of one that no font here has, that of a wide letter. */
const signWidths = {
  regular: once((sign: number) => widthOf(sign, 'regular')),
  strong: once((sign: number) => widthOf(sign, 'strong')),
} as const;

function widthOf(sign: number, weight: FontWeight): number {
  const part = partOf(sign);
  const own = part === null ? null : partGlyphs[weight](part).advance(sign);
  return own ?? otherGlyphs(otherFont).advance(sign) ?? 1;
}

/** Width of a text in ems, without kerning. */
export function textWidth(text: string, weight: FontWeight): number {
  let width = 0;
  for (const character of text) width += signWidths[weight](character.codePointAt(0) ?? 0);
  return width;
}

/** A font as a style sheet embeds it. */
export interface FontFace {
  readonly family: string;
  readonly weight: number;
  readonly mime: string;
  /** For `unicode-range`; null for all that the font has. */
  readonly range: string | null;
  readonly bytes: Uint8Array;
}

/** The fonts that a text needs, in both weights. */
export function facesFor(text: string): readonly FontFace[] {
  const signs = new Set(Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const found = new Set(Array.from(signs, partOf));
  const inter = parts.flatMap((part) => (found.has(part) ? faces(part) : []));
  const others = Array.from(signs).some(
    (sign) => partOf(sign) === null && otherGlyphs(otherFont).advance(sign) !== null,
  );
  if (!others) return inter;
  const bytes = readFileSync(resolve(otherFont));
  return [...inter, { family: 'DejaVu Sans', weight: weights.regular, mime: 'font/ttf', range: null, bytes }];
}

function faces(part: Part): FontFace[] {
  return (['regular', 'strong'] as const).map((weight) => ({
    family: 'Inter',
    weight: weights[weight],
    mime: 'font/woff2',
    range: ranges(part),
    bytes: readFileSync(partPath(part, weight, 'woff2')),
  }));
}
