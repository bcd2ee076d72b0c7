/** `--print-pdf`: how the command line prints a report with a hidden Electron. */

import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { chromiumSwitches, electronPath, expect, projectRoot, test } from '../support/app.js';

/** Runs the application in its printing mode; resolves to exit code and what it complained about. */
function print(html: string, pdf: string): Promise<{ code: number | null; said: string }> {
  return new Promise((done, fail) => {
    const app = join(projectRoot, 'out/main/app.cjs');
    const child = spawn(electronPath(), [...chromiumSwitches(), app, '--print-pdf', html, pdf], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', fail);
    child.once('close', (code) => {
      done({ code, said });
    });
  });
}

test('a page of thousands of lines is printed whole, without its scripts and without leaving anything else', async ({
  folder,
}) => {
  const html = join(folder, 'index.html');
  const lines = Array.from({ length: 4000 }, (_, index) => `<p>Finding ${index + 1} — Ankle boot, 12.5 %</p>`);
  await writeFile(html, `<meta charset="utf-8"><body>${lines.join('')}<script>document.body.remove()</script>`);
  const { code, said } = await print(html, join(folder, 'report.pdf'));
  expect(said).not.toContain('cannot be printed');
  expect(code).toBe(0);
  const pdf = await readFile(join(folder, 'report.pdf'));
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(pdf.subarray(-6).toString().trim()).toBe('%%EOF');
  const pages = pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length;
  expect(pages).toBeGreaterThan(50);
  expect((await readdir(folder)).sort()).toEqual(['index.html', 'report.pdf']);
});

test('a report that is not there is told in plain words', async ({ folder }) => {
  const { code, said } = await print(join(folder, 'none.html'), join(folder, 'report.pdf'));
  expect(code).toBe(1);
  expect(said).toContain('none.html cannot be printed');
});
