/** Whatever the bytes of a model are, reading ends quickly with a model that can be run through or with an AppError. */

import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Graph, Model } from '../../../src/main/onnx/graph.js';
import { GraphIndex } from '../../../src/main/onnx/graph-index.js';
import { prune } from '../../../src/main/onnx/prune.js';
import { readModel } from '../../../src/main/onnx/read-model.js';
import { stringTensor } from '../../../src/main/onnx/tensor.js';
import { WireWriter } from '../../../src/main/onnx/wire.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';
import { AppError } from '../../../src/shared/errors.js';

/** Reproducible numbers in [0, 1) (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A model with something of everything that the reader knows. */
function everything(): Uint8Array {
  const g = new GraphBuilder('everything');
  const x = g.input('x', 'float32', ['n', 4]);
  const weight = g.floats(
    Float32Array.from({ length: 16 }, (_, at) => at / 7),
    [4, 4],
    'weight',
  );
  const body = new GraphBuilder('body', 'body_');
  body.input('round', 'int64', []);
  const keep = body.input('keep', 'bool', []);
  const state = body.input('state', 'float32', [null, 4]);
  body.output('keep_on', keep, 'bool', []);
  body.output('next', body.matMul(state, weight), 'float32', [null, 4]);
  const looped = g.op('Loop', [g.ints(3), null, x], { body: body.graph() });
  g.constant(stringTensor(['a', 'bc'], [2]));
  g.constant({ type: 'int4', dims: [3], bytes: Uint8Array.of(1, 2) });
  const scaled = g.op('LeakyRelu', [g.transpose(looped, 1, 0)], { alpha: { float: 0.1 }, text: 'mode' });
  g.output('y', g.reshape(scaled, -1, 4), 'float32', ['n', 4]);
  const model: Model = { ...g.model(), metadata: new Map([['names', '{0: "a"}']]) };
  const writer = new WireWriter();
  writer.message(25, (definition) => {
    definition.string(1, 'twice');
    definition.string(4, 'i');
    definition.string(5, 'o');
    definition.message(7, (node) => {
      node.string(1, 'i');
      node.string(1, 'i');
      node.string(2, 'o');
      node.string(4, 'Add');
    });
    definition.string(10, 'local');
  });
  writer.message(7, (graph) => {
    graph.message(1, (node) => {
      node.string(1, 'y');
      node.string(2, 'z');
      node.string(4, 'twice');
      node.string(7, 'local');
    });
    graph.message(15, (sparse) => {
      sparse.message(1, (values) => {
        values.int(1, 1);
        values.int(2, 1);
        values.string(8, 'sparse');
        values.float(4, 2);
      });
      sparse.message(2, (indices) => {
        indices.int(1, 1);
        indices.int(2, 7);
        indices.int(7, 3);
      });
      sparse.int(3, 5);
    });
    graph.message(5, (external) => {
      external.int(1, 1);
      external.int(2, 3);
      external.string(8, 'list');
      external.int(5, -4);
    });
  });
  return Buffer.concat([writeModel(model), writer.finish()]);
}

