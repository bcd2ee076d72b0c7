/** Opening models: what is a ViT opens, what is not is refused with the reason and the way out. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelRuntime } from '../../../src/main/engine/runtime.js';
import type { ModelChoice } from '../../../src/shared/model.js';
import { AppError } from '../../../src/shared/errors.js';
import { tinyCnn, writeTinyVitFolder } from '../../support/tiny-vit.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hognose-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function refusal(path: string): Promise<AppError> {
  try {
    await ModelRuntime.open({ path }, { threads: 1 });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('The model was opened');
}

describe('a Hugging Face folder', () => {
  it('opens with anatomy, preprocessing and class names', async () => {
    const path = join(folder, 'tiny');
    await writeTinyVitFolder(path);
    const runtime = await ModelRuntime.open({ path }, { threads: 1 });
    expect(runtime.summary).toMatchObject({
      name: 'tiny',
      source: 'huggingface',
      classes: ['cat', 'dog', 'fish'],
      gridWidth: 4,
      gridHeight: 4,
      prefixTokens: 1,
      width: 24,
      blocks: 2,
      heads: 3,
      assumptions: [],
    });
    const probabilities = await runtime.predict(new Float32Array(2 * 3 * 16 * 16).fill(0.3), 2);
    expect(probabilities).toHaveLength(6);
    expect(probabilities.slice(0, 3).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect(probabilities.slice(3)).toEqual(probabilities.slice(0, 3));
    await runtime.close();
  });

  it('explains with every mask count up to its hidden columns, the same for the same seed', async () => {
    const path = join(folder, 'explained');
    await writeTinyVitFolder(path);
    const runtime = await ModelRuntime.open({ path }, { threads: 1 });
    const pixels = Float32Array.from({ length: 3 * 16 * 16 }, (_, index) => Math.sin(index));
    const request = { parameters: { masks: 1024, ratio: 0.5, seed: 3 }, classes: [2], top: 2 };
    const first = await runtime.explainTis(pixels, request);
    const second = await runtime.explainTis(pixels, request);
    expect(first.initIndices).toHaveLength(48);
    expect(first.maskIndices).toHaveLength(48 * 8);
    expect(first.classes[0]).toBe(2);
    expect(first.kept).toHaveLength(first.classes.length * 16);
    expect(first.halves).toHaveLength(2 * first.classes.length * 16);
    expect(second.kept).toEqual(first.kept);
    const cancelled = runtime.explainTis(pixels, request, {
      onStep: () => Promise.resolve(false),
      wantsMaps: () => false,
      onMaps: () => undefined,
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    await runtime.close();
  });

  it.each([
    ['another architecture', { model_type: 'swin' }, 'MODEL_NOT_VIT', "describes a 'swin' model"],
    ['an unknown activation', { hidden_act: 'mish' }, 'MODEL_UNSUPPORTED', "the activation 'mish'"],
    ['an absurd size', { hidden_size: 1e12 }, 'MODEL_UNREADABLE', 'hidden_size'],
    [
      'a config that does not fit the weights',
      { num_hidden_layers: 3 },
      'MODEL_UNREADABLE',
      "no weight 'vit.encoder.layer.2",
    ],
    ['a wrong width', { hidden_size: 48 }, 'MODEL_UNREADABLE', 'has shape'],
  ] as const)('is refused with %s', async (name, config, code, text) => {
    const path = join(folder, name.replaceAll(' ', '-'));
    await writeTinyVitFolder(path, config);
    const error = await refusal(path);
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
    expect(error.hint).not.toBe('');
  });

  it('is refused when its weights are truncated', async () => {
    const path = join(folder, 'truncated');
    await writeTinyVitFolder(path);
    const weights = join(path, 'model.safetensors');
    await writeFile(weights, (await readFile(weights)).subarray(0, 5000));
    const error = await refusal(path);
    expect(error.code).toBe('TENSOR_FILE_INVALID');
    expect(error.message).toContain('model.safetensors');
  });
});

describe('a folder that an exporter left behind', () => {
  const options = { threads: 1 };
  const exported = async (names: readonly string[]): Promise<string> => {
    const path = await mkdtemp(join(folder, 'exported-'));
    await mkdir(join(path, 'onnx'));
    for (const name of names) await writeFile(join(path, name), tinyCnn());
    return path;
  };

  it.each([
    [['model.onnx'], 'model.onnx'],
    [['onnx/model.onnx', 'onnx/model_quantized.onnx'], 'model.onnx'],
    [['onnx/vit.onnx'], 'vit.onnx'],
  ])('opens the graph among %j', async (names, chosen) => {
    const path = await exported(names);
    await expect(ModelRuntime.open({ path }, options)).rejects.toMatchObject({
      code: 'MODEL_NOT_VIT',
      message: expect.stringContaining(chosen) as string,
    });
  });

  it('asks which of several graphs is meant', async () => {
    const path = await exported(['a.onnx', 'b.onnx']);
    await expect(ModelRuntime.open({ path }, options)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('2 ONNX files: a.onnx, b.onnx') as string,
    });
  });
});

describe('another choice for an open model', () => {
  const preprocessing = { preset: 'imagenet', interpolation: 'nearest' } as const;
  const choice: ModelChoice = { preprocessing, classNames: null, values: null };

  it('gives what opening it with that choice gives, from the same weights', async () => {
    const path = join(folder, 'rechosen');
    await writeTinyVitFolder(path);
    const first = await ModelRuntime.open({ path }, { threads: 1 });
    const again = await first.withChoice(choice);
    const anew = await ModelRuntime.open({ path, choice }, { threads: 1 });
    expect(again?.summary).toEqual(anew.summary);
    expect(again?.summary.hash).not.toBe(first.summary.hash);
    const pixels = new Float32Array(3 * 16 * 16).fill(0.3);
    expect(await again?.predict(pixels, 1)).toEqual(await first.predict(pixels, 1));
    const image = { width: 20, height: 16, pixels: Uint8Array.from({ length: 960 }, (_, at) => (at * 37) % 256) };
    expect(await again?.preprocess(image)).toEqual(await anew.preprocess(image));
    await first.close();
    await anew.close();
  });

  it('is not enough where it says how the weights are read', async () => {
    const path = join(folder, 'rechosen');
    const runtime = await ModelRuntime.open({ path }, { threads: 1 });
    expect(await runtime.withChoice({ ...choice, values: { tokens: 'x' } })).toBeNull();
    await expect(runtime.withChoice({ ...choice, preprocessing: { std: [0, 0, 0] } })).rejects.toMatchObject({
      code: 'BAD_USAGE',
    });
    await runtime.close();
  });
});

describe('a file that is no ViT', () => {
  it.each([
    ['cnn.onnx', tinyCnn(), 'MODEL_NOT_VIT', 'it has 2 convolutions'],
    ['text.onnx', new TextEncoder().encode('not a model at all'), 'MODEL_UNREADABLE', 'text.onnx'],
    ['empty.onnx', new Uint8Array(0), 'MODEL_UNREADABLE', 'empty.onnx is empty'],
    ['weights.pth', new Uint8Array(10), 'MODEL_UNSUPPORTED', 'pickled checkpoint'],
  ] as const)('%s is refused', async (name, bytes, code, text) => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    const error = await refusal(path);
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
  });

  it('a missing file is named', async () => {
    const error = await refusal(join(folder, 'nowhere.onnx'));
    expect(error).toMatchObject({ code: 'MODEL_NOT_FOUND' });
    expect(error.message).toContain('nowhere.onnx');
  });
});
