/** The images that could not be read, with the reason. */

import { count, counted } from '../../shared/figures.js';
import { table } from './html-page.js';
import { markup, type Markup } from '../drawing/markup.js';
import type { ReportInput } from './report-input.js';

const most = 40;

/** Null when all images could be read. */
export function unreadableSection(input: ReportInput): Markup | null {
  const { unreadable } = input;
  if (unreadable.length === 0) return null;
  const rows = unreadable.slice(0, most).map((entry) => [markup`<bdi>${entry.file}</bdi>`, markup`${entry.reason}`]);
  const more = unreadable.length - rows.length;
  const rest = more > 0 ? markup`<p>${count(more)} more are in report.json.</p>` : null;
  return markup`<section id="unreadable">
    <h2>${counted(unreadable.length, 'image')} could not be read</h2>
    ${table('They were left out of the audit', ['File', 'Reason'], rows, [0, 1])} ${rest}
  </section>`;
}
