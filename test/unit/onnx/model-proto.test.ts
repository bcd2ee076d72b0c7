/** Reading and writing ONNX models: nothing is lost, and broken files are refused with the place. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { readModel } from '../../../src/main/onnx/read-model.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';
import { floatOutput, floats } from '../../../src/main/onnx/runner.js';
import {
  type DataType,
  type Tensor,
  dataTypes,
  floatsOf,
  integersOf,
  intTensor,
  stringTensor,
} from '../../../src/main/onnx/tensor.js';
import { WireReader, WireWriter } from '../../../src/main/onnx/wire.js';
import { AppError } from '../../../src/shared/errors.js';

function affine(): GraphBuilder {
  const g = new GraphBuilder('affine');
  const x = g.input('x', 'float32', ['batch', 2]);
  const product = g.matMul(x, g.floats(Float32Array.of(1, 2, 3, 4), [2, 2]));
  g.output('y', g.add(product, g.floats(Float32Array.of(10, 20), [2])), 'float32', ['batch', 2]);
  return g;
}

function refusal(bytes: Uint8Array): AppError {
  try {
    readModel(bytes, 'broken.onnx');
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('The model was read');
}

describe('a model written and read again', () => {
  it('is the same model', () => {
    const model = affine().model();
    expect(readModel(writeModel(model), 'affine.onnx')).toEqual(model);
  });

  it('runs in ONNX Runtime', async () => {
    const session = await cpuSessions(1)(writeModel(affine().model()));
    const outputs = await session.run({ x: floats(Float32Array.of(1, 0, 0, 1), 2, 2) });
    expect([...floatOutput(outputs, 'y')]).toEqual([11, 22, 13, 24]);
  });

  it('keeps weights as views into the file', () => {
    const bytes = writeModel(affine().model());
    const [weight] = readModel(bytes, 'affine.onnx').graph.initializers.values();
    expect(weight?.bytes.buffer).toBe(bytes.buffer);
  });

  it('is the same with subgraphs, strings, metadata and values of unknown type', () => {
    const g = new GraphBuilder('loop');
    const x = g.input('x', 'float32', [null, 'n', 3]);
    const body = new GraphBuilder('body', 'body_');
    body.input('round', 'int64', []);
    const keep = body.input('keep', 'bool', []);
    const state = body.input('state', 'float32', []);
    body.output('keep_on', keep, 'bool', []);
    body.output('next', body.op('Exp', [state]), 'float32', []);
    const inner = body.graph();
    const untyped = {
      ...inner,
      inputs: inner.inputs.map(({ name }) => ({ name, type: 'float32', dims: null, untyped: true }) as const),
    };
    g.output(
      'y',
      g.op('Loop', [g.ints(2), null, x], { body: untyped, text: 'täxt', scale: { float: 0.5 } }),
      'float32',
      [],
    );
    g.constant(stringTensor(['a', '', 'ß'], [3]), 'words');
    const model: Model = { ...g.model(), metadata: new Map([['key', '{"a": 1}']]), producer: 'pytorch 2.9' };
    expect(readModel(writeModel(model), 'loop.onnx')).toEqual(model);
  });

  it('is the same with tensors of every type', () => {
    const g = new GraphBuilder('types');
    const x = g.input('x', 'float32', [1]);
    g.output('y', x, 'float32', [1]);
    const initializers = new Map<string, Tensor>();
    for (const type of Object.keys(dataTypes) as DataType[]) {
      if (type === 'string') continue;
      // Five elements: those smaller than a byte end in the middle of one.
      const bytes = Uint8Array.from({ length: Math.ceil(5 * dataTypes[type].bytes) }, (_, at) => 17 * at + 1);
      initializers.set(type, { type, dims: [5, 1], bytes });
    }
    const model = { ...g.model(), graph: { ...g.graph(), initializers } };
    expect(initializers.size).toBe(23);
    expect(initializers.get('int4')?.bytes).toHaveLength(3);
    expect(readModel(writeModel(model), 'types.onnx')).toEqual(model);
  });

  it('writes the second node of a name without one, because the runtime refuses it', async () => {
    const model = affine().model();
    const nodes = model.graph.nodes.map((node) => ({ ...node, name: 'same' }));
    const bytes = writeModel({ ...model, graph: { ...model.graph, nodes } });
    expect(readModel(bytes, 'names.onnx').graph.nodes.map(({ name }) => name)).toEqual(['same', '', '']);
    const outputs = await (await cpuSessions(1)(bytes)).run({ x: floats(Float32Array.of(1, 0), 1, 2) });
    expect([...floatOutput(outputs, 'y')]).toEqual([11, 22]);
  });

  it('keeps negative and very large integers', () => {
    const writer = new WireWriter();
    const values = [0, 1, -1, 127, 128, 2 ** 40, -(2 ** 40), Number.MAX_SAFE_INTEGER, 2 ** 63];
    for (const value of values) writer.int(1, value);
    const reader = new WireReader(writer.finish());
    const found = values.map(() => {
      reader.tag();
      return reader.int();
    });
    expect(found).toEqual(values);
    expect(integersOf(intTensor([-5, 2 ** 50, 2 ** 62]))).toEqual([-5, 2 ** 50, 2 ** 62]);
  });
});

describe('a broken model', () => {
  const whole = writeModel(affine().model());

  it('is refused wherever it is cut inside the graph', () => {
    // The last field, the second operator set, is 19 bytes long: without it the model is whole still.
    const needed = whole.length - 19;
    expect(readModel(whole.subarray(0, needed), 'whole.onnx').opsets.size).toBe(1);
    for (let length = 0; length < needed; length += 1) {
      expect(refusal(whole.subarray(0, length)).code).toBe('MODEL_UNREADABLE');
    }
  });

  it('is refused with the byte where it breaks when a length is a bomb', () => {
    const bomb = Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f);
    expect(refusal(bomb).message).toBe('broken.onnx is not a whole ONNX model: The data ends too early at byte 6.');
  });

  it('is refused when a tensor has fewer bytes than its shape asks for', () => {
    const model = affine().model();
    const initializers = new Map(model.graph.initializers);
    const [[name, weight]] = initializers as unknown as [[string, { bytes: Uint8Array }]];
    initializers.set(name, { type: 'float32', dims: [1_000_000, 1_000_000], bytes: weight.bytes });
    const bytes = writeModel({ ...model, graph: { ...model.graph, initializers } });
    expect(refusal(bytes).message).toContain('has 16 bytes for shape [1000000, 1000000]');
  });

  it('never crashes on flipped bits', () => {
    for (let at = 0; at < whole.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const mutant = whole.slice();
        mutant[at] = (mutant[at] ?? 0) ^ (1 << bit);
        try {
          readModel(mutant, 'mutant.onnx');
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }
    }
  });
});

describe('tensor elements', () => {
  it('are read from unaligned bytes too', () => {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setFloat32(1, 1.5, true);
    new DataView(bytes.buffer).setFloat32(5, -2, true);
    expect([...floatsOf({ type: 'float32', dims: [2], bytes: bytes.subarray(1) })]).toEqual([1.5, -2]);
  });
});

describe('what the runtime cannot run', () => {
  it('is an operator set newer than 26', () => {
    const bytes = writeModel({ ...affine().model(), opsets: new Map([['', 27]]) });
    const error = refusal(bytes);
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toBe('broken.onnx uses operator set 27; the newest that can be run is 26.');
  });

  it('is an IR version newer than 13, which is written as 13', async () => {
    const bytes = writeModel({ ...affine().model(), irVersion: 14, opsets: new Map([['', 26]]) });
    const outputs = await (await cpuSessions(1)(bytes)).run({ x: floats(Float32Array.of(1, 0), 1, 2) });
    expect([...floatOutput(outputs, 'y')]).toEqual([11, 22]);
  });
});
