/** Weights in files beside the model: written, read, shared, and refused where they are missing or lead elsewhere. */

import { mkdir, mkdtemp, open, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { readModel, readModelFile } from '../../../src/main/onnx/read-model.js';
import { floatsOf } from '../../../src/main/onnx/tensor.js';
import { WireWriter } from '../../../src/main/onnx/wire.js';
import { writeModel, writeModelFiles } from '../../../src/main/onnx/write-model.js';
import { AppError } from '../../../src/shared/errors.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-external-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function large(): Model {
  const g = new GraphBuilder('large');
  const x = g.input('x', 'float32', [1, 512]);
  const weight = g.floats(
    Float32Array.from({ length: 512 * 3 }, (_, at) => at),
    [512, 3],
    'weight',
  );
  const shared = g.constant({ type: 'uint8', dims: [5000], bytes: new Uint8Array(5000).fill(7) }, 'shared');
  const tensor = g.graph().initializers.get(shared);
  if (tensor) g.constant({ ...tensor, dims: [50, 100] }, 'again');
  g.output('y', g.add(g.matMul(x, weight), g.floats(Float32Array.of(1, 2, 3), [3], 'bias')), 'float32', [1, 3]);
  return g.model();
}

/** A model whose one weight, four floats, lies where `entries` say. */
async function pointing(entries: Record<string, string>, name = 'model.onnx'): Promise<string> {
  const g = new GraphBuilder('g');
  g.output('y', g.input('x', 'float32', [1]), 'float32', [1]);
  const weights = new WireWriter();
  weights.message(7, (graph) => {
    graph.message(5, (child) => {
      child.int(1, 4);
      child.int(2, 1);
      child.string(8, 'w');
      for (const [key, value] of Object.entries(entries)) {
        child.message(13, (entry) => {
          entry.string(1, key);
          entry.string(2, value);
        });
      }
      child.int(14, 1);
    });
  });
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([writeModel(g.model()), weights.finish()]));
  return path;
}

