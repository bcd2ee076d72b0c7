/** Turns an order into a drawing, in whichever thread it runs. */

import type { ErrorData } from '../../shared/errors.js';
import { sheetPng } from './png.js';
import type { Sheet } from './sheet.js';
import { sheetSvg } from './svg.js';

/** What is drawn: the PDF is printed from the SVG. */
export type DrawnFormat = 'svg' | 'png';

/** What the thread is given. */
export interface DrawOrder {
  readonly sheet: Sheet;
  readonly format: DrawnFormat;
}

/** What the thread answers. */
export type DrawAnswer =
  { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly error: ErrorData };

/** The bytes of the drawing. */
export async function drawOrder({ sheet, format }: DrawOrder): Promise<Uint8Array> {
  const svg = sheetSvg(sheet);
  return format === 'png' ? sheetPng(svg) : new TextEncoder().encode(svg);
}
