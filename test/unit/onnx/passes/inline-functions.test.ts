/** A model without functions computes what the functions said. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import type { Attribute, Graph, Node } from '../../../../src/main/onnx/graph.js';
import { InlineError, type LocalFunction, inlineFunctions } from '../../../../src/main/onnx/passes/inline-functions.js';
import { floatOutput, floats } from '../../../../src/main/onnx/runner.js';

function node(
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: [string, Attribute][] = [],
  domain = '',
): Node {
  return { name: '', op, domain, inputs, outputs, attributes: new Map(attributes) };
}

function call(op: string, inputs: string[], outputs: string[], attributes: [string, Attribute][] = []): Node {
  return { ...node(op, inputs, outputs, attributes, 'local'), name: `call_${op}` };
}

function local(
  name: string,
  inputs: string[],
  outputs: string[],
  nodes: Node[],
  defaults: [string, Attribute][] = [],
): LocalFunction {
  return { name, domain: 'local', inputs, outputs, nodes, opsets: new Map([['', 20]]), defaults: new Map(defaults) };
}

function graph(nodes: Node[], outputs = ['y']): Graph {
  const info = (name: string) => ({ name, type: 'float32' as const, dims: null });
  return { name: 'g', nodes, initializers: new Map(), inputs: [info('x')], outputs: outputs.map(info) };
}

async function run(inlined: Graph, x: number[]): Promise<Record<string, number[]>> {
  const model = { irVersion: 9, opsets: new Map([['', 20]]), graph: inlined, metadata: new Map(), producer: '' };
  const outputs = await (await cpuSessions(1)(model)).run({ x: floats(Float32Array.from(x), x.length) });
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, [...floatOutput(outputs, name)]]));
}

const float = (value: number): Attribute => ({ kind: 'float', value });

/** `result = self * factor`, with the factor an attribute that defaults to 2. */
function scale(references: Map<Node, Map<string, string>>): LocalFunction {
  const factor = node('Constant', [], ['f']);
  references.set(factor, new Map([['value_float', 'factor']]));
  return local('scale', ['self'], ['result'], [factor, node('Mul', ['self', 'f'], ['result'])], [['factor', float(2)]]);
}

describe('inlineFunctions', () => {
  it('takes attributes from the call, or their defaults, and keeps two calls apart', async () => {
    const references = new Map<Node, Map<string, string>>();
    const functions = [scale(references)];
    const nodes = [
      call('scale', ['x'], ['a'], [['factor', float(10)]]),
      call('scale', ['x'], ['b']),
      node('Add', ['a', 'b'], ['y']),
    ];
    const inlined = inlineFunctions(graph(nodes), functions, references);
    expect(inlined.nodes.map(({ op }) => op)).toEqual(['Constant', 'Mul', 'Constant', 'Mul', 'Add']);
    expect(await run(inlined, [1, 3])).toEqual({ y: [12, 36] });
  });

  it('goes through functions that call functions and hands attributes on', async () => {
    const references = new Map<Node, Map<string, string>>();
    const inner = call('scale', ['self'], ['f']);
    references.set(inner, new Map([['factor', 'by']]));
    const outer = local('outer', ['self'], ['result'], [inner, node('Neg', ['f'], ['result'])]);
    const functions = [outer, scale(references)];
    const inlined = inlineFunctions(graph([call('outer', ['x'], ['y'], [['by', float(5)]])]), functions, references);
    expect(await run(inlined, [2])).toEqual({ y: [-10] });
  });

  it('renames what subgraphs capture, and inlines inside them', async () => {
    const references = new Map<Node, Map<string, string>>();
    const branch = (name: string, nodes: Node[]): Attribute => ({
      kind: 'graph',
      value: {
        name,
        nodes,
        initializers: new Map(),
        inputs: [],
        outputs: [{ name: `${name}_out`, type: 'float32', dims: null, untyped: true }],
      },
    });
    const body = [
      node('Abs', ['self'], ['f']),
      node(
        'Constant',
        [],
        ['yes'],
        [['value', { kind: 'tensor', value: { type: 'bool', dims: [], bytes: Uint8Array.of(1) } }]],
      ),
      node(
        'If',
        ['yes'],
        ['result'],
        [
          ['then_branch', branch('then', [call('scale', ['f'], ['then_out'])])],
          ['else_branch', branch('else', [node('Neg', ['f'], ['else_out'])])],
        ],
      ),
    ];
    const functions = [local('choose', ['self'], ['result'], body), scale(references)];
    // The graph has a value `f` of its own.
    const nodes = [node('Exp', ['x'], ['f']), call('choose', ['x'], ['c']), node('Add', ['c', 'f'], ['y'])];
    expect(await run(inlineFunctions(graph(nodes), functions, references), [0])).toEqual({ y: [1] });
    const [y = 0] = (await run(inlineFunctions(graph(nodes), functions, references), [-3])).y ?? [];
    expect(y).toBeCloseTo(6 + Math.exp(-3), 5);
  });

  it('gives outputs that are inputs or other outputs their names, and leaves out what the call leaves out', async () => {
    const clip = local(
      'clip',
      ['self', 'low', 'high'],
      ['result', 'same', 'twice'],
      [node('Clip', ['self', 'low', 'high'], ['result'])],
    );
    const functions = [{ ...clip, outputs: ['result', 'self', 'result'] }];
    const zero = node('Constant', [], ['zero'], [['value_float', float(0)]]);
    const inlined = inlineFunctions(
      graph([zero, call('clip', ['x', 'zero'], ['a', 'b', 'c'])], ['a', 'b', 'c']),
      functions,
      new Map(),
    );
    expect(await run(inlined, [-1, 2])).toEqual({ a: [0, 2], b: [-1, 2], c: [0, 2] });
  });

  it('refuses recursion, references outside of functions and functions that unfold without end', () => {
    const endless = [
      local('a', ['i'], ['o'], [call('b', ['i'], ['o'])]),
      local('b', ['i'], ['o'], [call('a', ['i'], ['o'])]),
    ];
    expect(() => inlineFunctions(graph([call('a', ['x'], ['y'])]), endless, new Map())).toThrow(
      new InlineError("Function 'a' calls itself"),
    );
    const lost = node('Neg', ['x'], ['y']);
    expect(() => inlineFunctions(graph([lost]), [], new Map([[lost, new Map([['alpha', 'beta']])]]))).toThrow(
      new InlineError("Node '' (Neg) refers to 'beta' of a function it is not in"),
    );
    const doubling = Array.from({ length: 40 }, (_, level) =>
      local(
        `f${String(level)}`,
        ['i'],
        ['o'],
        [call(`f${String(level + 1)}`, ['i'], ['m']), call(`f${String(level + 1)}`, ['m'], ['o'])],
      ),
    );
    const last = local('f40', ['i'], ['o'], [node('Neg', ['i'], ['o'])]);
    expect(() => inlineFunctions(graph([call('f0', ['x'], ['y'])]), [...doubling, last], new Map())).toThrow(
      new InlineError('The functions of the model unfold to too many nodes'),
    );
  });
});
