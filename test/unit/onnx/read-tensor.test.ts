/** Tensors are read from every field in which onnx.proto lets a model keep their values. */

import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/main/onnx/tensor.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import { readModel } from '../../../src/main/onnx/read-model.js';
import { floatsOf, integersOf } from '../../../src/main/onnx/tensor.js';
import { WireWriter } from '../../../src/main/onnx/wire.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';

const base = (() => {
  const g = new GraphBuilder('base');
  g.output('y', g.input('x', 'float32', [1]), 'float32', [1]);
  return writeModel(g.model());
})();

/** A model with more fields in its graph: messages of one field merge. */
function withGraphField(field: number, write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  writer.message(7, (graph) => {
    graph.message(field, write);
  });
  return Buffer.concat([base, writer.finish()]);
}

function read(bytes: Uint8Array): Tensor {
  const [tensor] = readModel(bytes, 'm.onnx').graph.initializers.values();
  if (!tensor) throw new Error('There is no tensor');
  return tensor;
}

/** The tensor of TensorProto fields. */
function tensor(type: number, dims: number[], write: (writer: WireWriter) => void): Tensor {
  return read(
    withGraphField(5, (writer) => {
      for (const dim of dims) writer.int(1, dim);
      writer.int(2, type);
      writer.string(8, 't');
      write(writer);
    }),
  );
}

/** Varints one after the other. */
function packed(...values: number[]): Uint8Array {
  return Uint8Array.from(
    values.flatMap((value) => {
      const writer = new WireWriter();
      writer.int(1, value);
      return [...writer.finish().subarray(1)];
    }),
  );
}

describe('a tensor', () => {
  it('of packed floats is a view into the file', () => {
    const bytes = withGraphField(5, (writer) => {
      writer.int(1, 2);
      writer.int(2, 1);
      writer.bytes(4, new Uint8Array(Float32Array.of(1.5, -2).buffer));
    });
    const found = read(bytes);
    expect([...floatsOf(found)]).toEqual([1.5, -2]);
    expect(found.bytes.buffer).toBe(bytes.buffer);
  });

  it('of floats one by one, in packs, and both', () => {
    const found = tensor(1, [4], (writer) => {
      writer.float(4, 1);
      writer.bytes(4, new Uint8Array(Float32Array.of(2, 3).buffer));
      writer.float(4, 4);
    });
    expect([...floatsOf(found)]).toEqual([1, 2, 3, 4]);
  });

  it('of 64-bit integers keeps every bit', () => {
    // int64_data [2^63 - 1, -1, 5], the first beyond what a double holds.
    const largest = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    const found = tensor(7, [3], (writer) => {
      writer.bytes(7, Uint8Array.of(...largest, ...packed(-1, 5)));
    });
    const view = new BigInt64Array(found.bytes.slice().buffer);
    expect([...view]).toEqual([2n ** 63n - 1n, -1n, 5n]);
    expect(integersOf(found)).toEqual([2 ** 63, -1, 5]);
  });

  it('of small types from int32_data: int8, uint8, bool, float16, bfloat16, float8, two int4 a byte', () => {
    const list = (type: number, count: number, ...values: number[]) => [
      ...tensor(type, [count], (writer) => {
        writer.bytes(5, packed(...values));
      }).bytes,
    ];
    expect(list(3, 3, -1, -128, 127)).toEqual([255, 128, 127]);
    expect(list(2, 2, 200, 3)).toEqual([200, 3]);
    expect(list(9, 2, 1, 0)).toEqual([1, 0]);
    expect(list(10, 2, 0x3c00, 0xc000)).toEqual([0x00, 0x3c, 0x00, 0xc0]);
    expect(list(16, 1, 0x3f80)).toEqual([0x80, 0x3f]);
    expect(list(17, 1, 0x38)).toEqual([0x38]);
    expect(list(22, 3, 0x21, 0x0f)).toEqual([0x21, 0x0f]);
    expect(list(6, 1, -2)).toEqual([254, 255, 255, 255]);
  });

  it('of uint32 and uint64 from uint64_data, of doubles from double_data', () => {
    const wide = tensor(13, [1], (writer) => {
      writer.bytes(11, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01));
    });
    expect([...wide.bytes]).toEqual(Array.from({ length: 8 }, () => 255));
    const small = tensor(12, [1], (writer) => {
      writer.int(11, 4_000_000_000);
    });
    expect(integersOf(small)).toEqual([4_000_000_000]);
    const double = tensor(11, [1], (writer) => {
      writer.bytes(10, new Uint8Array(Float64Array.of(0.1).buffer));
    });
    expect(new Float64Array(double.bytes.slice().buffer)[0]).toBe(0.1);
  });

  it('of strings', () => {
    const found = tensor(8, [2], (writer) => {
      writer.string(6, 'cat');
      writer.string(6, '');
    });
    expect(found).toEqual({ type: 'string', dims: [2], bytes: new Uint8Array(0), strings: ['cat', ''] });
  });

  it('without elements', () => {
    expect(tensor(1, [0, 3], () => undefined).bytes).toHaveLength(0);
  });

  it('is refused by the name of its type, by its shape and by its number of values', () => {
    const refusal = (type: number, dims: number[], raw: number) => () =>
      tensor(type, dims, (writer) => {
        writer.bytes(9, new Uint8Array(raw));
      });
    expect(refusal(14, [1], 8)).toThrow(
      /^m\.onnx is not a whole ONNX model: Tensor 't' has the type complex64 at byte \d+\.$/,
    );
    expect(refusal(99, [1], 8)).toThrow("Tensor 't' has an unknown type 99");
    expect(refusal(1, [-1], 4)).toThrow("Tensor 't' has a negative dimension");
    expect(refusal(1, [2 ** 40, 2 ** 40], 4)).toThrow(
      "Tensor 't' has the impossible shape [1099511627776, 1099511627776]",
    );
    expect(refusal(22, [5], 2)).toThrow("Tensor 't' has 2 bytes for shape [5]");
  });
});

describe('a sparse tensor', () => {
  const sparse = (dims: number[], indexDims: number[], indices: number[]) =>
    withGraphField(15, (writer) => {
      writer.message(1, (values) => {
        values.int(1, 2);
        values.int(2, 1);
        values.string(8, 's');
        values.bytes(9, new Uint8Array(Float32Array.of(5, 7).buffer));
      });
      writer.message(2, (child) => {
        for (const dim of indexDims) child.int(1, dim);
        child.int(2, 7);
        child.bytes(7, packed(...indices));
      });
      for (const dim of dims) writer.int(3, dim);
    });

  it('is read as the dense one, from positions or coordinates', () => {
    const positions = read(sparse([2, 3], [2], [1, 5]));
    const coordinates = read(sparse([2, 3], [2, 2], [0, 1, 1, 2]));
    expect(positions.dims).toEqual([2, 3]);
    expect([...floatsOf(positions)]).toEqual([0, 5, 0, 0, 0, 7]);
    expect(coordinates).toEqual(positions);
  });

  it('is refused when it points outside or is larger than the file justifies', () => {
    expect(() => read(sparse([2, 3], [2], [1, 6]))).toThrow("Sparse tensor 's' has the index 6");
    expect(() => read(sparse([2, 3], [2, 2], [0, 1, 1, 3]))).toThrow("Sparse tensor 's' has the index -1");
    expect(() => read(sparse([2, 3], [3], [1, 2, 3]))).toThrow('indices that do not fit its values');
    expect(() => read(sparse([100_000, 100_000], [2], [1, 5]))).toThrow(
      'There are more parts than a file of this size justifies',
    );
  });
});
