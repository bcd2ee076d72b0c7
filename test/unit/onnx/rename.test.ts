/** Other names for values never change what is computed, also not in graphs inside nodes. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Graph } from '../../../src/main/onnx/graph.js';
import { renameValues } from '../../../src/main/onnx/rename.js';
import { floatOutput, floats } from '../../../src/main/onnx/runner.js';

/** `y = 2 exp(x)`, doubled inside an If whose graphs call their result `inner`. */
function conditional(): Graph {
  const g = new GraphBuilder('conditional');
  const x = g.input('x', 'float32', [1]);
  const exp = g.op('Exp', [x]);
  const branch = (name: string): Graph => {
    const b = new GraphBuilder(name, `${name}_`);
    b.output(`${name}_out`, b.add(exp, exp), 'float32', [1]);
    return renameValues(b.graph(), (value) => (value === `${name}_Add_1` ? 'inner' : value));
  };
  const condition = g.constant({ type: 'bool', dims: [], bytes: Uint8Array.of(1) });
  g.output('y', g.op('If', [condition], { then_branch: branch('then'), else_branch: branch('else') }), 'float32', [1]);
  return g.graph();
}

describe('renameValues', () => {
  it.each(['other', 'inner', 'then_out'])('lets subgraphs capture a value renamed to %s', async (name) => {
    const graph = renameValues(conditional(), (value) => (value.startsWith('Exp') ? name : value));
    expect(graph.nodes[0]?.outputs).toEqual([name]);
    const model = {
      irVersion: 9,
      opsets: new Map([['', 20]]),
      graph,
      metadata: new Map<string, string>(),
      producer: '',
    };
    const session = await cpuSessions(1)(model);
    const outputs = await session.run({ x: floats(Float32Array.of(0), 1) });
    expect([...floatOutput(outputs, 'y')]).toEqual([2]);
  });

  it('renames inputs, outputs and constants', () => {
    const g = new GraphBuilder('g');
    g.output('y', g.add(g.input('x', 'float32', [1]), g.float(1)), 'float32', [1]);
    const graph = renameValues(g.graph(), (name) => `a/${name}`);
    expect(graph.inputs[0]?.name).toBe('a/x');
    expect(graph.outputs[0]?.name).toBe('a/y');
    expect([...graph.initializers.keys()]).toEqual(['a/const_1']);
    expect(graph.nodes.map(({ inputs, outputs }) => [...inputs, ...outputs])).toEqual([
      ['a/x', 'a/const_1', 'a/Add_2'],
      ['a/Add_2', 'a/y'],
    ]);
  });
});
