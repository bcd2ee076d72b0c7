/** Questions about a graph: who writes and reads a value, what is constant, what depends on what. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { GraphIndex } from '../../../src/main/onnx/graph-index.js';
import type { Attribute, Graph, Node } from '../../../src/main/onnx/graph.js';
import { floatsOf, integersOf } from '../../../src/main/onnx/tensor.js';

function node(op: string, inputs: string[], outputs: string[], attributes: [string, Attribute][] = []): Node {
  return { name: outputs[0] ?? op, op, domain: '', inputs, outputs, attributes: new Map(attributes) };
}

function graph(nodes: Node[], inputs = ['x'], outputs = ['y']): Graph {
  const info = (name: string) => ({ name, type: 'float32' as const, dims: null });
  return { name: 'g', nodes, initializers: new Map(), inputs: inputs.map(info), outputs: outputs.map(info) };
}

/** A Loop that adds `w` of the graph around it to the state in every round. */
function looping(): GraphBuilder {
  const g = new GraphBuilder('looping');
  const x = g.input('x', 'float32', [2]);
  const w = g.floats(Float32Array.of(1, 2), [2], 'w');
  const twice = g.add(w, w);
  const body = new GraphBuilder('body', 'body_');
  body.input('round', 'int64', []);
  const keep = body.input('keep', 'bool', []);
  const state = body.input('state', 'float32', [2]);
  body.output('keep_on', keep, 'bool', []);
  body.output('next', body.add(state, twice), 'float32', [2]);
  const [result = x] = g.ops(
    'Loop',
    [g.constant({ type: 'int64', dims: [], bytes: Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0) }), null, x],
    { body: body.graph() },
  );
  g.output('y', result, 'float32', [2]);
  return g;
}

describe('GraphIndex', () => {
  it('finds producers and consumers, each consumer once', () => {
    const square = node('Mul', ['x', 'x'], ['s']);
    const half = node('Neg', ['s'], ['y']);
    const index = new GraphIndex(graph([square, half]));
    expect(index.producer('s')).toBe(square);
    expect(index.producer('x')).toBeUndefined();
    expect(index.consumers('x')).toEqual([square]);
    expect(index.consumers('s')).toEqual([half]);
    expect(index.consumers('')).toEqual([]);
  });

  it('counts what a loop takes from around it as read by the loop', () => {
    const model = looping().graph();
    const index = new GraphIndex(model);
    const [twice] = model.nodes;
    const loop = model.nodes.find(({ op }) => op === 'Loop');
    expect(index.consumers(twice?.outputs[0] ?? '')).toEqual([loop]);
    expect(index.isConstant('y')).toBe(false);
  });

  it('reads every form of a Constant node, also through Identity', () => {
    const index = new GraphIndex(
      graph([
        node('Constant', [], ['f'], [['value_float', { kind: 'float', value: 0.5 }]]),
        node('Constant', [], ['i'], [['value_int', { kind: 'int', value: -3 }]]),
        node('Constant', [], ['fs'], [['value_floats', { kind: 'floats', value: [1, 2] }]]),
        node('Constant', [], ['is'], [['value_ints', { kind: 'ints', value: [4, 5, 6] }]]),
        node('Constant', [], ['ss'], [['value_strings', { kind: 'strings', value: ['a', 'b'] }]]),
        node('Identity', ['is'], ['a']),
        node('Identity', ['a'], ['b']),
        node('Identity', ['c2'], ['c1']),
        node('Identity', ['c1'], ['c2']),
      ]),
    );
    const [f, i, fs, is, b] = ['f', 'i', 'fs', 'is', 'b'].map((name) => index.tensor(name));
    expect(f && [f.dims, [...floatsOf(f)]]).toEqual([[], [0.5]]);
    expect(i && [i.dims, integersOf(i)]).toEqual([[], [-3]]);
    expect(fs && [fs.dims, [...floatsOf(fs)]]).toEqual([[2], [1, 2]]);
    expect(is && [is.dims, integersOf(is)]).toEqual([[3], [4, 5, 6]]);
    expect(b).toEqual(is);
    expect(index.tensor('ss')).toMatchObject({ type: 'string', dims: [2], strings: ['a', 'b'] });
    expect(index.tensor('x')).toBeUndefined();
    expect(index.tensor('c1')).toBeUndefined();
    expect(index.tensor(undefined)).toBeUndefined();
  });

  it('tells constants from what depends on an input, on chance or on a graph around it', () => {
    const index = new GraphIndex(
      graph([
        node('Constant', [], ['one'], [['value_float', { kind: 'float', value: 1 }]]),
        node('Add', ['one', 'one'], ['two']),
        node('Add', ['x', 'two'], ['three']),
        node('RandomNormal', [], ['dice']),
        node('Add', ['outside', 'one'], ['four']),
        node('Add', ['dice', 'one'], ['five']),
      ]),
    );
    const names = ['one', 'two', 'three', 'four', 'five', 'x', 'outside', 'nowhere'];
    expect(names.filter((name) => index.isConstant(name))).toEqual(['one', 'two']);
  });

  it('takes an input with a default value for a constant', () => {
    const g = graph([node('Neg', ['w'], ['y'])], ['x', 'w']);
    const index = new GraphIndex({
      ...g,
      initializers: new Map([['w', { type: 'float32', dims: [0], bytes: new Uint8Array(0) }]]),
    });
    expect(index.isConstant('w')).toBe(true);
    expect(index.isConstant('y')).toBe(true);
  });

  it('answers about a chain of 100,000 nodes at once', () => {
    const count = 100_000;
    const chain = Array.from({ length: count }, (_, at) =>
      node('Neg', [at === 0 ? 'x' : `v${String(at)}`], [`v${String(at + 1)}`]),
    );
    const started = performance.now();
    const index = new GraphIndex(graph(chain));
    let constant = 0;
    for (let at = 1; at <= count; at += 1) if (index.isConstant(`v${String(at)}`)) constant += 1;
    expect(constant).toBe(0);
    // A quadratic answer takes minutes.
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
