/** Breaks text into lines of a given width, by the real widths of its letters, and ends what does not fit with an ellipsis. */

import { type FontWeight, textWidth } from './fonts.js';

export interface TextBox {
  /** In points, like {@link size}. */
  readonly width: number;
  readonly size: number;
  readonly weight: FontWeight;
  readonly lines: number;
}

/** Whole characters as people see them: an emoji of several code points is one. */
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ellipsis = '…';

/** Pieces between which a line may break: after plain spaces (`80 %` stays whole), and in file names after `_`, `-` and `/`. */
function pieces(text: string): readonly string[] {
  return text.match(/[^ _\-/]*[ _\-/]+|[^ _\-/]+/gu) ?? [];
}

const fits = (text: string, box: TextBox): boolean => textWidth(text.trimEnd(), box.weight) * box.size <= box.width;

/** The longest beginning that fits, in whole characters and at least one. */
function beginning(text: string, box: TextBox): string {
  let taken = '';
  for (const { segment } of characters.segment(text)) {
    if (taken !== '' && !fits(taken + segment, box)) break;
    taken += segment;
  }
  return taken;
}

/** The text, or its beginning with an ellipsis, on one line. */
export function fitLine(text: string, box: Omit<TextBox, 'lines'>): string {
  const line = { ...box, lines: 1 };
  if (fits(text, line)) return text;
  const dots = textWidth(ellipsis, box.weight) * box.size;
  return `${beginning(text, { ...line, width: box.width - dots }).trimEnd()}${ellipsis}`;
}

/** At most `lines` lines; a word that is wider than the box is broken, and the last line ends with an ellipsis if need be. */
export function wrapText(text: string, box: TextBox): readonly string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    if (lines.length === box.lines - 1 || fits(rest, box)) {
      lines.push(fitLine(rest, box));
      return lines;
    }
    let line = '';
    for (const piece of pieces(rest)) {
      if (!fits(line + piece, box)) break;
      line += piece;
    }
    if (line === '') line = beginning(rest, box);
    rest = rest.slice(line.length).trimStart();
    lines.push(line.trimEnd());
  }
  return lines;
}
