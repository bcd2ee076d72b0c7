/** The first page of the report: what was audited, with what, what came out, and where a lead signs. */

import { datasetFormatNames, type ProjectSummary, verdictKinds, verdictNames } from '../../shared/audit.js';
import { projectTisWords } from '../../shared/tis-words.js';
import type { ModelSummary } from '../../shared/model.js';
import { count, day, plural, rate } from './figures.js';
import { bar, table } from './html-page.js';
import { markup, type Markup } from './markup.js';
import type { ReportInput } from './report-input.js';

const listed = 8;

function figure(value: string, name: string, note: string): Markup {
  return markup`<div class="key">
    <dt>${name}</dt>
    <dd><strong>${value}</strong><small>${note}</small></dd>
  </div>`;
}

function keyFigures(input: ReportInput): Markup {
  const { counts } = input.summary;
  const errors = input.noise?.errorRate ?? null;
  const share = (part: number, whole: number): string => (whole === 0 ? rate(0) : rate(part / whole));
  const estimated =
    errors === null
      ? figure('\u2013', 'Estimated label errors', 'needs labels and predictions')
      : figure(
          rate(errors.share),
          'Estimated label errors',
          `95 % interval ${rate(errors.low)} to ${rate(errors.high)}`,
        );
  const unreadable = counts.unreadable === 0 ? 'all could be read' : `${count(counts.unreadable)} could not be read`;
  return markup`<dl class="keys">
    ${figure(count(counts.images), 'Images', unreadable)}
    ${figure(count(counts.predicted), 'Predicted', `${share(counts.predicted, counts.images)} of the images`)}
    ${figure(count(counts.disagreements), 'Prediction differs from label', `${share(counts.disagreements, counts.predicted)} of the predicted`)}
    ${estimated}
    ${figure(count(counts.reviewed), 'Reviewed by people', `${count(counts.explained)} explained with maps`)}
  </dl>`;
}

function fact(name: string, value: Markup | string): Markup {
  return markup`<div>
    <dt>${name}</dt>
    <dd>${typeof value === 'string' ? markup`${value}` : value}</dd>
  </div>`;
}

function modelFacts(model: ModelSummary): Markup[] {
  const { inputWidth, inputHeight, patchWidth, patchHeight, gridWidth, gridHeight } = model;
  const size = `${count(model.parameters)} parameters, ${String(model.blocks)} blocks, width ${String(model.width)}`;
  const input = `${String(inputWidth)} \u00d7 ${String(inputHeight)} pixels in ${String(gridWidth)} \u00d7 ${String(gridHeight)} patches of ${String(patchWidth)} \u00d7 ${String(patchHeight)}`;
  return [
    fact('Model', markup`<bdi>${model.name}</bdi>`),
    fact('SHA-256', markup`<code>${model.hash}</code>`),
    fact('Size', size),
    fact('Input', input),
    fact('Classes', count(model.classes.length)),
  ];
}

function facts(summary: ProjectSummary): Markup {
  const mapped = summary.mapping.filter((row) => row.classIndex !== null).length;
  return markup`<dl class="facts">
    ${fact('Dataset', markup`<bdi>${summary.datasetPath}</bdi>`)} ${fact('Format', datasetFormatNames[summary.format])}
    ${fact('Labels', `${count(summary.labels.length)}, of which ${count(mapped)} map to a class of the model`)}
    ${modelFacts(summary.model)}
    ${fact('Maps', `TIS, ${projectTisWords(summary.tis).join(', ')}`)}
  </dl>`;
}

function verdictTable(input: ReportInput): Markup {
  const rows = verdictKinds.map((kind) => [
    markup`<span class="swatch v-${kind}"></span>${verdictNames[kind]}`,
    markup`${count(input.verdicts[kind])}`,
  ]);
  const none = [markup`<span class="swatch"></span>Not reviewed`, markup`${count(input.verdicts.none)}`];
  return table('Verdicts', ['Verdict', 'Images'], [...rows, none]);
}

function worstClasses(input: ReportInput): Markup | null {
  const worst = input.noise?.classes.filter((entry) => entry.wrong > 0).slice(0, listed) ?? [];
  if (worst.length === 0) return null;
  const highest = Math.max(...worst.map((entry) => entry.wrong / entry.images));
  const rows = worst.map((entry) => {
    const share = entry.wrong / entry.images;
    return [
      markup`<bdi>${input.summary.model.classes[entry.labelClass] ?? ''}</bdi>`,
      markup`${count(entry.images)}`,
      markup`${count(entry.wrong)}`,
      markup`${bar(share / highest)}<span class="share">${rate(share)}</span>`,
    ];
  });
  return table('Classes with the highest estimated error', ['Label', 'Images', 'Wrong', 'Rate'], rows);
}

/** Warnings of the dataset; at most a handful, the rest are counted. */
function warnings(summary: ProjectSummary): Markup | null {
  const most = 6;
  if (summary.warnings.length === 0) return null;
  const shown = summary.warnings.slice(0, most).map((warning) => markup`<li>${warning}</li>`);
  const more = summary.warnings.length - shown.length;
  const rest = more > 0 ? markup`<li>${plural(more, 'more warning')}; all are in report.json.</li>` : null;
  return markup`<h3>About the data</h3>
    <ul class="warnings">
      ${shown}${rest}
    </ul>`;
}

const signature = markup`<div class="signature">
  <p>Reviewed and accepted</p>
  <div><span>Name</span></div>
  <div><span>Date</span></div>
  <div><span>Signature</span></div>
</div>`;

/** The page a lead can sign. */
export function summarySection(input: ReportInput): Markup {
  const { summary } = input;
  return markup`<section id="summary">
    <p class="kicker">Label audit · ${day(input.generatedAt)}</p>
    <h1><bdi>${input.title}</bdi></h1>
    ${keyFigures(input)}
    <div class="columns">
      <div>
        <h2>Dataset, model, settings</h2>
        ${facts(summary)}
      </div>
      <div>${verdictTable(input)}</div>
    </div>
    ${worstClasses(input)} ${warnings(summary)} ${signature}
  </section>`;
}
