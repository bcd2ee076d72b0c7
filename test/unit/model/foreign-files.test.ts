/** Files that are no model: called what they are, with the way out, whatever they are named. */

import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openingSessions } from '../../../src/main/engine/session.js';
import { openModel } from '../../../src/main/model/open.js';
import { AppError } from '../../../src/shared/errors.js';
import { withExternalData } from '../../support/export-styles/external-data.js';
import { architecture } from '../../support/export-styles/architecture.js';
import { Exporter } from '../../support/export-styles/exporter.js';
import { randomParameters } from '../../support/export-styles/parameters.js';
import { writeFolder } from '../../support/tiny-folders.js';
import { tinyVit } from '../../support/tiny-huggingface.js';

let root: string;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-foreign-'));
});
afterAll(() => rm(root, { recursive: true }));

async function refusal(path: string): Promise<AppError> {
  try {
    await openModel(path, openingSessions(1));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('The model was opened');
}

/** A folder of its own with these files. */
async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  made += 1;
  const folder = join(root, String(made));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 343261168\n';
const page = '\n<!DOCTYPE html>\n<html><body>Sign in</body></html>';
const config = JSON.stringify(tinyVit().config);

describe('a file', () => {
  it.each([
    ['vit.onnx', pointer, 'is a Git LFS pointer: the file itself (343 MB) was not downloaded', 'git lfs pull'],
    ['vit.bin', pointer, 'is a Git LFS pointer', 'git lfs pull'],
    ['vit.onnx', page, 'is a web page', 'Log in'],
    [
      'vit.onnx',
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
      "is a storage server's message",
      'access',
    ],
    ['vit.onnx', '../../blobs/0123', "holds only the path '../../blobs/0123'", 'Put the file'],
    ['vit.onnx', '', 'is empty', 'get it again'],
    ['vit.zip', bytes('PK\x03\x04....'), 'is a ZIP archive', 'Unpack it'],
    ['vit.tar.gz', bytes('\x1f\x8b\x08....'), 'is a gzip archive', 'Unpack it'],
    ['vit.tar', bytes(`${'a'.repeat(257)}ustar`), 'is a tar archive', 'Unpack it'],
    ['vit.7z', bytes('7z\xbc\xaf...'), 'is a 7-Zip archive', 'Unpack it'],
    ['model.keras', bytes('PK\x03\x04....'), 'is a Keras model', 'tf2onnx'],
    ['tf_model.h5', bytes('\x89HDF\r\n\x1a\n'), 'is a Keras model', 'tf2onnx'],
    ['model.tflite', bytes('\x1c\0\0\0TFL3'), 'is a TensorFlow Lite model', '--tflite'],
    ['vit.gguf', bytes('GGUF\x03\0\0\0'), 'is a GGUF file', 'model.safetensors'],
    ['frozen.pb', bytes('\x0a\x10\x0a\x05'), 'is a TensorFlow graph', 'tf2onnx'],
    ['flax_model.msgpack', bytes('\x82\xa3abc'), 'holds weights of Flax', 'from_flax=True'],
    ['vit.engine', bytes('ftrt....'), 'is a model built for TensorRT', 'ONNX file'],
    ['vit.xml', '<?xml version="1.0"?>\n<net name="vit" version="11">', 'is a model built for OpenVINO', 'ONNX file'],
  ])('%s (%#) is refused by what it is', async (name, content, what, way) => {
    const folder = await folderOf({ [name]: content });
    const error = await refusal(join(folder, name));
    expect(error.code).toMatch(/^MODEL_(UNREADABLE|UNSUPPORTED)$/);
    expect(error.message).toContain(`${name} ${what}`);
    expect(error.hint).toContain(way);
  });

  it('of safetensors is looked into as well, alone and in its folder', async () => {
    for (const content of [pointer, page]) {
      const folder = await folderOf({ 'config.json': config, 'model.safetensors': content });
      const first = await refusal(folder);
      expect(first.message).toMatch(/model\.safetensors is a (Git LFS pointer|web page)/);
      expect((await refusal(join(folder, 'model.safetensors'))).message).toBe(first.message);
    }
  });

  it('of settings is looked into as well', async () => {
    for (const [content, what] of [
      [pointer, 'is a Git LFS pointer'],
      [page, 'is a web page'],
      ['', 'is empty'],
      ['{"a": ', 'is not valid JSON'],
    ] as const) {
      const folder = await folderOf({ 'config.json': content, 'model.safetensors': 'x' });
      expect((await refusal(folder)).message).toContain(`config.json ${what}`);
    }
  });
});

describe('a folder without a model', () => {
  it.each([
    [{ 'saved_model.pb': 'x', 'variables/variables.index': 'x' }, 'saved_model.pb is a TensorFlow graph', 'tf2onnx'],
    [{ 'config.json': config, 'tf_model.h5': bytes('\x89HDF\r\n') }, 'tf_model.h5 is a Keras model', 'tf2onnx'],
    [{ 'config.json': config, 'flax_model.msgpack': 'x' }, 'flax_model.msgpack holds weights of Flax', 'from_flax'],
    [{ 'vit.zip': bytes('PK\x03\x04') }, 'vit.zip is a ZIP archive', 'Unpack it'],
    [{ 'vit-q4.gguf': 'GGUF' }, 'vit-q4.gguf is a GGUF file', 'model.safetensors'],
    [
      { 'config.json': config, 'notes.txt': 'x' },
      'holds no weights (model.safetensors) and no ONNX file',
      'config.json',
    ],
    [{ 'photo.jpg': 'x', 'b.txt': 'y' }, 'holds no model. It holds b.txt and photo.jpg.', 'Choose a folder'],
    [{ 'zero_to_fp32.py': 'x', 'global_step10/mp.pt': 'x' }, 'DeepSpeed', 'zero_to_fp32.py'],
    [{ 'config.json': config, 'pytorch_model_fsdp_0/a.distcp': 'x' }, 'FSDP', 'accelerate merge-weights'],
  ])('is told by what lies there (%#)', async (files, what, way) => {
    const error = await refusal(await folderOf(files));
    expect(`${error.message} ${error.hint}`).toContain(what);
    expect(error.hint).toContain(way);
    expect(error.message).not.toContain('cannot be read');
  });

  it('that is empty says so', async () => {
    const folder = await folderOf({});
    await mkdir(folder);
    expect((await refusal(folder)).message).toBe(`${folder} holds no model. It holds no files.`);
  });
});

describe('an adapter', () => {
  it.each([
    { 'adapter_config.json': '{}', 'adapter_model.safetensors': 'x' },
    { 'adapter_config.json': '{}', 'adapter_model.bin': 'x', 'preprocessor_config.json': '{}' },
    { 'config.json': config, 'adapter_config.json': '{}', 'adapter_model.safetensors': 'x' },
  ])('is told how to merge (%#)', async (files) => {
    const folder = await folderOf(files);
    const weights = Object.keys(files).find((name) => name.startsWith('adapter_model')) ?? '';
    for (const path of [folder, join(folder, weights)]) {
      const error = await refusal(path);
      expect(error.code).toBe('MODEL_UNSUPPORTED');
      expect(error.message).toContain('it is an adapter (LoRA, PEFT)');
      expect(error.hint).toContain('merge_and_unload()');
    }
  });

  it('is recognised among the weights of a model that was not merged', async () => {
    const { config: json, state } = tinyVit();
    const folder = join(root, 'unmerged');
    const tensor = { shape: [2, 2], data: new Float32Array(4) };
    await writeFolder(folder, {
      config: json,
      state: new Map([...state, ['vit.encoder.layer.0.attention.attention.query.lora_A.default.weight', tensor]]),
    });
    expect((await refusal(folder)).hint).toContain('merge_and_unload()');
  });
});

describe('what is too large', () => {
  it('is a header of safetensors with 89 MB: refused before it is read', async () => {
    const folder = await folderOf({ 'config.json': config, 'model.safetensors': '' });
    const head = Buffer.alloc(9, '{');
    head.writeBigUInt64LE(89_000_000n);
    await writeFile(join(folder, 'model.safetensors'), head);
    await truncate(join(folder, 'model.safetensors'), 89_000_100);
    const before = process.memoryUsage().rss;
    const error = await refusal(folder);
    expect(error).toMatchObject({ code: 'TENSOR_FILE_INVALID' });
    expect(error.message).toContain('its header has 85 MB');
    expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
  });

  it.each(['config.json', 'preprocessor_config.json', 'model.safetensors.index.json'])(
    'is %s of 100 MB: refused by its size',
    async (name) => {
      const folder = join(root, `large-${name}`);
      await writeFolder(folder, tinyVit());
      if (name.includes('index')) await rm(join(folder, 'model.safetensors'));
      await writeFile(join(folder, name), '{');
      await truncate(join(folder, name), 100 * 2 ** 20);
      const error = await refusal(folder);
      expect(error.code).toBe('MODEL_UNREADABLE');
      expect(error.message).toContain(`${name} has 100 MB`);
    },
  );
});

describe('the data file of a graph', () => {
  const a = architecture();
  const { bytes: graph, data } = withExternalData(new Exporter(a, randomParameters(a, 3)).model(), 'weights.onnx_data');

  it('opens in a folder with any name, below `onnx`', async () => {
    const folder = await folderOf({
      'Käfer für 猫/onnx/model.onnx': graph,
      'Käfer für 猫/onnx/weights.onnx_data': data,
    });
    const { summary } = await openModel(join(folder, 'Käfer für 猫'), openingSessions(1));
    expect(summary).toMatchObject({ name: 'Käfer für 猫', source: 'onnx' });
  });

  it('that is missing is named, with where it belongs', async () => {
    const folder = await folderOf({ 'model.onnx': graph });
    const error = await refusal(folder);
    expect(error.message).toContain("in 'weights.onnx_data', which is missing");
    expect(error.hint).toContain(`Put weights.onnx_data into ${folder}`);
  });

  it('that was renamed is found by its size, and its name is asked back', async () => {
    const folder = await folderOf({ 'vit.onnx': graph, 'vit.onnx_data': data, 'small.data': 'x' });
    expect((await refusal(join(folder, 'vit.onnx'))).hint).toBe(
      'If vit.onnx_data, which lies there, is that file, give it the name weights.onnx_data again: the model knows its data by that name.',
    );
  });

  it('that is a pointer is called one', async () => {
    const folder = await folderOf({ 'vit.onnx': graph, 'weights.onnx_data': pointer });
    expect((await refusal(folder)).message).toContain('weights.onnx_data is a Git LFS pointer');
  });
});
