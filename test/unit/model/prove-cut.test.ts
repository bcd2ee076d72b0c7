/** The proof of the two halves: against the file's own graph, against unfused operators, and on what does not agree. */

import { describe, expect, it, vi } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { proveCut } from '../../../src/main/model/prove-cut.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { patchCount, prefixCount, type Vit } from '../../../src/main/model/vit.js';
import { storedWeight } from '../../../src/main/model/weight.js';
import { GraphBuilder, type Value } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import type { GraphAnatomy } from '../../../src/shared/model.js';
import { AppError } from '../../../src/shared/errors.js';
import { randomVit } from '../../support/random-vit.js';

const sessions = {
  createSession: cpuSessions(1),
  createPlainSession: cpuSessions(1, { optimise: false }),
};

interface Written {
  readonly model: Model;
  readonly graph: GraphAnatomy;
}

interface FileOptions {
  readonly layout?: 'NCHW' | 'NHWC';
  readonly batch?: number;
  readonly softmax?: boolean;
  /** How the number of tokens is baked into the graph: in a way that can be undone, or in one that cannot. */
  readonly baked?: 'shape' | 'weights';
}

/** An ONNX file of `vit`: NHWC or NCHW, with the batch it is fixed to, ending in logits or probabilities. */
function written(vit: Vit, options: FileOptions = {}): Written {
  const { layout = 'NCHW', batch = null, softmax = false, baked } = options;
  const g = new GraphBuilder('file');
  const size = [vit.inputHeight, vit.inputWidth];
  const dims = layout === 'NCHW' ? [batch ?? 'b', vit.channels, ...size] : [batch ?? 'b', ...size, vit.channels];
  const input = g.input('image', 'float32', dims);
  const pixels: Value = layout === 'NCHW' ? input : g.transpose(input, 0, 3, 1, 2);
  const tokens = prefixCount(vit) + patchCount(vit);
  const first = g.mul(embed(g, vit, pixels), g.float(1));
  const stream = baked === 'shape' ? g.reshape(first, -1, tokens, vit.width) : first;
  const encoded = encode(g, vit, stream, { blockOutputs: false }).logits;
  const flat = g.reshape(stream, 0, -1);
  const weights = g.floats(new Float32Array(tokens * vit.width), [tokens * vit.width, 1]);
  const logits = baked === 'weights' ? g.add(encoded, g.matMul(flat, weights)) : encoded;
  g.output('answer', softmax ? g.softmax(logits) : logits, 'float32', [batch ?? 'b', vit.head.classifier.outputs]);
  return {
    model: g.model(),
    graph: {
      opset: 20,
      producer: '',
      pixels: { name: 'image', layout, type: 'float32', batch, dynamicSize: false, range: 'normalised' },
      tokens: first,
      blocks: [],
      logits: 'answer',
      output: softmax ? 'probabilities' : 'logits',
      passes: [],
      difference: 0,
    },
  };
}

describe('proveCut', () => {
  it('compares weights without a graph with the same operators one by one', async () => {
    const proof = await proveCut(randomVit({ gated: true, layerScale: true }), null, sessions);
    expect(proof).toMatchObject({ subsetTokens: 6, against: 'unfused', subsetAgainst: 'unfused' });
    expect(proof.difference).toBeLessThan(1e-5);
    expect(proof.subsetDifference).toBeLessThan(1e-5);
  });

  it.each([
    ['as it is', {}],
    ['in NHWC', { layout: 'NHWC' as const }],
    ['of a fixed batch', { batch: 3 }],
    ['that answers with probabilities', { softmax: true }],
    ['with its number of tokens in a shape', { baked: 'shape' as const }],
  ])('compares with a file %s', async (_, options) => {
    const vit = randomVit({ pooling: 'mean-patches' });
    const proof = await proveCut(vit, written(vit, options), sessions);
    expect(proof).toMatchObject({ subsetTokens: 6, against: 'file', subsetAgainst: 'file' });
    expect(proof.difference).toBeLessThan(1e-5);
    expect(proof.subsetDifference).toBeLessThan(1e-5);
  });

  it.each([
    ['has no value of its tokens', { tokens: null }, {}],
    ['keeps its number of tokens', {}, { baked: 'weights' as const }],
  ])('compares the subset with unfused operators where the file %s', async (_, change, options) => {
    const vit = randomVit();
    const { model, graph } = written(vit, options);
    const proof = await proveCut(vit, { model, graph: { ...graph, ...change } }, sessions);
    expect(proof).toMatchObject({ against: 'file', subsetAgainst: 'unfused' });
    expect(proof.subsetDifference).toBeLessThan(1e-5);
  });

  it('shows how far another model is from the file', async () => {
    const vit = randomVit();
    const zero = storedWeight({ type: 'float32', dims: [5], bytes: new Uint8Array(20) });
    const other = { ...vit, head: { ...vit.head, classifier: { ...vit.head.classifier, bias: zero } } };
    const proof = await proveCut(other, written(vit), sessions);
    expect(proof.difference).toBeGreaterThan(0.01);
    expect(proof.subsetDifference).toBeGreaterThan(0.01);
  });

  it('never finds agreement in what is not a number', async () => {
    const vit = randomVit();
    const bytes = new Uint8Array(new Float32Array(5).fill(Number.NaN).buffer);
    const bias = storedWeight({ type: 'float32', dims: [5], bytes });
    const broken = { ...vit, head: { ...vit.head, classifier: { ...vit.head.classifier, bias } } };
    const proof = await proveCut(broken, null, sessions);
    expect(proof.difference).toBe(Number.POSITIVE_INFINITY);
  });

  it('gives up between two steps', async () => {
    const onStep = vi.fn(() => {
      throw new AppError('CANCELLED', 'Enough.');
    });
    await expect(proveCut(randomVit(), null, { ...sessions, onStep })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(onStep).toHaveBeenCalledTimes(1);
  });
});
