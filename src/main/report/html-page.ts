/** The frame of every page of the HTML report: strict policy, style sheet, title line and links between pages. */

import { markup, type Markup } from '../drawing/markup.js';

/** No script, no network, nothing inline: pictures and one style sheet from beside the page. */
const policy = "default-src 'none'; img-src 'self' data:; style-src 'self'";

export interface PageLink {
  readonly href: string;
  readonly text: string;
  readonly current: boolean;
}

export interface Page {
  readonly title: string;
  readonly links: readonly PageLink[];
  readonly sections: readonly Markup[];
  /** Stands at the end: when and with what the report was made. */
  readonly footer: string;
}

/** A whole HTML file. */
export function renderPage(page: Page): string {
  const links = page.links.map(
    (link) => markup`<a href="${link.href}"${link.current ? markup` aria-current="page"` : null}>${link.text}</a>`,
  );
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>${page.title}</title>
        <link rel="stylesheet" href="assets/report.css">
      </head>
      <body>
        <nav aria-label="Report">${links}</nav>
        <main>${page.sections}</main>
        <footer>${page.footer}</footer>
      </body>
    </html>
`.text;
}

/** A table with headings; the first column is text, the others are figures unless `text` names them. */
export function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly Markup[])[],
  text: readonly number[] = [0],
): Markup {
  const cell = (content: Markup, column: number): Markup =>
    text.includes(column) ? markup`<td>${content}</td>` : markup`<td class="figure">${content}</td>`;
  const heads = headings.map((heading, column) =>
    text.includes(column)
      ? markup`<th scope="col">${heading}</th>`
      : markup`<th scope="col" class="figure">${heading}</th>`,
  );
  const body = rows.map(
    (row) =>
      markup`<tr>${row.map(cell)}</tr>
`,
  );
  return markup`<table>
    <caption>${caption}</caption>
    <thead>
      <tr>${heads}</tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table>`;
}

/** A bar for a share of 0 to 1: a drawing, because the page may carry no inline style. */
export function bar(share: number): Markup {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return markup`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect width="${width.toFixed(2)}" height="6"/>
  </svg>`;
}
