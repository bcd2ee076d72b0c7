/** Two models in one compute in ONNX Runtime what they compute one after the other. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { compose } from '../../../src/main/onnx/compose.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { type RunTensor, floatOutput, floats } from '../../../src/main/onnx/runner.js';

/** `output = input * factor + offset`, with the same inner names every time. */
function affine(input: string, output: string, factor: number, offset: number, prefix = ''): Model {
  const g = new GraphBuilder('affine', prefix);
  const x = g.input(input, 'float32', ['n']);
  g.output(output, g.add(g.mul(x, g.float(factor)), g.float(offset)), 'float32', ['n']);
  return g.model();
}

async function run(model: Model, feeds: Record<string, number>): Promise<Record<string, number | undefined>> {
  const session = await cpuSessions(1)(model);
  const tensors = new Map(Object.entries(feeds).map(([name, value]) => [name, floats(Float32Array.of(value), 1)]));
  const outputs = await session.run(Object.fromEntries<RunTensor>(tensors));
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, floatOutput(outputs, name)[0]]));
}

describe('compose', () => {
  it('feeds one model with a value of the other and keeps their inner names apart', async () => {
    const model = compose(affine('x', 'y', 2, 1), affine('a', 'b', 10, 3), { a: 'y' });
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(await run(model, { x: 4 })).toEqual({ b: 93 });
  });

  it('keeps inputs and outputs that are not linked, and links values in between', async () => {
    const first = affine('x', 'y', 2, 1);
    const product = first.graph.nodes[0]?.outputs[0] ?? '';
    const g = new GraphBuilder('difference');
    g.output('d', g.sub(g.input('left', 'float32', ['n']), g.input('right', 'float32', ['n'])), 'float32', ['n']);
    const model = compose(first, g.model(), { left: product });
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x', 'right']);
    expect(await run(model, { x: 5, right: 1 })).toEqual({ y: 11, d: 9 });
  });

  it('gives the second model its public names, whatever the first calls its values', async () => {
    const first = affine('x', 'y', 2, 1);
    const inner = first.graph.nodes[0]?.outputs[0] ?? '';
    const model = compose(first, affine('a', inner, 10, 3, 'second_'), { a: 'y' });
    expect(await run(model, { x: 4 })).toEqual({ [inner]: 93 });
  });

  it('refuses what cannot be one model', () => {
    const first = affine('x', 'y', 2, 1);
    const second = affine('a', 'b', 1, 0);
    expect(() => compose(first, second, { a: 'z' })).toThrow(new RangeError("'affine' has no value 'z'"));
    expect(() => compose(first, second, { z: 'y' })).toThrow(new RangeError("'affine' has no input 'z'"));
    expect(() => compose(first, affine('x', 'b', 1, 0), {})).toThrow(
      new RangeError("Both models have an input or output 'x'"),
    );
    expect(() => compose(first, { ...second, opsets: new Map([['', 13]]) }, { a: 'y' })).toThrow(
      new RangeError('Operator set ai.onnx is 20 in one model and 13 in the other'),
    );
  });
});
