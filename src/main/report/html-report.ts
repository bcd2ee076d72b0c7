/** The HTML report: a first page with summary, confusion, findings and method, and further pages when there are very many findings. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectCounts } from '../../shared/audit.js';
import { comparedAll, comparedOf, whyNothingCompared } from '../../shared/count-words.js';
import { counted } from '../../shared/figures.js';
import { moment } from './figures.js';
import { confusionSection } from './html-confusion.js';
import { type CardOptions, type FindingCard, findingCard, findingSheets } from './html-findings.js';
import { methodSection } from './html-method.js';
import { type PageLink, renderPage } from './html-page.js';
import { summarySection } from './html-summary.js';
import { unreadableSection } from './html-unreadable.js';
import { markup, type Markup } from '../drawing/markup.js';
import type { ReportInput } from './report-input.js';
import { reportStyle } from './style.js';

/** Findings on one page: enough for most audits to be one page, few enough to open at once. */
const findingsPerPage = 1000;

export const firstPage = 'index.html';
const pageName = (index: number): string => (index === 0 ? firstPage : `findings-${String(index + 1)}.html`);

/** What the list of findings is, and what none of them means: an all-clear only where every image was compared. */
function findingsWords(counts: ProjectCounts, findings: number): string {
  const { disagreements, compared } = counts;
  if (compared === 0) {
    const judged = findings === 0 ? '' : ' The findings are what people judged.';
    return `Labels and predictions were not compared: ${whyNothingCompared(counts)}.${judged}`;
  }
  const of = comparedAll(counts) ? '' : ` (${comparedOf(counts)} images)`;
  if (findings === 0) return `No prediction differs from its label${of}, and no verdict says that a label is wrong.`;
  return `Most suspicious first; in all, ${counted(disagreements, 'prediction differs', 'predictions differ')} from the label${of}. Maps lie over what the model sees.`;
}

function findingsSection(
  input: ReportInput,
  cards: readonly FindingCard[],
  page: number,
  options: CardOptions,
): Markup {
  const total = input.findings.length;
  const from = page * findingsPerPage;
  const shown = cards.slice(from, from + (options.lazy ? findingsPerPage : cards.length));
  const range = shown.length < total ? `, ${String(from + 1)} to ${String(from + shown.length)}` : '';
  return markup`<section id="findings">
    <h2>${counted(total, 'finding')}${range}</h2>
    <p>${findingsWords(input.summary.counts, total)}</p>
    <div class="sheets">${findingSheets(shown.map((card) => findingCard(card, input, options)))}</div>
  </section>`;
}

function links(input: ReportInput, pages: number, current: number): PageLink[] {
  const first = current === 0 ? '' : firstPage;
  const jumps = [
    ['#summary', 'Summary'],
    ...(input.confusion.length > 0 ? [['#confusion', 'Confusion']] : []),
    ['#findings', 'Findings'],
    ['#method', 'Method and limits'],
  ];
  const list = jumps.map(([href = '', text = '']) => ({ href: first + href, text, current: false }));
  for (let page = 1; page < pages; page += 1) {
    const from = page * findingsPerPage + 1;
    const to = Math.min(input.findings.length, from + findingsPerPage - 1);
    list.push({ href: pageName(page), text: `Findings ${String(from)} to ${String(to)}`, current: page === current });
  }
  return list;
}

function page(
  input: ReportInput,
  cards: readonly FindingCard[],
  index: number,
  pages: number,
  options: CardOptions,
): string {
  const whole = [
    summarySection(input),
    confusionSection(input),
    findingsSection(input, cards, index, options),
    unreadableSection(input),
    methodSection(input),
  ].filter((section) => section !== null);
  return renderPage({
    title: `Audit of ${input.title}`,
    links: links(input, pages, index),
    sections: index === 0 ? whole : [findingsSection(input, cards, index, options)],
    footer: `Made by Hognose ${input.appVersion} on ${moment(input.generatedAt)}.`,
  });
}

/** Writes the style sheet that the pages share, and makes the folder of their pictures. */
export async function writeAssets(folder: string, imageFolder: string): Promise<void> {
  await mkdir(join(folder, imageFolder), { recursive: true });
  await writeFile(join(folder, 'assets/report.css'), reportStyle());
}

/** Removes them, where nothing is left that shows them. */
export async function removeAssets(folder: string): Promise<void> {
  await rm(join(folder, 'assets'), { recursive: true, force: true });
}

/** Writes the pages, the first as {@link firstPage}. */
export async function writeHtml(folder: string, input: ReportInput, cards: readonly FindingCard[]): Promise<void> {
  const pages = Math.max(1, Math.ceil(cards.length / findingsPerPage));
  for (let index = 0; index < pages; index += 1) {
    await writeFile(join(folder, pageName(index)), page(input, cards, index, pages, { lazy: true }));
  }
}

/** Writes one page with everything for the printer; returns its name. */
export async function writePrintable(
  folder: string,
  input: ReportInput,
  cards: readonly FindingCard[],
): Promise<string> {
  const name = 'print.html';
  await writeFile(join(folder, name), page(input, cards, 0, 1, { lazy: false }));
  return name;
}
