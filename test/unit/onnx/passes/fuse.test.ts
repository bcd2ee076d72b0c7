/** The plain graph of a ViT becomes the fastest operators and computes the same. */

import { describe, expect, it } from 'vitest';
import { encode } from '../../../../src/main/model/vit-graph.js';
import type { Vit } from '../../../../src/main/model/vit.js';
import { GraphBuilder } from '../../../../src/main/onnx/builder.js';
import type { Model } from '../../../../src/main/onnx/graph.js';
import { fuse } from '../../../../src/main/onnx/passes/fuse.js';
import { unfuse } from '../../../../src/main/onnx/passes/unfuse.js';
import { expectEqual, operatorsOf } from '../../../support/equal-graphs.js';
import { type VitShape, randomVit } from '../../../support/random-vit.js';

function plainModel(vit: Vit): Model {
  const g = new GraphBuilder('encode');
  const tokens = g.input('tokens', 'float32', ['batch', 'tokens', vit.width]);
  g.output('logits', encode(g, vit, tokens, { blockOutputs: false }).logits, 'float32', ['batch', null]);
  return g.model();
}

/** Operators without those on constants, which the runtime evaluates when it loads the model. */
function working(model: Model): string[] {
  const computed = new Set(model.graph.inputs.map(({ name }) => name));
  return model.graph.nodes.flatMap((node) => {
    if (!node.inputs.some((input) => computed.has(input))) return [];
    for (const output of node.outputs) if (output !== '') computed.add(output);
    return node.domain === '' ? [node.op] : [`${node.domain.split('.')[1] ?? ''}.${node.op}`];
  });
}

const sizes = { batch: 2, tokens: 7 };

describe('a ViT with a CLS head on the CPU', () => {
  const plain = plainModel(randomVit({ blocks: 3 }));
  const fused = fuse(plain, 'cpu');

  it('has the operators that were measured to be fastest', () => {
    const skip = 'microsoft.SkipLayerNormalization';
    const feedForward = ['MatMul', 'microsoft.BiasGelu', 'MatMul', skip];
    const block = ['microsoft.Attention', 'MatMul', skip, ...feedForward];
    const last = ['Slice', 'MatMul', 'MatMul', 'Split', 'microsoft.MultiHeadAttention', 'MatMul', 'Slice', skip];
    expect(working(fused).sort()).toEqual(
      [
        'LayerNormalization',
        ...block,
        ...block,
        ...last,
        ...feedForward,
        'Slice',
        'Reshape',
        'MatMul',
        'Add',
        'Identity',
      ].sort(),
    );
  });

  it('computes the same, also opened again', async () => {
    await expectEqual(plain, fused, sizes);
    await expectEqual(plain, unfuse(fused), sizes);
  });
});

const builds: Readonly<Record<string, Partial<VitShape>>> = {
  'post-norm': { blockNorm: 'post' },
  'norms inside of branches': { blockNorm: 'res-post' },
  'gates and LayerScale': { gated: true, layerScale: true },
  'normalised q and k': { qkNorm: true },
  'a mean of the patches': { pooling: 'mean-patches' },
  'two heads': { pooling: 'distilled', prefix: ['cls', 'distillation'] },
  'heads of a width of their own': { headWidth: 5 },
};

describe('other ViTs', () => {
  it.each(Object.entries(builds))('with %s compute the same', async (_name, shape) => {
    const plain = plainModel(randomVit(shape));
    for (const target of ['cpu', 'cuda'] as const) {
      const fused = fuse(plain, target);
      expect(working(fused)).not.toContain('Softmax');
      expect(working(fused).length).toBeLessThan(0.75 * working(plain).length);
      await expectEqual(plain, fused, sizes);
      await expectEqual(plain, unfuse(fused), sizes);
      expect(fuse(fused, target)).toBe(fused);
    }
  });

  it('have LayerScale in their weights', () => {
    expect(working(fuse(plainModel(randomVit({ layerScale: true })), 'cpu'))).not.toContain('Mul');
  });

  it('have one operator for a gate', () => {
    expect(operatorsOf(fuse(plainModel(randomVit({ gated: true })), 'cpu'))).toContain('com.microsoft.QuickGelu');
  });
});

describe('a very long graph', () => {
  it('is fused in seconds', () => {
    const vit = randomVit({ blocks: 2000 });
    const plain = plainModel(vit);
    expect(plain.graph.nodes.length).toBeGreaterThan(40_000);
    const fused = fuse(plain, 'cpu');
    expect(working(fused).filter((op) => op === 'microsoft.Attention')).toHaveLength(1999);
  }, 20_000);
});
