/** The style sheet of the HTML report: the window's greys and verdict colours on white paper, for screen and print. */

import { colourMap, diverging } from '../../shared/colormap.js';

/** Okabe and Ito's colours, as the window uses them in its light theme. */
const verdictColours = {
  'wrong-label': '#d55e00',
  'right-label': '#009e73',
  'several-labels': '#2b95d6',
  ambiguous: '#d9c400',
  'none-of-the-classes': '#c06497',
  'bad-image': '#85898e',
  unsettled: '#cd2b31',
} as const;

function stopsOf(table: Uint8Array): string {
  return Array.from({ length: 9 }, (_, step) => {
    const entry = Math.round((step / 8) * 255) * 3;
    return `rgb(${table.subarray(entry, entry + 3).join(' ')})`;
  }).join(', ');
}

function verdictRules(): string {
  return Object.entries(verdictColours)
    .map(([kind, colour]) => `.v-${kind} { --verdict: ${colour}; }`)
    .join('\n');
}

/** Shades of the matrix, from the accent's lightest wash to ink that needs white figures. */
function shadeRules(): string {
  return Array.from({ length: 10 }, (_, step) => {
    const ink = step >= 6 ? ' color: #fff;' : '';
    return `.s${String(step)} { background: rgb(58 80 207 / ${String(step * 9)}%);${ink} }`;
  }).join('\n');
}

const base = `
:root {
  color-scheme: light;
  --paper: #fff; --ground: #f4f4f2; --line: #dcdcd8; --line-strong: #b4b4ae;
  --text: #1a1b1d; --text-2: #4c5055; --text-3: #5f646a; --accent: #3a50cf; --verdict: #b4b4ae;
}
* { box-sizing: border-box; }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { margin: 0; background: var(--ground); color: var(--text); font: 13px/1.45 system-ui, "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; }
main { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 28px 32px; margin: 16px 0; }
h1 { font-size: 28px; line-height: 1.15; font-weight: 600; margin: 0 0 20px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 15px; font-weight: 600; margin: 0 0 10px; }
h2:not(:first-child) { margin-top: 24px; }
h3 { font-size: 13px; font-weight: 600; margin: 14px 0 4px; }
p { margin: 0 0 8px; max-width: 76ch; }
ul { margin: 0 0 8px; padding-left: 18px; max-width: 76ch; }
code { font: 11px/1.4 ui-monospace, "SF Mono", Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
small { font-size: 11px; color: var(--text-3); }
a { color: var(--accent); }
.kicker { color: var(--text-3); margin: 0 0 4px; }
nav { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 9px 24px; background: var(--paper); border-bottom: 1px solid var(--line); }
nav a { color: var(--text-2); text-decoration: none; }
nav a:hover { color: var(--text); text-decoration: underline; }
nav a[aria-current] { color: var(--text); font-weight: 600; }
footer { max-width: 1120px; margin: 0 auto; padding: 4px 24px 32px; color: var(--text-3); font-size: 11px; }
`;

