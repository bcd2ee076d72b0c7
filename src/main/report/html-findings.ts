/** Findings as cards, six a printed page: image, label, prediction, probabilities, maps, disagreement and verdict. */

import { type ClassIndex, type ImageRow, type Verdict, verdictNames } from '../../shared/audit.js';
import { valueInWords } from '../../shared/column-words.js';
import { scoreColumns } from '../../shared/columns.js';
import { kindNames } from '../../shared/disagreement-words.js';
import { natsAlone, percent } from '../../shared/figures.js';
import type { ValueRange } from '../../shared/map-range.js';
import { verdictState } from '../../shared/verdict-state.js';
import { day } from './figures.js';
import { bar } from './html-page.js';
import { markup, type Markup } from '../drawing/markup.js';
import type { ReportInput } from './report-input.js';

/** A picture beside the page; `pixelated` for pictures so small that smoothing would only blur them. */
export interface PictureFile {
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

/** One map over what the model sees. */
export interface MapPanel {
  readonly classIndex: ClassIndex;
  readonly probability: number;
  /** What the map is of: label, prediction, or the place in the ranking. */
  readonly role: string;
  readonly src: string;
  /** The ends of its colours, in probability. */
  readonly scale: ValueRange;
}

/** What speaks for the prediction rather than the label, over what the model sees. */
export interface ContrastPanel {
  readonly src: string;
  /** The ends of its scale, in nats. */
  readonly scale: ValueRange;
}

/** A finding with its pictures written. */
export interface FindingCard {
  /** From 1. */
  readonly number: number;
  readonly row: ImageRow;
  readonly sentence: string | null;
  /** Null when the picture could not be made. */
  readonly photo: PictureFile | null;
  readonly model: PictureFile | null;
  readonly panels: readonly MapPanel[];
  /** Null without maps of label and prediction. */
  readonly contrast: ContrastPanel | null;
}

const perSheet = 6;
/** Shorter sides below this are shown with hard pixels. */
const tiny = 64;

export interface CardOptions {
  /** Pictures are fetched when they come into view; not when printing. */
  readonly lazy: boolean;
}

function lazily(options: CardOptions): Markup | null {
  return options.lazy ? markup` loading="lazy" decoding="async"` : null;
}

function picture(file: PictureFile, alt: string, options: CardOptions): Markup {
  const look = Math.max(file.width, file.height) < tiny ? markup` class="pixelated"` : null;
  return markup`<img src="${file.src}" width="${file.width}" height="${file.height}" alt="${alt}"${look}${lazily(options)}>`;
}

function probabilityRow(name: string, probability: number, role: string): Markup {
  const look = role === '' ? null : markup` class="${role}"`;
  return markup`<tr${look}><th scope="row"><bdi>${name}</bdi></th><td>${bar(probability)}</td><td class="figure">${percent(probability)}</td></tr>`;
}

function probabilities(row: ImageRow, classes: readonly string[]): Markup | null {
  const { prediction } = row;
  if (prediction === null) return null;
  const name = (index: ClassIndex): string => classes[index] ?? '';
  const shown = prediction.top.slice(0, 3).map(({ classIndex, probability }) => {
    return probabilityRow(name(classIndex), probability, classIndex === prediction.labelClass ? 'label' : '');
  });
  const { labelClass, labelProbability } = prediction;
  const outside = labelClass !== null && !prediction.top.slice(0, 3).some((entry) => entry.classIndex === labelClass);
  const label = outside ? probabilityRow(name(labelClass), labelProbability ?? 0, 'label') : null;
  return markup`<table class="probabilities">
    <tbody>
      ${shown}${label}
    </tbody>
  </table>`;
}

/** The scores that a card has room for: `rank 3 · margin 0.120 · entropy 0.560`. */
function scores(row: ImageRow, classes: readonly string[]): Markup | null {
  const names = { labelName: String, className: (index: number) => classes[index] ?? '' };
  const figures = scoreColumns.flatMap((column) => {
    const value = row.scores[column.id];
    const { report } = column.shown;
    return report === undefined || value === undefined ? [] : [`${report} ${valueInWords(column, value, names)}`];
  });
  return figures.length === 0 ? null : markup`<p class="scores">${figures.join(' \u00b7 ')}</p>`;
}

function decision(verdict: Verdict, read: (label: string) => string, agreeing: readonly string[] = []): Markup {
  const corrected = verdict.correctedLabels.map((label) => markup`<bdi class="corrected">${read(label)}</bdi>`);
  const arrow = corrected.length > 0 ? markup` → ${corrected}` : null;
  const names = [verdict.reviewer, ...agreeing].filter((name) => name !== '');
  const who = [names.join(' and '), day(verdict.at)].filter((part) => part !== '').join(', ');
  const note = verdict.note.trim() === '' ? null : markup` <q>${verdict.note.trim()}</q>`;
  return markup`<b>${verdictNames[verdict.kind]}</b>${arrow}${note} <small>${who}</small>`;
}

function verdictLine(
  { verdict, agreeing, unsettled }: Pick<ImageRow, 'verdict' | 'agreeing' | 'unsettled'>,
  read: (label: string) => string,
): Markup {
  if (unsettled.length > 0) {
    const decisions = unsettled.map((one, at) => markup`${at === 0 ? '' : ' against '}${decision(one, read)}`);
    return markup`<p class="verdict v-unsettled"><b>Unsettled</b>: ${decisions}</p>`;
  }
  if (verdict === null) return markup`<p class="verdict open">Not reviewed</p>`;
  return markup`<p class="verdict v-${verdict.kind}">${decision(verdict, read, agreeing)}</p>`;
}

function maps(card: FindingCard, classes: readonly string[], options: CardOptions): Markup {
  const { model } = card;
  if (model === null || card.panels.length === 0) {
    return markup`<p class="no-maps">No saliency maps were computed for this image.</p>`;
  }
  const panels = card.panels.map(({ classIndex, probability, role, src, scale }) => {
    const name = classes[classIndex] ?? '';
    return markup`<figure>
      <div class="layers">
        ${picture(model, '', options)}
        <img class="map" src="${src}" alt="Saliency map of ${name}"${lazily(options)}>
      </div>
      <figcaption><small>${role}</small><div><bdi>${name}</bdi> <span>${percent(probability)}</span></div></figcaption>
      ${scaleBar(percent(scale.low), percent(scale.high), false)}
    </figure>`;
  });
  return markup`<div class="maps">${panels}${contrastFigure(card, model, classes, options)}</div>`;
}

/** The colours of a map with its ends. */
function scaleBar(low: string, high: string, signed: boolean): Markup {
  return markup`<p class="scale${signed ? ' signed' : ''}"><span>${low}</span><i></i><span>${high}</span></p>`;
}

function contrastFigure(
  { contrast, row }: FindingCard,
  model: PictureFile,
  classes: readonly string[],
  options: CardOptions,
): Markup | null {
  const top = row.prediction?.top[0];
  if (contrast === null || top === undefined) return null;
  const name = classes[top.classIndex] ?? '';
  return markup`<figure>
    <div class="layers">
      ${picture(model, '', options)}
      <img class="map" src="${contrast.src}" alt="What speaks for ${name} rather than the label"${lazily(options)}>
    </div>
    <figcaption><small>Against the label</small><div><bdi>${name}</bdi></div></figcaption>
    ${scaleBar(natsAlone(contrast.scale.low).replace(/\s*nats$/u, ''), natsAlone(contrast.scale.high), true)}
  </figure>`;
}

function heading(card: FindingCard, labels: readonly string[], classes: readonly string[]): Markup {
  const { row } = card;
  const label = row.label === null ? 'no label' : (labels[row.label] ?? '');
  const first = row.prediction?.top[0];
  const prediction = first === undefined ? 'no prediction' : (classes[first.classIndex] ?? '');
  const kind = row.disagreement === null ? null : markup`<span class="kind">${kindNames[row.disagreement]}</span>`;
  return markup`<header>
    <span class="number">${card.number}</span>
    <h3><bdi>${label}</bdi> <span class="arrow" aria-label="predicted as">→</span> <bdi>${prediction}</bdi></h3>
    ${kind}
    <p class="file"><bdi>${row.file}</bdi></p>
  </header>`;
}

/** One card. */
export function findingCard(card: FindingCard, input: ReportInput, options: CardOptions): Markup {
  const { labels, classes, stored } = input.names;
  const { row } = card;
  const photo =
    card.photo === null
      ? markup`<span class="missing">${row.error ?? 'The picture could not be read.'}</span>`
      : picture(card.photo, `Image ${row.file}`, options);
  const state = verdictState(row);
  const edge = state === null ? '' : ` v-${state}`;
  return markup`<article class="finding${edge}" id="finding-${card.number}">
    ${heading(card, labels, classes)}
    <div class="photo">${photo}</div>
    <div class="says">${probabilities(row, classes)}${scores(row, classes)}</div>
    ${maps(card, classes, options)}
    ${card.sentence === null ? null : markup`<p class="sentence">${card.sentence}</p>`} ${verdictLine(row, stored)}
  </article> `;
}

/** Cards in sheets of six, which is what fits a printed page. */
export function findingSheets(cards: readonly Markup[]): Markup[] {
  const sheets: Markup[] = [];
  for (let start = 0; start < cards.length; start += perSheet) {
    sheets.push(markup`<div class="sheet">${cards.slice(start, start + perSheet)}</div> `);
  }
  return sheets;
}
