/** The first page of the report: what was audited, with what, what came out, and where a lead signs. */

import { type ComparedCounts, type ProjectSummary, verdictStateNames, verdictStates } from '../../shared/audit.js';
import { comparedOf, dash, disagreementFigure, whyNothingCompared } from '../../shared/count-words.js';
import { projectMappingNotices } from '../../shared/mapping-words.js';
import { projectTisWords } from '../../shared/tis-words.js';
import type { ModelSummary } from '../../shared/model.js';
import { unsettledWords } from '../../shared/verdict-state.js';
import { alignedPercent, count, counted } from '../../shared/figures.js';
import { datasetFormat } from '../dataset/dataset-formats.js';
import { day } from './figures.js';
import { table } from './html-page.js';
import { markup, type Markup } from '../drawing/markup.js';
import type { ReportInput } from './report-input.js';

const listed = 8;

function figure(value: string, name: string, note: string): Markup {
  return markup`<div class="key">
    <dt>${name}</dt>
    <dd><strong>${value}</strong><small>${note}</small></dd>
  </div>`;
}

/** What the model alone estimates. */
function estimatedErrors({ noise }: ReportInput): Markup {
  const name = 'Label errors, estimated by the model alone';
  if (noise?.errorRate === null || noise === null) return figure(dash, name, 'nothing was compared');
  return figure(count(noise.wrong), name, `${alignedPercent(noise.errorRate)} of ${count(noise.images)} compared`);
}

/** Beside the estimate: what people decided. */
function foundErrors({ verdicts, summary }: ReportInput): Markup {
  const name = 'Label errors found by people';
  const { reviewed, unsettled } = summary.counts;
  const open = unsettled === 0 ? '' : `, ${count(unsettled)} unsettled`;
  if (reviewed === 0) return figure(dash, name, `nothing is reviewed${open}`);
  const none = verdicts['none-of-the-classes'];
  return figure(
    count(verdicts['wrong-label'] + none),
    name,
    `in ${count(reviewed)} reviewed${none === 0 ? '' : `, ${count(none)} of none of the classes`}${open}`,
  );
}

function keyFigures(input: ReportInput): Markup {
  const { counts } = input.summary;
  const share = (part: number, whole: number): string => (whole === 0 ? dash : alignedPercent(part / whole));
  const unreadable =
    counts.unreadable === 0
      ? counts.predicted === counts.images
        ? 'all could be read'
        : 'not all were read yet'
      : `${count(counts.unreadable)} could not be read`;
  const compared =
    counts.compared === 0
      ? whyNothingCompared(counts)
      : `${alignedPercent(counts.disagreements / counts.compared)} ${comparedOf(counts)}`;
  return markup`<dl class="keys">
    ${figure(count(counts.images), 'Images', unreadable)}
    ${figure(count(counts.predicted), 'Predicted', `${share(counts.predicted, counts.images)} of the images, ${count(counts.explained)} explained with maps`)}
    ${figure(disagreementFigure(counts), 'Prediction differs from label', compared)}
    ${estimatedErrors(input)} ${foundErrors(input)}
  </dl>`;
}

function fact(name: string, value: Markup | string): Markup {
  return markup`<div>
    <dt>${name}</dt>
    <dd>${typeof value === 'string' ? markup`${value}` : value}</dd>
  </div>`;
}

function modelFacts(model: ModelSummary, path: string): Markup[] {
  const { inputWidth, inputHeight, patchWidth, patchHeight, gridWidth, gridHeight } = model;
  const size = `${count(model.parameters)} parameters, ${String(model.blocks)} blocks, width ${String(model.width)}`;
  const input = `${String(inputWidth)} \u00d7 ${String(inputHeight)} pixels in ${String(gridWidth)} \u00d7 ${String(gridHeight)} patches of ${String(patchWidth)} \u00d7 ${String(patchHeight)}`;
  return [
    fact('Model', markup`<bdi>${model.name}</bdi>`),
    fact('Path', markup`<bdi>${path}</bdi>`),
    fact('SHA-256', markup`<code>${model.hash}</code>`),
    fact('Size', size),
    fact('Input', input),
    fact('Classes', count(model.classes.length)),
  ];
}

