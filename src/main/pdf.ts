/** Prints a report's HTML as PDF with a hidden window that runs no script and reaches only the report's own files. */

import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { app, BrowserWindow, session } from 'electron';

import { AppError, toAppError } from '../shared/errors.js';
import { writeOutput } from './files/atomic-file.js';
import { hardenSession } from './security.js';

/**
 * Writes `pdfPath` from `htmlPath` on A4, with backgrounds; the page's own `@page` rules decide the margins.
 * @throws AppError `PDF_UNAVAILABLE` when the page cannot be loaded or printed; `OUTPUT_UNWRITABLE`, `DISK_FULL` or `READ_ONLY`
 * for the file.
 */
export async function printPdf(htmlPath: string, pdfPath: string): Promise<void> {
  const bytes = await renderPdf(resolve(htmlPath));
  await writeOutput(pdfPath, (unfinished) => writeFile(unfinished, bytes));
}

async function renderPdf(htmlPath: string): Promise<Uint8Array> {
  const folder = dirname(htmlPath) + sep;
  const isolated = session.fromPartition('report', { cache: false });
  hardenSession(isolated, (url) => url.protocol === 'file:' && fileURLToPath(url).startsWith(folder));
  const window = new BrowserWindow({
    show: false,
    webPreferences: { session: isolated, sandbox: true, contextIsolation: true, javascript: false, spellcheck: false },
  });
  try {
    await window.loadURL(pathToFileURL(htmlPath).href);
    return await window.webContents.printToPDF({
      pageSize: 'A4',
      printBackground: true,
      preferCSSPageSize: true,
      generateDocumentOutline: true,
      generateTaggedPDF: true,
    });
  } catch (error) {
    throw new AppError(
      'PDF_UNAVAILABLE',
      `The report ${htmlPath} cannot be printed: ${toAppError(error).message}`,
      '',
      {
        cause: error,
      },
    );
  } finally {
    window.destroy();
  }
}

/** `--print-pdf HTML PDF`: prints and exits; how the command line makes its PDF. */
export async function printPdfAndExit(htmlPath: string, pdfPath: string): Promise<void> {
  // A profile of its own, so that it runs beside an open window.
  app.setPath('userData', join(app.getPath('appData'), 'hognose', 'print'));
  // Without a listener Electron quits as soon as the hidden window is gone, before the file is written.
  app.on('window-all-closed', () => undefined);
  try {
    await app.whenReady();
    await printPdf(htmlPath, pdfPath);
    app.exit(0);
  } catch (error) {
    process.stderr.write(`${toAppError(error).message}\n`);
    app.exit(1);
  }
}