/** Reads `bytes` and walks through what was read; how it ended. */
function outcome(bytes: Uint8Array): 'model' | AppError {
  try {
    const model = readModel(bytes, 'hostile.onnx');
    const index = new GraphIndex(prune(model.graph));
    for (const { name } of model.graph.outputs) {
      index.isConstant(name);
      index.tensor(name);
    }
    writeModel(model);
    return 'model';
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function refusal(bytes: Uint8Array): string {
  const end = outcome(bytes);
  if (end === 'model') throw new Error('The model was read');
  expect(end.code).toBe('MODEL_UNREADABLE');
  return end.message;
}

function graphMessage(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  writer.message(7, write);
  return writer.finish();
}

/** `count` times the same bytes, in a graph. */
function repeated(count: number, bytes: Uint8Array): Uint8Array {
  const body = Buffer.alloc(count * bytes.length);
  for (let at = 0; at < count; at += 1) body.set(bytes, at * bytes.length);
  const writer = new WireWriter();
  writer.bytes(7, body);
  return writer.finish();
}

describe('a hostile model', () => {
  it('with 2,000 mutations ends as a model or an AppError', () => {
    const whole = everything();
    expect(outcome(whole)).toBe('model');
    const random = randomNumbers(20);
    const below = (limit: number): number => Math.floor(random() * limit);
    const ends = { model: 0, refused: 0 };
    for (let round = 0; round < 2000; round += 1) {
      let mutant = Uint8Array.from(whole);
      const kind = round % 5;
      for (let change = 0; change <= below(4); change += 1) {
        const at = below(mutant.length);
        if (kind === 0) mutant[at] = (mutant[at] ?? 0) ^ (1 << below(8));
        if (kind === 1) mutant[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)] ?? 0;
        if (kind === 2) mutant = mutant.slice(0, at);
        if (kind === 3) mutant.copyWithin(at, below(mutant.length), below(mutant.length));
        if (kind === 4) mutant = Uint8Array.from([...mutant.slice(0, at), ...mutant.slice(below(mutant.length))]);
      }
      ends[outcome(mutant) === 'model' ? 'model' : 'refused'] += 1;
    }
    expect(ends.model).toBeGreaterThan(100);
    expect(ends.refused).toBeGreaterThan(1000);
  });

  it('of millions of tiny nodes, attributes, dimensions or inputs is refused before they fill the memory', () => {
    const million = 4_000_000;
    const few = 'There are more parts than a file of this size justifies';
    // A node { op_type: "A" }, an input {}, an initializer of many dimensions, a node of many attributes.
    expect(refusal(repeated(million, Uint8Array.of(0x0a, 3, 0x22, 1, 0x41)))).toContain(few);
    expect(refusal(repeated(million, Uint8Array.of(0x5a, 0)))).toContain(few);
    const dims = new Uint8Array(40 * million);
    expect(
      refusal(
        graphMessage((g) => {
          g.message(5, (t) => {
            t.bytes(1, dims);
          });
        }),
      ),
    ).toContain(few);
    const attributes = new WireWriter();
    for (let at = 0; at < 1000; at += 1)
      attributes.message(5, (a) => {
        a.int(20, 2);
      });
    const node = Buffer.concat(Array.from({ length: 4000 }, () => attributes.finish()));
    expect(
      refusal(
        graphMessage((g) => {
          g.bytes(1, node);
        }),
      ),
    ).toContain(few);
  });

  it('without operators in its nodes is refused at the first', () => {
    expect(refusal(repeated(1_000_000, Uint8Array.of(0x0a, 0)))).toBe(
      "hostile.onnx is not a whole ONNX model: Node '' has no operator at byte 6.",
    );
  });

  it('of graphs in graphs without end is refused', () => {
    let inner: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 2000; depth += 1) {
      const writer = new WireWriter();
      const content = inner;
      writer.message(1, (node) => {
        node.string(4, 'If');
        node.message(5, (attribute) => {
          attribute.string(1, 'then_branch');
          attribute.bytes(6, content);
          attribute.int(20, 5);
        });
      });
      inner = writer.finish();
    }
    const writer = new WireWriter();
    writer.bytes(7, inner);
    expect(refusal(writer.finish())).toContain('Graphs are nested too deeply');
  });

  it('with a shape that the file does not fill is refused without making room for it', () => {
    for (const dims of [[2 ** 31, 2], [2 ** 53], [2 ** 40, 2 ** 40], [1_000_000_000]]) {
      for (const fill of [
        (t: WireWriter) => {
          t.bytes(9, new Uint8Array(8));
        },
        (t: WireWriter) => {
          t.int(7, 1);
        },
        () => undefined,
      ]) {
        const bytes = graphMessage((g) => {
          g.message(5, (t) => {
            for (const dim of dims) t.int(1, dim);
            t.int(2, 7);
            fill(t);
          });
        });
        expect(refusal(bytes)).toMatch(/bytes for shape|impossible shape/);
      }
    }
  });

  it('that lists a varint a byte for 64-bit integers is refused beyond what the file justifies', () => {
    const count = 30_000_000;
    const bytes = graphMessage((g) => {
      g.message(5, (t) => {
        t.int(1, count);
        t.int(2, 7);
        t.bytes(7, new Uint8Array(count));
      });
    });
    expect(refusal(bytes)).toContain('There are more parts than a file of this size justifies');
  });

  it('of many small graphs in a large one is read in a time that grows with its size', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [1]);
    const yes = g.constant({ type: 'bool', dims: [], bytes: Uint8Array.of(1) });
    let last = x;
    for (let at = 0; at < 20_000; at += 1) {
      const branch = new GraphBuilder('branch', `b${String(at)}_`);
      branch.output(`b${String(at)}`, last, 'float32', [1]);
      last = g.op('If', [yes], { then_branch: branch.graph() });
    }
    g.output('y', last, 'float32', [1]);
    const bytes = writeModel(g.model());
    const started = performance.now();
    expect(outcome(bytes)).toBe('model');
    // A quadratic reader takes minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('with names and ranks without measure is refused in few words', () => {
    const name = 'n'.repeat(100_000);
    const long = refusal(
      graphMessage((g) => {
        g.message(5, (t) => {
          t.string(8, name);
          t.int(2, 1);
          t.int(1, 5);
        });
      }),
    );
    expect(long.length).toBeLessThan(600);
    const rank = refusal(
      graphMessage((g) => {
        g.message(5, (t) => {
          t.bytes(1, new Uint8Array(1000));
          t.int(2, 1);
        });
      }),
    );
    expect(rank).toContain("Tensor '' has 1000 dimensions");
  });

  it('with a cycle, a value defined twice or an unknown value is refused with the node', () => {
    const g = new GraphBuilder('g');
    const x = g.input('x', 'float32', [1]);
    g.output('y', g.op('Exp', [x]), 'float32', [1]);
    const model = g.model();
    const change = (nodes: (graph: Graph) => Graph['nodes']): Uint8Array =>
      writeModel({ ...model, graph: { ...model.graph, nodes: nodes(model.graph) } });
    const start = 'hostile.onnx is not a valid ONNX model: ';
    expect(refusal(change(({ nodes }) => nodes.map((node) => ({ ...node, inputs: ['y'] }))))).toBe(
      `${start}'y', which node 'output_y' (Identity) reads, depends on itself.`,
    );
    expect(refusal(change(({ nodes }) => [...nodes, ...nodes]))).toBe(
      `${start}'Exp_1' is defined twice, the second time by a node Exp.`,
    );
    expect(refusal(change(({ nodes }) => nodes.slice(1)))).toBe(
      `${start}node 'output_y' (Identity) reads 'Exp_1', which nothing defines.`,
    );
  });
});
