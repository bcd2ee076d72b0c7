/** What an ONNX graph leaves open, and how a person settles it: sizes, batch, names of values; and what is refused. */

import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/shared/errors.js';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { type LiftOptions, type LiftedVit, liftVit } from '../../../src/main/model/onnx-vit.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { type Architecture, architecture } from '../../support/export-styles/architecture.js';
import { type ExportOptions, Exporter } from '../../support/export-styles/exporter.js';
import { randomParameters } from '../../support/export-styles/parameters.js';
import { Optimum } from '../../support/export-styles/torchscript.js';

function exported(
  changes: Partial<Architecture> = {},
  options: Partial<ExportOptions> = {},
  Style: typeof Exporter = Exporter,
): { model: Model; streams: readonly string[] } {
  const a = architecture(changes);
  const exporter = new Style(a, randomParameters(a, 3), options);
  return { model: exporter.model(), streams: exporter.streams };
}

function lift(model: Model, options: LiftOptions = {}): Promise<LiftedVit> {
  return liftVit(model, 'model.onnx', cpuSessions(1), options);
}

async function refusal(model: Model, options: LiftOptions = {}): Promise<AppError> {
  try {
    await lift(model, options);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('It opened');
}

describe('sizes that the graph leaves open', () => {
  const open = { dynamicSize: true } as const;
  const sides = { height: 48, width: 48, patchHeight: 8, patchWidth: 8 };

  it('follow from the position embedding', async () => {
    const { vit, graph } = await lift(exported(sides, open).model);
    expect(vit).toMatchObject({ inputHeight: 48, inputWidth: 48, gridHeight: 6, gridWidth: 6, prefix: ['cls'] });
    expect(graph.pixels).toMatchObject({ layout: 'NCHW', type: 'float32', batch: null, dynamicSize: true });
  });

  it('are taken as stated', async () => {
    const { vit } = await lift(exported(sides, open).model, { size: { width: 48, height: 48 } });
    expect(vit).toMatchObject({ inputHeight: 48, inputWidth: 48 });
  });
});

describe('the pixels that a graph takes', () => {
  const inception = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
  it.each([
    ['normalised', null],
    ['unit', { scale: 1, ...inception }],
    ['bytes', { scale: 1 / 255, ...inception }],
  ] as const)('are %s', async (range, normalise) => {
    const { graph } = await lift(exported({ normalise }).model);
    expect(graph.pixels.range).toBe(range);
  });
});

describe('a batch that is baked in', () => {
  it.each([1, 2, 4])('of %i is declared', async (batch) => {
    const { graph } = await lift(exported({}, { shapes: 'baked', batch }).model);
    expect(graph.pixels.batch).toBe(batch);
  });

  it('of 4 is not declared', async () => {
    const { model } = exported({}, { shapes: 'baked', batch: 4 });
    const inputs = model.graph.inputs.map((input) => ({ ...input, dims: ['batch', ...(input.dims ?? []).slice(1)] }));
    const { graph } = await lift({ ...model, graph: { ...model.graph, inputs } });
    expect(graph.pixels.batch).toBe(4);
    expect(graph.difference).toBeLessThan(1e-5);
  });
});

describe('names', () => {
  it('of streams and probabilities are those of the file', async () => {
    const { model, streams } = exported({}, {}, Optimum);
    const { graph } = await lift(model);
    expect([graph.tokens, ...graph.blocks.map((block) => block.output)]).toEqual(streams);
    const softmaxes = model.graph.nodes.filter((node) => node.op === 'Softmax').map((node) => node.outputs[0]);
    expect(graph.blocks.map((block) => block.attention)).toEqual(softmaxes);
    expect(graph).toMatchObject({ logits: 'logits', output: 'logits', opset: 17 });
  });

  it('given by a person are followed', async () => {
    const { model, streams } = exported();
    const values = { pixels: 'input', tokens: streams[0], logits: model.graph.outputs[0]?.name };
    const { graph } = await lift(model, { values });
    expect(graph.tokens).toBe(streams[0]);
  });

  it('that begin at a later block leave the first ones to the stem, which is refused', async () => {
    const { model, streams } = exported();
    const { code, message } = await refusal(model, { values: { tokens: streams[1] } });
    expect(code).toBe('MODEL_NOT_VIT');
    expect(message).toContain('model.onnx');
  });

  it.each([
    ['pixels', 'inptu', /no value 'inptu'.*picture input/],
    ['tokens', 'nowhere', /no value 'nowhere'.*tokens/],
    ['logits', 'logit', /no value 'logit'.*logits/],
  ] as const)('of %s that do not exist are refused with those that are close', async (role, name, words) => {
    const { code, message, hint } = await refusal(exported().model, { values: { [role]: name } });
    expect(code).toBe('MODEL_UNSUPPORTED');
    expect(message).toMatch(words);
    expect(hint).toMatch(/^Values with names like it: '/);
  });

  it('of a value that is no residual stream are refused', async () => {
    const { model } = exported();
    const softmax = model.graph.nodes.find((node) => node.op === 'Softmax')?.outputs[0];
    const { message } = await refusal(model, { values: { tokens: softmax } });
    expect(message).toMatch(/is no residual stream/);
  });
});

describe('what cannot be a classifier of pictures', () => {
  it('a sigmoid for each class', async () => {
    const { model } = exported();
    const [output] = model.graph.outputs;
    const sigmoid = {
      name: 's',
      op: 'Sigmoid',
      domain: '',
      inputs: [output?.name ?? ''],
      outputs: ['several'],
      attributes: new Map(),
    };
    const outputs = [{ name: 'several', type: 'float32' as const, dims: ['batch', 7] }];
    const { code, message } = await refusal({
      ...model,
      graph: { ...model.graph, nodes: [...model.graph.nodes, sigmoid], outputs },
    });
    expect(code).toBe('MODEL_UNSUPPORTED');
    expect(message).toMatch(/sigmoid/);
  });

  it('a graph that runs in a loop', async () => {
    const body = new GraphBuilder('body', 'b_');
    body.input('b_i', 'int64', []);
    body.input('b_c', 'bool', []);
    const x = body.input('b_x', 'float32', ['batch', 3, 8, 8]);
    body.output('b_go', 'b_c' as typeof x, 'bool', []);
    body.output('b_y', body.op('Relu', [x]), 'float32', ['batch', 3, 8, 8]);
    const g = new GraphBuilder('loop');
    const input = g.input('input', 'float32', ['batch', 3, 8, 8]);
    const looped = g.op('Loop', [g.ints(1_000_000_000), null, input], { body: body.graph() });
    g.output('logits', g.op('ReduceMean', [looped, g.ints(2, 3)], { keepdims: 0 }), 'float32', ['batch', 3]);
    const started = performance.now();
    const { code } = await refusal(g.model());
    expect(code).toBe('MODEL_NOT_VIT');
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('a position embedding as large as a disk is not made', async () => {
    const { model } = exported({}, { shapes: 'baked', batch: 1 });
    const nodes = model.graph.nodes.map((node) => {
      if (node.op !== 'Conv') return node;
      return { ...node, inputs: ['wide', ...node.inputs.slice(1)] };
    });
    const g = new GraphBuilder('wide', 'w_');
    const input = g.input('input', 'float32', [1, 3, 32, 32]);
    g.output('wide', g.op('Tile', [input, g.ints(1, 1, 3000, 3000)]), 'float32', []);
    const extra = g.graph();
    const initializers = new Map([...model.graph.initializers, ...extra.initializers]);
    const { code, message } = await refusal({
      ...model,
      graph: { ...model.graph, nodes: [...extra.nodes, ...nodes], initializers },
    });
    expect(['MODEL_UNSUPPORTED', 'MODEL_NOT_VIT']).toContain(code);
    expect(message).toMatch(/larger than a file of this size can mean|has the shape|have the shape/);
  });
});
