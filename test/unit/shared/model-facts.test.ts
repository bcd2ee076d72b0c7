/** A model in words, and two models set side by side. */

import { describe, expect, it } from 'vitest';
import { compareFacts } from '../../../src/shared/model-differences.js';
import { modelFacts } from '../../../src/shared/model-facts.js';
import { agrees, byteText, differenceText, flopText, prefixText } from '../../../src/shared/model-words.js';
import { distilledSummary, elaborateSummary, fakeInspection, vitBaseSummary } from '../../support/fake-models.js';

const names = ['cat', 'dog', 'fish', 'bird'];
const base = fakeInspection(vitBaseSummary(names));
const other = fakeInspection(distilledSummary(names));

function linesOf(report: typeof base, title: string, name: string): readonly string[] | undefined {
  const group = modelFacts(report).find((one) => one.title === title);
  return group?.facts.find((fact) => fact.name === name)?.lines;
}

describe('figures', () => {
  it('have three digits and a unit that is not torn off', () => {
    expect(flopText(2_507_366_400)).toBe('2.51\u00a0GFLOP');
    expect(flopText(35.15e9)).toBe('35.1\u00a0GFLOP');
    expect(flopText(1.766e12)).toBe('1.77\u00a0TFLOP');
    expect(flopText(273e6)).toBe('273\u00a0MFLOP');
    expect(byteText(346_270_624)).toBe('346\u00a0MB');
    expect(byteText(4.55e9)).toBe('4.55\u00a0GB');
    expect(byteText(17_000)).toBe('17.0\u00a0kB');
    expect([differenceText(2.14e-7), differenceText(0), differenceText(Infinity)]).toEqual([
      '2.1e-7',
      '0',
      'nothing in common',
    ]);
  });

  it('name prefix tokens by kind', () => {
    expect(prefixText([])).toBe('none');
    expect(prefixText(['cls', 'distillation'])).toBe('CLS, distillation');
    expect(prefixText(['cls', 'register', 'register'])).toBe('CLS, 2 registers');
  });
});

describe('modelFacts', () => {
  it('tells everything of an ONNX file in groups', () => {
    const titles = modelFacts(base).map(({ title }) => title);
    expect(titles).toEqual([
      ...[
        'Model',
        'Input',
        'Tokens',
        'Blocks',
        'Head',
        'Classes',
        'Preprocessing',
        'Graph',
        'Cost',
        'Proof',
        'Assumed',
      ],
    ]);
    expect(linesOf(base, 'Tokens', 'Number')).toEqual(['197 (196 patches + 1)']);
    expect(linesOf(base, 'Blocks', 'Norms')).toEqual(['layer norm, before each branch (pre-norm)']);
    expect(linesOf(base, 'Graph', 'Block outputs')).toEqual([
      '/vit/encoder/layer.0/output/Add_output_0',
      '...',
      '/vit/encoder/layer.11/output/Add_output_0',
    ]);
    expect(linesOf(base, 'Proof', 'Random half')).toEqual([
      "agrees within 3.4e-7 on 98 of 196 patches, against the file's own graph",
    ]);
    expect(linesOf(base, 'Assumed', 'The files do not say')?.length).toBe(2);
  });

  it('leaves out what a folder of weights does not have', () => {
    const titles = modelFacts(fakeInspection(elaborateSummary(names))).map(({ title }) => title);
    expect(titles).not.toContain('Graph');
    expect(titles).not.toContain('Assumed');
  });

  it('says how many blocks have a value and which have none', () => {
    const { graph } = base.summary.anatomy;
    if (graph === null) throw new Error('The file has a graph');
    const blocks = graph.blocks.map((block, at) => ({ output: at < 10 ? block.output : null, attention: null }));
    const summary = { ...base.summary, anatomy: { ...base.summary.anatomy, graph: { ...graph, blocks } } };
    expect(linesOf({ ...base, summary }, 'Graph', 'Block outputs')?.at(-1)).toBe('found in 10 of 12 blocks');
    expect(linesOf({ ...base, summary }, 'Graph', 'Attention')).toEqual(['not a value of the file']);
  });

  it('says so when the halves disagree', () => {
    const report = { ...base, proof: { ...base.proof, difference: 0.25 } };
    expect(agrees(base.proof)).toBe(true);
    expect(agrees(report.proof)).toBe(false);
    expect(linesOf(report, 'Proof', 'All tokens')?.[0]).toMatch(/^disagrees by 2\.5e-1 on a random picture/);
  });
});

describe('compareFacts', () => {
  it('pairs facts by name and marks what differs', () => {
    const groups = compareFacts(base, other);
    const pairs = groups.flatMap((group) => group.pairs.map((pair) => ({ ...pair, title: group.title })));
    const pair = (title: string, name: string) => pairs.find((one) => one.title === title && one.name === name);
    expect(pair('Tokens', 'Prefix')).toMatchObject({ differs: true });
    expect(pair('Tokens', 'Prefix')?.sides.map((side) => side?.lines[0])).toEqual(['CLS', 'CLS, distillation']);
    expect(pair('Blocks', 'Number')).toMatchObject({ differs: false });
    expect(pair('Graph', 'Operator set')?.sides[1]).toBeNull();
    expect(pair('Graph', 'Operator set')?.differs).toBe(true);
  });

  it('finds nothing to mark in a model and itself', () => {
    expect(compareFacts(base, base).every(({ pairs }) => pairs.every(({ differs }) => !differs))).toBe(true);
  });

  it('keeps the order of the groups when only the second model has one', () => {
    const titles = compareFacts(other, base).map(({ title }) => title);
    expect(titles.indexOf('Graph')).toBe(titles.indexOf('Preprocessing') + 1);
  });
});
