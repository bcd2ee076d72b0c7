/** How much room captions take, from the names that they may have to hold: the same for all pictures of a project. */

import type { CaptionSize } from './panel-layout.js';

/** What a caption takes besides its name, and what each line of the name adds, in pixels. */
const without = 39;
const line = 16;
/** Width of a caption beside its picture. */
export const beside = 172;
/** Lines that a name has beside its picture, where there is height. */
export const linesBeside = 3;
/** Pixels of an average letter of the name, of a figure, and of the longest role before a name ('Label, top 1'). */
const letter = 7;
const figure = 6;
const role = 66;

/** Lines that the longest of these names needs in a caption of a width: one, or two, which also cuts what is longer. */
export function nameLines(names: readonly string[], width: number): 1 | 2 {
  const longest = names.reduce((most, name) => Math.max(most, name.length), 0);
  return role + letter * longest <= width ? 1 : 2;
}

/** Whether a name fits so many lines of a caption, which break where words end. */
export function fitsName(name: string, width: number, lines: number): boolean {
  return role + letter * name.length <= width * (lines === 1 ? 1 : lines - 0.3);
}

/** @param aside whether captions may stand beside their pictures */
export function captionSize(lines: 1 | 2, aside: boolean): CaptionSize {
  return { height: without + line * lines, beside: aside ? beside : null };
}

/** Whether a line of figures fits a caption of a width. */
export function fitsCaption(text: string, width: number): boolean {
  return text.length * figure <= width;
}
