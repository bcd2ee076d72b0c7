/** Operations and bytes of a ViT: by hand, and by counting over the graphs that are really run. */

import { describe, expect, it } from 'vitest';
import { costsOf } from '../../../src/main/model/costs.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { parameterCount, prefixCount, type Vit } from '../../../src/main/model/vit.js';
import { columnsOf, storedWeight } from '../../../src/main/model/weight.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Dimension, Model } from '../../../src/main/onnx/graph.js';
import { inferShapes } from '../../../src/main/onnx/shapes.js';
import { randomVit, type VitShape } from '../../support/random-vit.js';

function product(dims: readonly Dimension[]): number {
  return dims.reduce<number>((product, dim) => {
    if (typeof dim !== 'number') throw new Error(`A dimension is not known: ${String(dim)}`);
    return product * dim;
  }, 1);
}

/** Two a multiply-add of every product in a graph. */
function countedFlops(model: Model): number {
  const shapes = inferShapes(model);
  const dims = (name: string | undefined): readonly Dimension[] => shapes.dims(name ?? '') ?? [null];
  return model.graph.nodes.reduce((sum, { op, inputs, outputs }) => {
    const made = 2 * (op === 'MatMul' || op === 'Conv' ? product(dims(outputs[0])) : 0);
    if (op === 'MatMul') return sum + made * product(dims(inputs[0]).slice(-1));
    return op === 'Conv' ? sum + made * product(dims(inputs[1]).slice(1)) : sum;
  }, 0);
}

/** The whole model on one image, or its second half on `tokens` tokens. */
function graphOf(vit: Vit, tokens: number | null): Model {
  const g = new GraphBuilder('whole');
  const stream =
    tokens === null
      ? embed(g, vit, g.input('pixels', 'float32', [1, vit.channels, vit.inputHeight, vit.inputWidth]))
      : g.input('tokens', 'float32', [1, tokens, vit.width]);
  g.output('logits', encode(g, vit, stream, { blockOutputs: true }).logits, 'float32', [
    1,
    vit.head.classifier.outputs,
  ]);
  return g.model();
}

describe('costsOf', () => {
  it('gives ViT-Tiny/16 at 224 pixels its 2.5 GFLOP', () => {
    const vit = randomVit({
      grid: [14, 14],
      patch: 16,
      width: 192,
      headWidth: 64,
      inner: 768,
      blocks: 12,
      classes: 1000,
    });
    const embedding = 2 * 196 * 192 * 768;
    const block = (tokens: number): number =>
      4 * 2 * tokens * 192 * 192 + 2 * 2 * tokens * tokens * 192 + 2 * 2 * tokens * 192 * 768;
    const costs = costsOf(vit);
    expect(costs.flops).toBe(embedding + 12 * block(197) + 2 * 192 * 1000);
    expect(costs.flops).toBe(2_507_366_400);
    expect(costs.flopsMask).toBe(12 * block(99) + 2 * 192 * 1000);
    // The usual layout keeps the CLS token and the projection's bias apart from the position embedding.
    expect(costs.weightBytes).toBe(4 * (parameterCount(vit) - 2 * 192));
    expect(costs.storedBytes).toBe(costs.weightBytes);
  });

  const shapes: readonly Partial<VitShape>[] = [
    {},
    { prefix: [], pooling: 'mean-patches', blockNorm: 'post' },
    { prefix: ['cls', 'register', 'register'], pooling: 'cls-and-mean-patches', layerScale: true, gated: true },
    { prefix: ['cls', 'distillation'], pooling: 'distilled', qkNorm: true, blockNorm: 'res-post' },
    { channels: 1, heads: 2, headWidth: 16, pooling: 'mean-all', stemNorm: true, hidden: 7 },
  ];
  it.each(shapes)('counts what the graphs of %o compute', (shape) => {
    const vit = randomVit(shape);
    const costs = costsOf(vit);
    expect(costs.flops).toBe(countedFlops(graphOf(vit, null)));
    expect(costs.flopsMask).toBe(countedFlops(graphOf(vit, prefixCount(vit) + 6)));
  });

  it('counts memory that several weights share once, and weights in half precision by half', () => {
    const vit = randomVit();
    const joint = storedWeight({ type: 'float16', dims: [24, 72], bytes: new Uint8Array(2 * 24 * 72) });
    const blocks = vit.blocks.map((block) => {
      const { query, key, value } = block.attention.layer;
      const parts = [query, key, value].map((linear, at) => ({
        ...linear,
        weight: columnsOf(joint, 24 * at, 24 * at + 24),
      }));
      const [q = query, k = key, v = value] = parts;
      return {
        ...block,
        attention: { ...block.attention, layer: { ...block.attention.layer, query: q, key: k, value: v } },
      };
    });
    const before = costsOf(vit);
    const after = costsOf({ ...vit, blocks });
    expect(after.weightBytes).toBe(before.weightBytes);
    const slices = before.storedBytes - after.storedBytes;
    // Six matrices of 24 x 24 in float32 against one of 24 x 72 in float16, and a few integers that say where to slice.
    expect(slices).toBeLessThanOrEqual(6 * 4 * 24 * 24 - 2 * 24 * 72);
    expect(slices).toBeGreaterThan(6 * 4 * 24 * 24 - 2 * 24 * 72 - 1000);
  });

  it('estimates activations by the widest point, near what the process was measured to grow by', () => {
    const shape = { grid: [14, 14], patch: 16, headWidth: 64, classes: 1000 } as const;
    const tiny = costsOf(randomVit({ ...shape, width: 192, inner: 768, blocks: 1 })).activationBytes;
    const base = costsOf(randomVit({ ...shape, width: 768, heads: 12, inner: 3072, blocks: 1 })).activationBytes;
    expect(Math.abs(tiny / 3.2e6 - 1)).toBeLessThan(0.1);
    expect(Math.abs(base / 13.1e6 - 1)).toBeLessThan(0.1);
    // The scores of attention grow with the square of the tokens.
    const wide = costsOf(randomVit({ ...shape, grid: [28, 28], width: 192, inner: 768, blocks: 1 })).activationBytes;
    expect(wide / tiny).toBeGreaterThan(4.5);
  });
});
