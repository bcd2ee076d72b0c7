/** Which labels meet which predictions: the most frequent pairs, overlapping classes, and the matrix of a small label set. */

import { count, alignedPercent } from '../../shared/figures.js';
import { table } from './html-page.js';
import { markup, type Markup } from '../drawing/markup.js';
import type { ConfusionCell } from '../../shared/query.js';
import type { ReportInput } from './report-input.js';

const pairs = 12;
/** Up to this many labels and classes the whole matrix is printed. */
const matrixLabels = 20;

function classOfLabel(input: ReportInput, label: number): number | null {
  return input.summary.mapping.find((row) => row.label === label)?.classIndex ?? null;
}

/** A label without a class agrees with nothing and differs from nothing. */
function differs(input: ReportInput, { label, prediction }: ConfusionCell): boolean {
  const own = classOfLabel(input, label);
  return own !== null && own !== prediction;
}

function confusedPairs(input: ReportInput): Markup | null {
  const { labels, classes } = input.names;
  const totals = new Map<number, number>();
  for (const cell of input.confusion) totals.set(cell.label, (totals.get(cell.label) ?? 0) + cell.count);
  const wrong = input.confusion.filter((cell) => differs(input, cell)).slice(0, pairs);
  if (wrong.length === 0) return null;
  const rows = wrong.map((cell) => [
    markup`<bdi>${labels[cell.label] ?? ''}</bdi>`,
    markup`<bdi>${classes[cell.prediction] ?? ''}</bdi>`,
    markup`${count(cell.count)}`,
    markup`${alignedPercent(cell.count / (totals.get(cell.label) ?? 1))}`,
  ]);
  return table('Most frequent disagreements', ['Label', 'Prediction', 'Images', 'Of the label'], rows, [0, 1]);
}

function overlapping(input: ReportInput): Markup | null {
  const { classes } = input.names;
  const found = input.noise?.overlaps.slice(0, pairs) ?? [];
  if (found.length === 0) return null;
  const rows = found.map((pair) => [
    markup`<bdi>${classes[pair.first] ?? ''}</bdi>`,
    markup`<bdi>${classes[pair.second] ?? ''}</bdi>`,
    markup`${count(pair.images)}`,
  ]);
  return table('Classes that overlap (estimated)', ['Class', 'Class', 'Images'], rows, [0, 1]);
}

/** Shade 0 to 9 of a share; a share that is there at all is at least 1. */
function shade(share: number): number {
  return share === 0 ? 0 : Math.max(1, Math.min(9, Math.ceil(Math.sqrt(share) * 9)));
}

function matrix(input: ReportInput): Markup | null {
  const { labels, classes } = input.names;
  if (labels.length > matrixLabels || classes.length > matrixLabels || input.confusion.length === 0) return null;
  const counts = new Map(
    input.confusion.map((cell) => [`${String(cell.label)}/${String(cell.prediction)}`, cell.count]),
  );
  const at = (label: number, prediction: number): number => counts.get(`${String(label)}/${String(prediction)}`) ?? 0;
  const rows = labels.map((name, label) => {
    const total = classes.reduce((sum, _, prediction) => sum + at(label, prediction), 0);
    const own = classOfLabel(input, label);
    const cells = classes.map((_, prediction) => {
      const value = at(label, prediction);
      const look = prediction === own ? 'own' : `s${String(shade(total === 0 ? 0 : value / total))}`;
      return markup`<td class="${look}">${value === 0 ? '\u00b7' : count(value)}</td>`;
    });
    return markup`<tr>
      <th scope="row"><bdi>${name}</bdi></th>
      ${cells}
    </tr> `;
  });
  const heads = classes.map(
    (name) =>
      markup`<th scope="col">
        <span><bdi>${name}</bdi></span>
      </th>`,
  );
  return markup`<table class="matrix">
    <caption>
      Images by label (rows) and prediction (columns); outlined where they agree
    </caption>
    <thead>
      <tr>
        <td></td>
        ${heads}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** The confusion summary; null when nothing has a label and a prediction. */
export function confusionSection(input: ReportInput): Markup | null {
  if (input.confusion.length === 0) return null;
  return markup`<section id="confusion">
    <h2>Where labels and predictions part</h2>
    ${matrix(input)}
    <div class="columns even">
      <div>${confusedPairs(input)}</div>
      <div>${overlapping(input)}</div>
    </div>
  </section>`;
}
