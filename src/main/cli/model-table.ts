/** Lays the facts of one or two models out as a table for the terminal. */

import type { ModelInspection } from '../../shared/model.js';
import { compareFacts } from '../../shared/model-differences.js';
import { type Fact, modelFacts } from '../../shared/model-facts.js';
import type { ValueCandidate, ValueCandidates } from '../model/value-candidates.js';

/** Columns of a table where the terminal does not say how wide it is. */
export const defaultWidth = 100;

const nameWidth = 24;
const narrowest = 16;
const indent = '  ';

/** Breaks a line between words, and words that are longer than the width, to lines of at most `width` characters. */
export function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const joined = current === '' ? word : `${current} ${word}`;
    if (joined.length <= width) {
      current = joined;
      continue;
    }
    if (current !== '') lines.push(current);
    let rest = word;
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    current = rest;
  }
  return [...lines, current];
}

function cell(fact: Fact | null, width: number): readonly string[] {
  if (fact === null) return ['-'];
  // What holds a number and its unit together has done its work once the lines are broken.
  return fact.lines.flatMap((line) => wrapLine(line, width)).map((line) => line.replaceAll('\u00a0', ' '));
}

/** The facts in groups: `Input`, then its facts indented, their values wrapped beside their names. */
export function factsTable(report: ModelInspection, width: number): string {
  const room = Math.max(narrowest, width - nameWidth);
  const groups = modelFacts(report).map(({ title, facts }) => [
    title,
    ...facts.flatMap((fact) =>
      cell(fact, room).map((line, at) => `${(at === 0 ? indent + fact.name : '').padEnd(nameWidth)}${line}`),
    ),
  ]);
  return groups.map((lines) => lines.map((line) => line.trimEnd()).join('\n')).join('\n\n');
}

/** Two models side by side; a fact that differs has a mark before its name. */
export function comparisonTable(a: ModelInspection, b: ModelInspection, width: number): string {
  const room = Math.max(narrowest, Math.floor((width - nameWidth - indent.length) / 2));
  let differing = 0;
  const groups = compareFacts(a, b).map(({ title, pairs }) => [
    title,
    ...pairs.flatMap(({ name, sides, differs }) => {
      if (differs) differing += 1;
      const [one, other] = sides.map((fact) => cell(fact, room));
      const height = Math.max(one?.length ?? 0, other?.length ?? 0);
      return Array.from({ length: height }, (_, at) => {
        const head = at === 0 ? `${differs ? '* ' : indent}${name}` : '';
        return `${head.padEnd(nameWidth)}${(one?.[at] ?? '').padEnd(room)}${indent}${other?.[at] ?? ''}`;
      });
    }),
  ]);
  const body = groups.map((lines) => lines.map((line) => line.trimEnd()).join('\n')).join('\n\n');
  return `${body}\n\n${differing === 0 ? 'Nothing differs.' : `* differs (${String(differing)})`}`;
}

/** Candidates shown of a kind; the rest is counted. */
const mostCandidates = 30;

function candidateLines(title: string, option: string, candidates: readonly ValueCandidate[]): string[] {
  const shown = candidates.slice(0, mostCandidates);
  const shapes = shown.map(({ dims }) => `[${dims.map((dim) => dim ?? '?').join(', ')}]`);
  const room = Math.max(0, ...shapes.map((shape) => shape.length));
  return [
    `${title} (${option})`,
    ...shown.map(
      ({ name, op }, at) =>
        `${indent}${(shapes[at] ?? '').padEnd(room)}${indent}${name}${op === '' ? '' : `${indent}(${op})`}`,
    ),
    ...(shown.length === 0 ? [`${indent}none`] : []),
    ...(candidates.length > shown.length
      ? [`${indent}... and ${String(candidates.length - shown.length)} more; --json lists all`]
      : []),
  ];
}

/** The values of an ONNX file that could be named, with their shapes. */
export function candidatesTable({ pixels, tokens, logits }: ValueCandidates): string {
  return [
    candidateLines('Pictures', '--pixels-value', pixels),
    candidateLines('Tokens', '--tokens-value', tokens),
    candidateLines('Logits', '--logits-value', logits),
  ]
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}
