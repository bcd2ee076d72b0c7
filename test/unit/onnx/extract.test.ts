/** Parts of a model, cut out between named values, compute in ONNX Runtime what the whole computes. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { extract } from '../../../src/main/onnx/extract.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { type RunTensor, floatOutput, floats, indexOutput } from '../../../src/main/onnx/runner.js';
import { AppError } from '../../../src/shared/errors.js';

/** `y = (x + 1) * 2 + z`, `s = x + 1`. */
function whole(): { model: Model; sum: string; product: string } {
  const g = new GraphBuilder('whole');
  const x = g.input('x', 'float32', ['n']);
  const z = g.input('z', 'float32', ['n']);
  const sum = g.add(x, g.float(1));
  const product = g.mul(sum, g.float(2));
  g.output('y', g.add(product, z), 'float32', ['n']);
  g.output('s', sum, 'float32', ['n']);
  return { model: g.model(), sum, product };
}

async function run(model: Model, feeds: Record<string, number[]>, output: string): Promise<number[]> {
  const session = await cpuSessions(1)(model);
  const tensors = new Map(
    Object.entries(feeds).map(([name, data]) => [name, floats(Float32Array.from(data), data.length)]),
  );
  return [...floatOutput(await session.run(Object.fromEntries<RunTensor>(tensors)), output)];
}

describe('extract', () => {
  it('computes a value in between, without what it does not need', async () => {
    const { model, product } = whole();
    const part = extract(model, ['x'], [product]);
    expect(part.graph.nodes.map(({ op }) => op)).toEqual(['Add', 'Mul']);
    expect(part.graph.inputs).toEqual([{ name: 'x', type: 'float32', dims: ['n'] }]);
    expect(part.graph.outputs).toEqual([{ name: product, type: 'float32', dims: null, untyped: true }]);
    expect(await run(part, { x: [0, 5] }, product)).toEqual([2, 12]);
  });

  it('cuts at values in between and keeps the inputs that are still needed', async () => {
    const { model, sum } = whole();
    const part = extract(model, [{ name: sum, type: 'float32', dims: ['n'] }], ['y']);
    expect(part.graph.inputs.map(({ name }) => name)).toEqual([sum, 'z']);
    expect(await run(part, { [sum]: [1, 2], z: [10, 20] }, 'y')).toEqual([12, 24]);
  });

  it('lets a constant become an input', async () => {
    const { model, sum } = whole();
    const [one = ''] = model.graph.initializers.keys();
    const part = extract(model, [one], [sum]);
    expect(part.graph.inputs.map(({ name, type }) => [name, type])).toEqual([
      [one, 'float32'],
      ['x', 'float32'],
    ]);
    expect(await run(part, { [one]: [3], x: [1, 2] }, sum)).toEqual([4, 5]);
  });

  it('cuts one output of a node whose other output is still computed', async () => {
    const g = new GraphBuilder('halves');
    const x = g.input('x', 'float32', [4]);
    const [left = x, right = x] = g.ops('Split', [x], { axis: 0, num_outputs: 2 }, { outputs: 2 });
    g.output('y', g.add(left, right), 'float32', [2]);
    const part = extract(g.model(), [{ name: left, type: 'float32', dims: [2] }], ['y']);
    expect(await run(part, { [left]: [100, 200], x: [1, 2, 3, 4] }, 'y')).toEqual([103, 204]);
  });

  it('keeps what a subgraph captures, constants without a copy', async () => {
    const g = new GraphBuilder('conditional');
    const x = g.input('x', 'float32', ['n']);
    const weight = g.floats(Float32Array.of(10), [1], 'weight');
    const branch = (factor: number, prefix: string) => {
      const b = new GraphBuilder(prefix, prefix);
      b.output(`${prefix}_out`, b.mul(b.add(x, weight), b.float(factor)), 'float32', ['n']);
      return b.graph();
    };
    const condition = g.constant({ type: 'bool', dims: [], bytes: Uint8Array.of(1) });
    const chosen = g.op('If', [condition], { then_branch: branch(2, 'then'), else_branch: branch(3, 'else') });
    g.output('y', g.op('Exp', [chosen]), 'float32', ['n']);
    const part = extract(g.model(), ['x'], [chosen]);
    expect(part.graph.initializers.get(weight)).toBe(g.graph().initializers.get(weight));
    expect(await run(part, { x: [1] }, chosen)).toEqual([22]);
  });

  it('computes values of other types by their bare names', async () => {
    const g = new GraphBuilder('shapes');
    const x = g.input('x', 'float32', ['n', 4]);
    const shape = g.op('Shape', [x]);
    g.output('y', g.cast(shape, 'float32'), 'float32', [2]);
    const session = await cpuSessions(1)(extract(g.model(), ['x'], [shape]));
    const outputs = await session.run({ x: floats(new Float32Array(12), 3, 4) });
    expect([...indexOutput(outputs, shape)]).toEqual([3, 4]);
  });

  it('refuses a name that is no value', () => {
    const { model } = whole();
    const error = new AppError(
      'BAD_USAGE',
      "The graph 'whole' has no value named 'nothing'.",
      'Use the name of an input or output of one of its nodes, as a viewer of ONNX files shows it.',
    );
    expect(() => extract(model, ['x'], ['nothing'])).toThrow(error);
    expect(() => extract(model, ['nothing'], ['y'])).toThrow(error);
  });
});