async function refusal(path: string): Promise<string> {
  try {
    await readModelFile(path);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message.replaceAll(folder, '')}`;
    throw error;
  }
  throw new Error('The model was read');
}

describe('a model with a data file', () => {
  it('is the same model after writing and reading', async () => {
    const model = large();
    const path = join(folder, 'large.onnx');
    await writeModelFiles(model, path);
    expect(await readModelFile(path)).toEqual(model);
    // The weight at 0, the bytes that two tensors share at 8192; the bias stays in the model.
    expect((await stat(`${path}.data`)).size).toBe(8192 + 5000);
    expect((await stat(path)).size).toBeLessThan(1000);
  });

  it('keeps shared bytes once in memory', async () => {
    const path = join(folder, 'large.onnx');
    await writeModelFiles(large(), path);
    const { initializers } = (await readModelFile(path)).graph;
    const [weight, shared, again] = [...initializers.values()].filter(({ bytes }) => bytes.length > 1000);
    expect(again?.bytes.buffer).toBe(shared?.bytes.buffer);
    expect(again?.bytes.byteOffset).toBe(shared?.bytes.byteOffset);
    expect(weight?.bytes.buffer.byteLength).toBe(8192 + 5000);
  });

  it('has no data file when nothing is large', async () => {
    const g = new GraphBuilder('small');
    g.output('y', g.add(g.input('x', 'float32', [1]), g.float(1)), 'float32', [1]);
    const path = join(folder, 'small.onnx');
    await writeModelFiles(g.model(), path);
    expect(await readModelFile(path)).toEqual(g.model());
    await expect(stat(`${path}.data`)).rejects.toThrow('ENOENT');
  });

  it('cannot be read from bytes alone', async () => {
    const path = join(folder, 'large.onnx');
    await writeModelFiles(large(), path);
    const file = await open(path);
    const bytes = await file.readFile();
    await file.close();
    expect(() => readModel(bytes, 'large.onnx')).toThrow("of large.onnx lies in the separate file 'large.onnx.data'");
  });

  it('reads weights beyond 2 GiB without reading what lies before', async () => {
    const offset = 3 * 2 ** 30 + 4;
    const path = await pointing({ location: 'huge.data', offset: String(offset), length: '16' });
    const data = join(folder, 'huge.data');
    await writeFile(data, '');
    await truncate(data, offset + 16);
    const file = await open(data, 'r+');
    await file.write(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer), 0, 16, offset);
    await file.close();
    const weight = (await readModelFile(path)).graph.initializers.get('w');
    expect(weight && [...floatsOf(weight)]).toEqual([1, 2, 3, 4]);
    expect(weight?.bytes.buffer.byteLength).toBeLessThan(8192);
  });

  it('may be links into one folder, as in the cache of a model hub', async () => {
    await mkdir(join(folder, 'blobs'));
    await mkdir(join(folder, 'snapshot'));
    const blob = await pointing({ location: 'w.data' }, 'blobs/0123');
    await writeFile(join(folder, 'blobs', '4567'), new Uint8Array(16));
    await symlink(blob, join(folder, 'snapshot', 'model.onnx'));
    await symlink(join(folder, 'blobs', '4567'), join(folder, 'snapshot', 'w.data'));
    const model = await readModelFile(join(folder, 'snapshot', 'model.onnx'));
    expect(model.graph.initializers.get('w')?.bytes).toHaveLength(16);
  });
});

describe('a data file is refused', () => {
  it.each(['../w.data', '/etc/hostname', 'a/../../w.data', '..', '.', 'C:\\w.data', '..\\w.data', ''])(
    'outside of the folder: %j',
    async (location) => {
      const path = await pointing({ location });
      expect(await refusal(path)).toMatch(
        location === ''
          ? /lies in a data file without a name/
          : /^MODEL_UNREADABLE: .*the weight 'w' in .*not in the model's folder\.$/,
      );
    },
  );

  it('behind a link out of the folder', async () => {
    await mkdir(join(folder, 'inner'));
    await writeFile(join(folder, 'secret'), new Uint8Array(16));
    await symlink(join(folder, 'secret'), join(folder, 'inner', 'w.data'));
    const path = await pointing({ location: 'w.data' }, 'inner/model.onnx');
    expect(await refusal(path)).toBe(
      "MODEL_UNREADABLE: /inner/model.onnx keeps the weight 'w' in 'w.data', which is a link out of the model's folder.",
    );
  });

  it('when it is missing, too short or a folder', async () => {
    const path = await pointing({ location: 'w.data', offset: '8' });
    expect(await refusal(path)).toBe(
      "MODEL_UNREADABLE: /model.onnx keeps the weight 'w' in 'w.data', which is missing.",
    );
    await writeFile(join(folder, 'w.data'), new Uint8Array(23));
    expect(await refusal(path)).toBe(
      "MODEL_UNREADABLE: /model.onnx keeps the weight 'w' in 'w.data' up to byte 24, but that has 23 bytes.",
    );
    await rm(join(folder, 'w.data'));
    await mkdir(join(folder, 'w.data'));
    expect(await refusal(path)).toContain('MODEL_UNREADABLE: ');
  });

  it('with a length or offset that cannot be', async () => {
    expect(await refusal(await pointing({ location: 'w.data', length: '12' }))).toContain('has 12 bytes for shape [4]');
    expect(await refusal(await pointing({ location: 'w.data', offset: '-1' }))).toContain("has the offset '-1'");
    expect(await refusal(await pointing({ location: 'w.data', offset: '99999999999999999999' }))).toContain(
      'has the offset',
    );
  });
});

describe('a model file is refused', () => {
  it('when it is missing or a folder', async () => {
    expect(await refusal(join(folder, 'none.onnx'))).toBe('MODEL_NOT_FOUND: /none.onnx does not exist.');
    expect(await refusal(folder)).toBe('MODEL_UNREADABLE:  is no file.');
  });
});