const summary = `
.keys { display: grid; grid-template-columns: repeat(5, 1fr); margin: 0 0 26px; border: 1px solid var(--line); border-radius: 6px; }
.key { padding: 12px 14px; border-left: 1px solid var(--line); }
.key:first-child { border-left: 0; }
.key dt { color: var(--text-2); font-size: 11px; line-height: 1.3; min-height: 2.6em; }
.key dd { margin: 0; }
.key strong { display: block; font-size: 22px; line-height: 1.2; font-weight: 600; letter-spacing: -0.01em; }
.key small { display: block; line-height: 1.3; margin-top: 3px; }
.columns { display: grid; grid-template-columns: 3fr 2fr; gap: 0 40px; }
.columns.even { grid-template-columns: 1fr 1fr; }
.facts { margin: 0 0 22px; }
.facts div { display: grid; grid-template-columns: 72px 1fr; gap: 12px; padding: 4px 0; border-bottom: 1px solid var(--line); }
.facts dt { color: var(--text-3); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 0 0 20px; }
caption { text-align: left; font-size: 15px; font-weight: 600; padding: 0 0 6px; }
th, td { text-align: left; font-weight: 400; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--text-3); font-size: 11px; }
th.figure, td.figure { text-align: right; overflow-wrap: normal; white-space: nowrap; }
.bar { display: inline-block; width: 72px; height: 6px; margin-right: 10px; vertical-align: 1px; background: #ececea; fill: var(--accent); }
.share { display: inline-block; min-width: 48px; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 8px; background: var(--verdict); }
.swatch:not([class*="v-"]), .swatch.v-unsure { background: none; outline: 1px solid var(--line-strong); outline-offset: -1px; }
.warnings { color: var(--text-2); overflow-wrap: anywhere; }
.warnings .grave { color: var(--text); font-weight: 600; }
.warnings + table { margin-top: 18px; }
.signature { display: grid; grid-template-columns: 2fr 1fr 2fr; gap: 6px 28px; margin-top: 30px; break-inside: avoid; }
.signature p { grid-column: 1 / -1; margin: 0 0 30px; color: var(--text-2); }
.signature div { border-top: 1px solid var(--text); padding-top: 4px; font-size: 11px; color: var(--text-3); }
.matrix { width: auto; margin-bottom: 28px; }
.matrix caption { font-size: 11px; font-weight: 400; color: var(--text-3); }
.matrix td, .matrix tbody th { border: 0; padding: 0 8px; height: 28px; vertical-align: middle; }
.matrix tbody td { width: 50px; text-align: center; border: 1px solid var(--paper); }
.matrix tbody th { text-align: right; white-space: nowrap; }
.matrix thead th { border: 0; padding: 0 0 4px; height: 104px; vertical-align: bottom; text-align: center; }
.matrix thead span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 104px; overflow: hidden; }
.matrix .own { outline: 1px solid var(--line-strong); outline-offset: -2px; color: var(--text-2); }
.matrix .s0 { color: var(--line-strong); }
`;

const findings = `
#findings > h2 { margin-bottom: 4px; }
.sheets { display: grid; grid-template-columns: repeat(auto-fill, minmax(332px, 1fr)); gap: 12px; margin-top: 14px; }
.sheet { display: contents; }
.finding { display: grid; grid-template-columns: 92px 1fr; gap: 8px 12px; align-content: start; padding: 10px 12px; border: 1px solid var(--line); border-left: 4px solid var(--verdict);
  border-radius: 6px; background: var(--paper); content-visibility: auto; contain-intrinsic-size: auto 330px; }
.finding header { grid-column: 1 / -1; display: grid; grid-template-columns: auto 1fr auto; gap: 0 8px; align-items: baseline; min-width: 0; }
.finding h3 { margin: 0; font-size: 13px; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow-wrap: anywhere; }
.number { color: var(--text-3); }
.arrow { color: var(--text-3); font-weight: 400; }
.kind { border: 1px solid var(--line-strong); border-radius: 9px; padding: 0 7px; font-size: 11px; color: var(--text-2); white-space: nowrap; }
.file { grid-column: 1 / -1; margin: 0; font-size: 11px; color: var(--text-3); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.photo { height: 92px; display: grid; place-items: center; background: #ececea; border-radius: 3px; overflow: hidden; }
.photo img { width: 92px; height: 92px; object-fit: contain; }
.pixelated { image-rendering: pixelated; }
.missing { font-size: 11px; color: var(--text-3); padding: 6px; text-align: center; }
.probabilities { margin: 0; }
.probabilities th, .probabilities td { border: 0; padding: 1px 0; line-height: 1.35; }
.probabilities th { max-width: 104px; padding-right: 8px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.probabilities td:nth-child(2) { width: 99%; }
.probabilities td.figure { padding-left: 8px; }
.probabilities .bar { width: 100%; margin: 0; fill: var(--line-strong); }
.probabilities .label th { font-weight: 600; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 3px; }
.probabilities .label .bar { fill: var(--accent); }
.scores { margin: 4px 0 0; font-size: 11px; color: var(--text-3); }
.maps { grid-column: 1 / -1; display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.maps figure { margin: 0; min-width: 0; }
.layers { position: relative; aspect-ratio: 1; border-radius: 3px; overflow: hidden; background: #ececea; }
.layers img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: fill; }
.layers .map { image-rendering: auto; }
figcaption { font-size: 11px; line-height: 1.3; margin-top: 3px; }
figcaption small { display: block; }
figcaption div { display: flex; gap: 4px; justify-content: space-between; }
figcaption bdi { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0; }
figcaption span { white-space: nowrap; color: var(--text-2); }
.scale { display: flex; align-items: center; gap: 6px; margin: 0; max-width: none; font-size: 11px; line-height: 1.2; color: var(--text-3); }
.scale i { flex: 1; height: 4px; border-radius: 2px; background: linear-gradient(to right, ${stopsOf(colourMap('magma'))}); }
.scale.signed i { background: linear-gradient(to right, ${stopsOf(diverging())}); }
.no-maps { grid-column: 1 / -1; margin: 0; font-size: 11px; color: var(--text-3); }
.sentence { grid-column: 1 / -1; margin: 0; font-size: 12px; line-height: 1.35; overflow-wrap: anywhere; }
.verdict { grid-column: 1 / -1; margin: 0; overflow-wrap: anywhere; }
.verdict b { font-weight: 600; box-shadow: inset 0 -2px var(--verdict); }
.verdict.open { color: var(--text-3); font-size: 11px; }
.corrected { font-weight: 600; }
.corrected + .corrected::before { content: ", "; }
q + small, b + small { white-space: nowrap; }
q { color: var(--text-2); }
`;

