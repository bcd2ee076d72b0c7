/** Sheets as files: PNG at 300 dots an inch, SVG, PDF by way of a printer; whole or not at all. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { colourMap } from '../../../src/shared/colormap.js';
import { AppError } from '../../../src/shared/errors.js';
import { layOut } from '../../../src/main/sheet/layout.js';
import { sheetSvg } from '../../../src/main/sheet/svg.js';
import { writeSheet } from '../../../src/main/sheet/write-sheet.js';
import { plainLook, twoImages } from './sample.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-sheet-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const noPrinter = (): Promise<void> => Promise.reject(new AppError('PDF_UNAVAILABLE', 'There is no printer.'));
/** Dots of a PNG, of points. */
const dots = (points: number): number => (points / 72) * 300;

describe('PNG', () => {
  it('has 300 dots an inch and the colours of pictures and paper', async () => {
    const sheet = await twoImages({ ...plainLook, transposed: true, opacity: 0 });
    const path = join(folder, 'sheet.png');
    await writeSheet(sheet, path, 'png', noPrinter);
    const { width, height, cell, columns, rows } = layOut(sheet);
    const { density, ...size } = await sharp(path).metadata();
    expect(density).toBe(300);
    expect(Math.abs(size.width - dots(width))).toBeLessThan(1.5);
    expect(Math.abs(size.height - dots(height))).toBeLessThan(1.5);
    expect(dots(cell.width)).toBeCloseTo(472.44, 1);
    const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): number[] => {
      const from = (Math.round(dots(y)) * info.width + Math.round(dots(x))) * info.channels;
      return [...data.subarray(from, from + 3)];
    };
    expect(at(2, 2)).toEqual([255, 255, 255]);
    for (const [row, colour] of [
      [255, 0, 0],
      [0, 0, 255],
    ].entries()) {
      expect(at((columns[0] ?? 0) + cell.width / 2, (rows[row] ?? 0) + cell.height / 2)).toEqual(colour);
    }
  });

  it('of a contact sheet colours every image on the one scale of the method, which its legend tells', async () => {
    const lowImage = async (scale: 'method' | 'own'): Promise<number[]> => {
      const sheet = await twoImages({ ...plainLook, transposed: true, scale });
      const path = join(folder, `contact-${scale}.png`);
      await writeSheet(sheet, path, 'png', noPrinter);
      expect(sheetSvg(sheet).includes('Chefer2 0 to 1')).toBe(scale === 'method');
      const { columns, rows, cell } = layOut(sheet);
      const left = Math.round(dots((columns[1] ?? 0) + 0.9 * cell.width));
      const top = Math.round(dots((rows[1] ?? 0) + cell.height / 2));
      const pixel = sharp(path).removeAlpha().extract({ left, top, width: 1, height: 1 });
      return [...(await pixel.raw().toBuffer())];
    };
    const colour = (entry: number): number[] => [...colourMap('magma').subarray(entry * 3, entry * 3 + 3)];
    expect(await lowImage('method')).toEqual(colour(64));
    expect(await lowImage('own')).toEqual(colour(255));
  });

  it('holds text, in Inter and in the signs that Inter lacks', async () => {
    const sheet = { ...(await twoImages()), title: '' };
    const inked = async (title: string): Promise<number> => {
      const path = join(folder, 'title.png');
      await writeSheet({ ...sheet, title }, path, 'png', noPrinter);
      const { data } = await sharp(path)
        .greyscale()
        .extract({ left: 0, top: 90, width: 900, height: 55 })
        .raw()
        .toBuffer({ resolveWithObject: true });
      return data.reduce((dark, value) => dark + (value < 128 ? 1 : 0), 0);
    };
    expect(await inked('Hognose')).toBeGreaterThan(500);
    expect(await inked('Жаба Ω żółw')).toBeGreaterThan(500);
    expect(await inked('😀😀😀😀')).toBeGreaterThan(500);
  });
});

describe('files', () => {
  it('are SVG, or printed from a page that is gone afterwards', async () => {
    const sheet = await twoImages();
    const svg = join(folder, 'sheet.svg');
    await writeSheet(sheet, svg, 'svg', noPrinter);
    expect((await readFile(svg, 'utf8')).startsWith('<svg xmlns=')).toBe(true);
    let printed = '';
    const path = join(folder, 'sheet.pdf');
    await writeSheet(sheet, path, 'pdf', async (html, pdf) => {
      printed = html;
      expect(await readFile(html, 'utf8')).toContain('<svg xmlns=');
      await writeFile(pdf, '%PDF');
    });
    expect(await readFile(path, 'utf8')).toBe('%PDF');
    await expect(readFile(printed)).rejects.toThrow('ENOENT');
  });

  it('are left as they were when something fails', async () => {
    const path = join(folder, 'kept.pdf');
    await writeFile(path, 'old');
    await expect(writeSheet(await twoImages(), path, 'pdf', noPrinter)).rejects.toMatchObject({
      code: 'PDF_UNAVAILABLE',
    });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('that cannot be written are named', async () => {
    const path = join(folder, 'no', 'folder.svg');
    await expect(writeSheet(await twoImages(), path, 'svg', noPrinter)).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
    });
  });

  it('are not begun when the work is cancelled', async () => {
    const path = join(folder, 'cancelled.svg');
    const sheet = await twoImages();
    await expect(writeSheet(sheet, path, 'svg', noPrinter, AbortSignal.abort())).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
