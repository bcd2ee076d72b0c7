/** Writes a sheet to a file: SVG, PNG, or PDF printed from the SVG; the file appears whole or not at all. */

import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { SheetFormat } from '../../shared/sheet.js';
import { writeOutput } from '../files/atomic-file.js';
import { drawSheet } from './draw.js';
import { sheetHtml } from './html.js';
import type { Sheet } from './sheet.js';

/** Prints an HTML file to a PDF file; rejects with AppError `PDF_UNAVAILABLE`. */
export type PrintPdf = (htmlPath: string, pdfPath: string) => Promise<void>;

/** Prints by way of a page in a folder of its own, which is all that the printing window may read. */
async function print(svg: Uint8Array, unfinished: string, printPdf: PrintPdf): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-sheet-'));
  try {
    const page = join(folder, 'sheet.html');
    const pdf = join(folder, 'sheet.pdf');
    await writeFile(page, sheetHtml(new TextDecoder().decode(svg)));
    await printPdf(page, pdf);
    await copyFile(pdf, unfinished);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes `sheet` to `path`.
 * @param printPdf prints the page of a PDF; not called for the other formats
 * @throws AppError `OUTPUT_UNWRITABLE`, `DISK_FULL`, `READ_ONLY`, `PDF_UNAVAILABLE`, `CANCELLED`
 */
export async function writeSheet(
  sheet: Sheet,
  path: string,
  format: SheetFormat,
  printPdf: PrintPdf,
  signal?: AbortSignal,
): Promise<void> {
  const bytes = await drawSheet(sheet, format === 'pdf' ? 'svg' : format, signal);
  await writeOutput(path, (unfinished) =>
    format === 'pdf' ? print(bytes, unfinished, printPdf) : writeFile(unfinished, bytes),
  );
}
