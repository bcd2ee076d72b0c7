/** The tables of `hognose model` in a terminal. */

import { describe, expect, it } from 'vitest';
import { candidatesTable, comparisonTable, factsTable, wrapLine } from '../../../src/main/cli/model-table.js';
import { distilledSummary, fakeInspection, vitBaseSummary } from '../../support/fake-models.js';

const base = fakeInspection(vitBaseSummary(['cat', 'dog']));
const other = fakeInspection(distilledSummary(['cat', 'dog']));
const widths = [60, 80, 120];

describe('wrapLine', () => {
  it('breaks between words, and words only where they are too long', () => {
    expect(wrapLine('a bb ccc dddd', 6)).toEqual(['a bb', 'ccc', 'dddd']);
    expect(wrapLine('0123456789 ab', 4)).toEqual(['0123', '4567', '89', 'ab']);
    expect(wrapLine('', 4)).toEqual(['']);
  });
});

describe('factsTable', () => {
  it.each(widths)('fits %d columns', (width) => {
    const lines = factsTable(base, width).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines.every((line) => line === line.trimEnd())).toBe(true);
  });

  it('shows groups with names and values beside each other', () => {
    const table = factsTable(base, 100);
    expect(table).toMatch(/^Model\n {2}Name {18}vit_base_patch16_224\.onnx\n/);
    expect(table).toMatch(/^ {2}Parameters {12}86,567,656$/m);
    expect(table).toMatch(/^ {2}Number {16}197 \(196 patches \+ 1\)$/m);
    expect(table).toMatch(/^ {2}Weights in memory {5}346 MB$/m);
    expect(table).toContain('\n\nProof\n  All tokens            agrees within 2.1e-7 on a random picture');
    expect(table).not.toContain('\u00a0');
  });
});

describe('comparisonTable', () => {
  it.each(widths)('fits %d columns', (width) => {
    const lines = comparisonTable(base, other, width).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it('marks what differs and counts it', () => {
    const table = comparisonTable(base, other, 100);
    expect(table).toMatch(/^\* Prefix +CLS +CLS, distillation$/m);
    expect(table).toMatch(/^ {2}Patches +16 × 16 pixels +16 × 16 pixels$/m);
    const marked = table.split('\n').filter((line) => line.startsWith('* ')).length - 1;
    expect(table.endsWith(`* differs (${String(marked)})`)).toBe(true);
    expect(comparisonTable(base, base, 100).endsWith('Nothing differs.')).toBe(true);
  });
});

it('lists candidates with their shapes, and counts those it does not show', () => {
  const many = Array.from({ length: 33 }, (_, at) => ({
    name: `add_${String(at)}`,
    dims: ['b', 197, null],
    op: 'Add',
  }));
  const table = candidatesTable({ pixels: [{ name: 'x', dims: [1, 3, 8, 8], op: '' }], tokens: many, logits: [] });
  expect(table).toContain('Pictures (--pixels-value)\n  [1, 3, 8, 8]  x\n');
  expect(table).toContain('  [b, 197, ?]  add_0  (Add)\n');
  expect(table).toContain('  ... and 3 more; --json lists all\n');
  expect(table).toMatch(/Logits \(--logits-value\)\n {2}none$/);
});
