/** Turns an order into a drawing, in whichever thread it runs. */

import type { DrawOrder } from './draw.js';
import { sheetPng } from './png.js';
import { sheetSvg } from './svg.js';

/** The bytes of the drawing. */
export async function drawOrder({ sheet, format }: DrawOrder): Promise<Uint8Array> {
  const svg = sheetSvg(sheet);
  return format === 'png' ? sheetPng(svg) : new TextEncoder().encode(svg);
}
