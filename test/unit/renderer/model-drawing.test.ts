/** What the drawing of a model says of its parts, and which tokens it draws. */

import { describe, expect, it } from 'vitest';

import { branchSteps, drawingParts, drawingText, tokenStrip } from '../../../src/renderer/model/drawing.js';
import { demoSummary, distilledSummary, elaborateSummary, vitBaseSummary } from '../../support/fake-models.js';

const names = Array.from({ length: 1000 }, (_, index) => `class ${String(index)}`);
const base = vitBaseSummary(names);
const elaborate = elaborateSummary(names);
const distilled = distilledSummary(names);

describe('drawingParts', () => {
  it('counts the parameters of ViT-B/16 as its papers do', () => {
    const parts = drawingParts(base);
    expect(parts.tokens).toMatchObject({ shape: '196 × 768 → 197 × 768', parameters: 590_592 + 198 * 768 });
    expect(parts.attention.parameters).toBe(4 * (768 * 768 + 768));
    expect(parts['feed-forward'].parameters).toBe(2 * 768 * 3072 + 3072 + 768);
    expect(parts.blocks.parameters).toBe(12 * 7_087_872);
    expect(parts.head).toMatchObject({ shape: '768 → 1,000', parameters: 769_000 });
    // All of it and the final norm are the whole model.
    const sum = [parts.tokens, parts.blocks, parts.head].reduce((total, part) => total + (part.parameters ?? 0), 1536);
    expect(sum).toBe(base.parameters);
  });

  it('counts gates, QK-norms, LayerScale and heads that read two vectors', () => {
    const parts = drawingParts(elaborate);
    expect(parts['feed-forward'].parameters).toBe(2 * (1536 * 4096 + 4096) + 4096 * 1536 + 1536);
    expect(parts.attention.parameters).toBe(3 * 1536 * 1536 + 1536 * 1536 + 1536 + 2 * 64);
    expect(parts['attention-scale'].parameters).toBe(1536);
    expect(parts.head.shape).toBe('3,072 → 1,000');
    expect(drawingParts(distilled).head).toMatchObject({ name: 'Two heads', parameters: 2 * (192 * 1000 + 1000) });
  });
});

describe('branchSteps', () => {
  it('puts the norm where the model has it', () => {
    const steps = (changes: Partial<typeof base.anatomy>) => branchSteps({ ...base.anatomy, ...changes });
    expect(steps({})).toEqual(['norm', 'layer', 'sum']);
    expect(steps({ blockNorm: 'post' })).toEqual(['layer', 'sum', 'norm']);
    expect(steps({ blockNorm: 'res-post', layerScale: true })).toEqual(['layer', 'norm', 'scale', 'sum']);
    expect(steps({ blockNorm: 'none' })).toEqual(['layer', 'sum']);
  });
});

describe('tokenStrip', () => {
  const kinds = (model: typeof base, rows = 12): string[] => tokenStrip(model, rows).map(({ kind }) => kind);

  it('draws all prefix tokens and hints at the patches that it leaves out', () => {
    expect(kinds(base)).toEqual(['cls', ...Array.from({ length: 9 }, () => 'patch'), 'gap', 'patch']);
    expect(kinds(elaborate).slice(0, 5)).toEqual(['cls', 'register', 'register', 'register', 'register']);
    expect(kinds(elaborate).length).toBe(12);
  });

  it('draws no more than there are', () => {
    const few = { ...demoSummary(names, 14), gridWidth: 2, gridHeight: 2 };
    expect(kinds(few)).toEqual(['cls', 'patch', 'patch', 'patch', 'patch']);
    const many = { ...base, anatomy: { ...base.anatomy, prefix: Array.from({ length: 9 }, () => 'prefix' as const) } };
    expect(kinds(many).length).toBe(12);
    expect(kinds(many).filter((kind) => kind === 'gap').length).toBe(2);
  });

  it('marks the tokens that the head reads', () => {
    const read = (model: typeof base): string[] =>
      tokenStrip(model, 12).flatMap(({ kind, pooled }) => (pooled ? [kind] : []));
    expect(read(base)).toEqual(['cls']);
    expect(read(distilled)).toEqual(['cls', 'distillation']);
    expect(new Set(read(elaborate))).toEqual(new Set(['cls', 'patch']));
    const mean = { ...elaborate, anatomy: { ...elaborate.anatomy, pooling: 'mean-all' as const } };
    expect(read(mean).length).toBe(11);
  });
});

it('tells the drawing in one sentence', () => {
  expect(drawingText(base)).toBe(
    'A picture of 224 × 224 pixels is cut into 196 patches; they and the prefix tokens (CLS) go through 12 blocks of width 768 with 12 heads; the head reads the CLS token and tells 1,000 classes apart.',
  );
});