function facts(summary: ProjectSummary): Markup {
  const mapped = summary.mapping.filter((row) => row.classIndex !== null).length;
  return markup`<dl class="facts">
    ${fact('Dataset', markup`<bdi>${summary.datasetPath}</bdi>`)} ${fact('Format', datasetFormat(summary.format).words.name)}
    ${fact('Labels', `${count(summary.labels.length)}, of which ${count(mapped)} map to a class of the model`)}
    ${modelFacts(summary.model, summary.modelPath)}
    ${fact('Maps', `TIS, ${projectTisWords(summary.tis).join(', ')}`)}
  </dl>`;
}

function verdictTable(input: ReportInput): Markup {
  const states = verdictStates.filter((state) => state !== 'unsettled' || input.verdicts.unsettled > 0);
  const rows = states.map((state) => [
    markup`<span class="swatch v-${state}"></span>${verdictStateNames[state]}`,
    markup`${count(input.verdicts[state])}`,
  ]);
  const none = [markup`<span class="swatch"></span>Not reviewed`, markup`${count(input.verdicts.none)}`];
  return table('Verdicts', ['Verdict', 'Images'], [...rows, none]);
}

/** Cells of a row of counts: images, predicted, compared, disagreements and their share. */
function countCells(counts: ComparedCounts): Markup[] {
  const share = counts.compared === 0 ? dash : alignedPercent(counts.disagreements / counts.compared);
  return [
    markup`${count(counts.images)}`,
    markup`${count(counts.predicted)}`,
    markup`${count(counts.compared)}`,
    markup`${disagreementFigure(counts)}`,
    markup`${share}`,
  ];
}

const countHeadings = ['Images', 'Predicted', 'Compared', 'Prediction differs', 'Of the compared'] as const;

/** Null where all images are in one split, or in none: the figures of the page are those of the split. */
function splitTable({ summary }: ReportInput): Markup | null {
  const { splits } = summary;
  if (splits.length < 2) return null;
  const rows = splits.map((counts) => [
    counts.split === null ? markup`In no split` : markup`<bdi>${counts.split}</bdi>`,
    ...countCells(counts),
  ]);
  return table('By split', ['Split', ...countHeadings], rows);
}

/** The labels with the highest share of disagreements, and what the model alone estimates of them. */
function labelTable({ summary, names, labelCounts, noise }: ReportInput): Markup | null {
  const classes = new Map(summary.mapping.map((row) => [row.label, row.classIndex]));
  const estimates = new Map(noise?.classes.map((entry) => [entry.labelClass, entry]));
  const share = (counts: ComparedCounts): number =>
    counts.compared === 0 ? -1 : counts.disagreements / counts.compared;
  const worst = [...labelCounts].sort((a, b) => share(b) - share(a) || b.images - a.images).slice(0, listed);
  if (worst.length === 0) return null;
  const rows = worst.map((counts) => {
    const estimate = estimates.get(classes.get(counts.label) ?? -1);
    return [
      markup`<bdi>${names.labels[counts.label] ?? ''}</bdi>`,
      ...countCells(counts),
      markup`${estimate === undefined ? dash : count(estimate.wrong)}`,
    ];
  });
  const which = worst.length < labelCounts.length ? 'Labels whose predictions differ most' : 'By label';
  return table(which, ['Label', ...countHeadings, 'Errors, by the model alone'], rows);
}

/** What stands against trusting the figures: of the mapping, of the predictions, of the data; the last only a handful. */
function warnings(summary: ProjectSummary): Markup | null {
  const most = 6;
  const notices = projectMappingNotices(summary, 'report').map(({ message, hint }) => `${message} ${hint}`);
  const unsettled = unsettledWords(summary.counts, 'report');
  const grave = [...notices, ...summary.doubts, ...(unsettled === null ? [] : [unsettled])].map(
    (text) => markup`<li class="grave">${text}</li>`,
  );
  if (grave.length + summary.warnings.length === 0) return null;
  const shown = summary.warnings.slice(0, most).map((warning) => markup`<li>${warning}</li>`);
  const more = summary.warnings.length - shown.length;
  const rest = more > 0 ? markup`<li>${counted(more, 'more warning')}; all are in report.json.</li>` : null;
  return markup`<h3>About the data</h3>
    <ul class="warnings">
      ${grave}${shown}${rest}
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
    ${warnings(summary)} ${splitTable(input)} ${labelTable(input)} ${signature}
  </section>`;
}
