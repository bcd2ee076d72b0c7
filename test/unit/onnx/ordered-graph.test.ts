/** Graphs that cannot be run are refused with the node and value; unsorted ones are sorted. */

import { describe, expect, it } from 'vitest';
import type { Attribute, Graph, Node } from '../../../src/main/onnx/graph.js';
import { GraphError, orderedGraph } from '../../../src/main/onnx/ordered-graph.js';

function node(op: string, inputs: string[], outputs: string[], attributes: [string, Attribute][] = []): Node {
  return { name: op.toLowerCase(), op, domain: '', inputs, outputs, attributes: new Map(attributes) };
}

function graph(nodes: Node[], outputs = ['y'], inputs = ['x']): Graph {
  const info = (name: string) => ({ name, type: 'float32' as const, dims: null });
  return { name: 'g', nodes, initializers: new Map(), inputs: inputs.map(info), outputs: outputs.map(info) };
}

function order(nodes: Node[]): string[] {
  return orderedGraph(graph(nodes)).nodes.map(({ op }) => op);
}

describe('orderedGraph', () => {
  it('keeps an order that is right, and sorts one that is not with as few changes as it can', () => {
    const a = node('A', ['x'], ['a']);
    const b = node('B', ['x'], ['b']);
    const c = node('C', ['a', 'b'], ['y']);
    expect(order([b, a, c])).toEqual(['B', 'A', 'C']);
    expect(order([a, c, b])).toEqual(['A', 'B', 'C']);
    expect(order([c, b, a])).toEqual(['B', 'A', 'C']);
  });

  it('counts what subgraphs capture, and sorts subgraphs', () => {
    const body = graph([node('Second', ['m'], ['z']), node('First', ['outer'], ['m'])], ['z'], []);
    const loop = node('Loop', ['x'], ['y'], [['body', { kind: 'graph', value: body }]]);
    const sorted = orderedGraph(graph([loop, node('Outer', ['x'], ['outer'])]));
    expect(sorted.nodes.map(({ op }) => op)).toEqual(['Outer', 'Loop']);
    const inner = sorted.nodes[1]?.attributes.get('body');
    expect(inner?.kind === 'graph' && inner.value.nodes.map(({ op }) => op)).toEqual(['First', 'Second']);
  });

  it.each([
    ['an unknown value', [node('A', ['nowhere'], ['y'])], "node 'a' (A) reads 'nowhere', which nothing defines"],
    [
      'a value defined twice',
      [node('A', ['x'], ['y']), node('B', ['x'], ['y'])],
      "'y' is defined twice, the second time by node 'b' (B)",
    ],
    ['an input defined again', [node('A', ['x'], ['x'])], "'x' is defined twice, the second time by node 'a' (A)"],
    ['an output that nothing defines', [node('A', ['x'], ['z'])], "the output 'y' is defined by nothing"],
    [
      'a cycle',
      [node('A', ['x', 'b'], ['a']), node('B', ['a'], ['b']), node('C', ['b'], ['y'])],
      "'a', which node 'b' (B) reads, depends on itself",
    ],
    ['a node that feeds itself', [node('A', ['x', 'y'], ['y'])], "'y', which node 'a' (A) reads, depends on itself"],
  ])('refuses %s', (_, nodes, message) => {
    expect(() => orderedGraph(graph(nodes))).toThrow(new GraphError(message));
  });

  it('refuses two inputs of one name', () => {
    expect(() => orderedGraph(graph([node('A', ['x'], ['y'])], ['y'], ['x', 'x']))).toThrow(
      new GraphError("there are two inputs 'x'"),
    );
  });

  it('sorts 100,000 nodes in reverse', () => {
    const count = 100_000;
    const nodes = Array.from({ length: count }, (_, at) =>
      node('N', [at === 0 ? 'x' : `v${String(at)}`], [`v${String(at + 1)}`]),
    );
    const sorted = orderedGraph(graph(nodes.reverse(), [`v${String(count)}`]));
    expect(sorted.nodes[0]?.inputs).toEqual(['x']);
    expect(sorted.nodes.at(-1)?.outputs).toEqual([`v${String(count)}`]);
  });
});
