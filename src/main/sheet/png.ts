/** A sheet as a picture of 300 dots an inch, drawn by resvg (WebAssembly) with the bundled fonts: the same on every machine. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { initWasm, Resvg } from '@resvg/resvg-wasm';

import { facesFor } from './fonts.js';
import { encodeRgbPng } from './rgb-png.js';
import { printDensity } from './svg-cells.js';

const { resolve } = createRequire(import.meta.url);

let ready: Promise<void> | undefined;

/** Loads resvg once a process or thread. */
function load(): Promise<void> {
  ready ??= readFile(resolve('@resvg/resvg-wasm/index_bg.wasm')).then((bytes) => initWasm(bytes));
  return ready;
}

/** The drawing's width in millimetres. */
function widthOf(svg: string): number {
  const width = Number(/^<svg [^>]*?width="([\d.]+)mm"/.exec(svg)?.[1]);
  if (!(width > 0)) throw new RangeError('The drawing has no width in millimetres');
  return width;
}

/** The PNG of a drawing that `sheetSvg` made: 8-bit RGB, with its density. Heavy; see `draw.ts`. */
export async function sheetPng(svg: string): Promise<Uint8Array> {
  await load();
  // What stands between tags is all the text there is; entities cost a few needless signs at most.
  const text = svg.replace(/<style>[^<]*<\/style>/, '').replace(/<[^>]*>/g, '');
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'width', value: Math.round((widthOf(svg) / 25.4) * printDensity) },
    background: '#fff',
    imageRendering: 0,
    font: { fontBuffers: facesFor(`${text}x`).map(({ bytes }) => bytes), defaultFontFamily: 'Inter' },
  });
  try {
    const image = drawing.render();
    try {
      return encodeRgbPng(image.pixels, image.width, image.height, printDensity);
    } finally {
      image.free();
    }
  } finally {
    drawing.free();
  }
}
