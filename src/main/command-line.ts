/** What the application was started for: its words after Electron's own. */

import { resolve } from 'node:path';

export type Errand =
  | { readonly kind: 'window'; readonly open: string | null; readonly demo: boolean; readonly devTools: boolean }
  | { readonly kind: 'print-pdf'; readonly html: string; readonly pdf: string };

/**
 * Reads the command line.
 * @param words `process.argv` without the program itself
 * @param appPath the application's folder, which an unpackaged Electron has among its words
 * @param cwd what relative paths start from
 */
export function readErrand(words: readonly string[], appPath: string, cwd: string): Errand {
  const print = words.indexOf('--print-pdf');
  const [html, pdf] = print < 0 ? [] : words.slice(print + 1);
  if (html !== undefined && pdf !== undefined) {
    return { kind: 'print-pdf', html: resolve(cwd, html), pdf: resolve(cwd, pdf) };
  }
  const paths = words.filter((word) => !word.startsWith('-')).map((word) => resolve(cwd, word));
  const project = paths.find((path) => path !== appPath && path.endsWith('.hognose'));
  return {
    kind: 'window',
    open: project ?? null,
    demo: words.includes('--demo'),
    devTools: words.includes('--devtools'),
  };
}