const small = `
@media screen and (max-width: 760px) {
  main { padding: 0 10px; }
  section { padding: 18px 14px; }
  .keys { grid-template-columns: 1fr 1fr; }
  .columns, .columns.even { grid-template-columns: 1fr; }
  .matrix { display: block; overflow-x: auto; }
  .matrix td { white-space: nowrap; }
}
`;

/** Three rows of two cards fill a page of A4 as well as of Letter: the lower of the two is 279 mm less margins and heading. */
const print = `
@page { margin: 10mm 12mm 11mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; color: #5f646a; } }
@media print {
  body { background: none; font-size: 9.5pt; }
  main, footer { max-width: none; padding: 0; }
  nav { display: none; }
  section { border: 0; border-radius: 0; padding: 0; margin: 0; break-before: page; }
  section:first-child { break-before: auto; }
  h2, caption { break-after: avoid; }
  tr { break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
  p, ul { max-width: none; }
  .columns { gap: 0 8mm; }
  .facts { font-size: 8.5pt; }
  .facts div { grid-template-columns: 18mm 1fr; gap: 3mm; }
  .matrix tbody td { width: 12mm; }
  #method { font-size: 8.5pt; line-height: 1.4; }
  #findings > h2 { margin: 0; font-size: 11pt; line-height: 5mm; }
  #findings > p { margin: 0 0 1mm; font-size: 7.5pt; line-height: 3mm; }
  .sheets { display: block; margin: 0; }
  .sheet { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); grid-auto-rows: 80mm; gap: 3mm; padding-right: 0.3mm; break-inside: avoid; break-after: page; }
  .sheet:last-child { break-after: auto; }
  .finding { content-visibility: visible; overflow: hidden; grid-auto-rows: max-content; gap: 1mm 3mm; padding: 1.5mm 3mm; grid-template-columns: 17mm minmax(0, 1fr); font-size: 8pt; line-height: 1.3; }
  .finding h3 { font-size: 9pt; -webkit-line-clamp: 1; }
  .finding small, .file, .scores, figcaption, .scale, .kind, .no-maps, .verdict.open { font-size: 7pt; line-height: 1.25; }
  .scores { margin-top: 0.5mm; }
  .photo { height: 17mm; }
  .photo img { width: 17mm; height: 17mm; }
  .probabilities th, .probabilities td { padding: 0 2mm 0 0; line-height: 1.3; }
  .probabilities td.figure { padding: 0; }
  .maps { gap: 2mm; }
  .layers { width: 20mm; }
  figcaption { margin-top: 0.4mm; }
  .scale { gap: 0.8mm; }
  .sentence, .verdict { font-size: 7.5pt; line-height: 1.25; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 5; overflow: hidden; }
  .verdict { -webkit-line-clamp: 2; }
  .key strong { font-size: 16pt; }
  footer { margin-top: 6mm; }
}
`;

/** The whole style sheet. */
export function reportStyle(): string {
  return [base, verdictRules(), shadeRules(), summary, findings, small, print].join('\n');
}
