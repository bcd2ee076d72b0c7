/** A sheet as a page to print: nothing but the drawing, on paper of its size, under a policy that allows nothing else. */

import { createHash } from 'node:crypto';

const pageStyle = (width: string, height: string): string =>
  `@page{size:${width} ${height};margin:0}html,body{margin:0;padding:0;background:#fff}svg{display:block}`;

/** A policy's name of a style sheet that stands in the page. */
const hashOf = (style: string): string => `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/**
 * The page of a sheet that `sheetSvg` made.
 * @throws RangeError when the text is no such drawing
 */
export function sheetHtml(svg: string): string {
  const [, width, height] = /^<svg [^>]*?width="([\d.]+mm)" height="([\d.]+mm)"/.exec(svg) ?? [];
  if (width === undefined || height === undefined) throw new RangeError('The drawing has no size in millimetres');
  const title = /<title>([^<]*)<\/title>/.exec(svg)?.[1] ?? '';
  const fonts = /<style>([^<]*)<\/style>/.exec(svg)?.[1] ?? '';
  const own = pageStyle(width, height);
  const policy = `default-src 'none'; img-src data:; font-src data:; style-src ${hashOf(own)} ${hashOf(fonts)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${own}</style>
</head>
<body>
${svg}</body>
</html>
`;
}
