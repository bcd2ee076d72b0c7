/** Dead code is removed and nothing else. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Graph } from '../../../src/main/onnx/graph.js';
import { prune } from '../../../src/main/onnx/prune.js';

function ops(graph: Graph): string[] {
  return graph.nodes.map(({ op }) => op);
}

describe('prune', () => {
  it('removes dead nodes and unused constants, and keeps the inputs', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [2]);
    const unused = g.input('unused', 'float32', [2]);
    const kept = g.floats(Float32Array.of(1, 2), [2], 'kept');
    g.op('Exp', [g.mul(unused, g.floats(Float32Array.of(3), [1], 'dead'))]);
    g.output('y', g.add(x, kept), 'float32', [2]);
    const pruned = prune(g.graph());
    expect(ops(pruned)).toEqual(['Add', 'Identity']);
    expect([...pruned.initializers.keys()]).toEqual([kept]);
    expect(pruned.inputs.map(({ name }) => name)).toEqual(['x', 'unused']);
  });

  it('drops the input that only names an unused constant', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [1]);
    g.input('w', 'float32', [1]);
    g.output('y', x, 'float32', [1]);
    const graph = {
      ...g.graph(),
      initializers: new Map([['w', { type: 'float32' as const, dims: [1], bytes: new Uint8Array(4) }]]),
    };
    expect(prune(graph).inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('keeps what a loop captures, and removes what only its dead nodes capture', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [1]);
    const used = g.op('Exp', [x]);
    const wasted = g.op('Sin', [x]);
    const body = new GraphBuilder('body', 'body_');
    body.input('round', 'int64', []);
    const keep = body.input('keep', 'bool', []);
    const state = body.input('state', 'float32', [1]);
    body.op('Cos', [wasted]);
    body.output('keep_on', keep, 'bool', []);
    body.output('next', body.add(state, used), 'float32', [1]);
    g.output('y', g.op('Loop', [g.ints(2), null, x], { body: body.graph() }), 'float32', [1]);
    const pruned = prune(g.graph());
    expect(ops(pruned)).toEqual(['Exp', 'Loop', 'Identity']);
    const inner = pruned.nodes[1]?.attributes.get('body');
    expect(inner?.kind === 'graph' && ops(inner.value)).toEqual(['Identity', 'Add', 'Identity']);
  });

  it('keeps a node for any of its outputs, whatever the order of the nodes', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [4]);
    const [, second = x] = g.ops('Split', [x], { axis: 0 }, { outputs: 2 });
    g.output('y', g.op('Exp', [second]), 'float32', [2]);
    const graph = g.graph();
    const reversed = { ...graph, nodes: [...graph.nodes].reverse() };
    expect(ops(prune(reversed))).toEqual(['Identity', 'Exp', 'Split']);
  });
});
