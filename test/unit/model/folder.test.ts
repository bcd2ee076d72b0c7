/** Folders of weights as people have them: storage types, shards, single files, pickles, and what is refused with the way out. */

import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { readVitFolder } from '../../../src/main/model/folder.js';
import { openModel } from '../../../src/main/model/open.js';
import { type SafetensorsEntry, readSafetensors, writeSafetensors } from '../../../src/main/model/safetensors.js';
import { type Vit, classCount } from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { CreateSession } from '../../../src/main/onnx/runner.js';
import { floatOutput, floats } from '../../../src/main/onnx/runner.js';
import { AppError } from '../../../src/shared/errors.js';
import { shared, sharedIsPresent } from '../../support/shared.js';
import { entriesOf, roundedState, writeFolder } from '../../support/tiny-folders.js';
import { tinyDinov2, tinyVit } from '../../support/tiny-huggingface.js';
import { tinyTimm } from '../../support/tiny-timm.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-folders-'));
});
afterAll(() => rm(root, { recursive: true }));

async function logits(vit: Vit, createSession: CreateSession = cpuSessions(1)): Promise<readonly number[]> {
  const { channels, inputHeight, inputWidth } = vit;
  const g = new GraphBuilder('logits');
  const pixels = g.input('pixels', 'float32', [1, channels, inputHeight, inputWidth]);
  const encoded = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false });
  g.output('logits', encoded.logits, 'float32', [1, classCount(vit)]);
  const session = await createSession(g.model());
  const data = Float32Array.from({ length: channels * inputHeight * inputWidth }, (_, index) => Math.sin(index));
  const outputs = await session.run({ pixels: floats(data, 1, channels, inputHeight, inputWidth) });
  await session.release();
  return [...floatOutput(outputs, 'logits')];
}

async function logitsIn(path: string): Promise<readonly number[]> {
  return logits((await readVitFolder(path)).vit);
}

async function refusal(path: string): Promise<AppError> {
  try {
    await openModel(path, cpuSessions(1));
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('The model was opened');
}

/** Writes the weights in `count` shards with an index. */
async function writeShards(
  folder: string,
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  count: number,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = [...tensors.keys()];
  const map: Record<string, string> = {};
  for (let shard = 0; shard < count; shard += 1) {
    const file = `model-0000${String(shard + 1)}-of-0000${String(count)}.safetensors`;
    const own = names.filter((_, index) => index % count === shard);
    for (const name of own) map[name] = file;
    const entries = own.map((name): [string, SafetensorsEntry] => [
      name,
      tensors.get(name) ?? { dtype: 'F32', shape: [0], data: new Uint8Array(0) },
    ]);
    await writeSafetensors(join(folder, file), new Map(entries));
  }
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
}

describe('weights are read as they are stored', () => {
  it.each(['F16', 'BF16'] as const)('%s gives what its rounded float32 gives, to the bit', async (dtype) => {
    const { config, state } = tinyVit();
    const rounded = roundedState(state, dtype);
    await writeFolder(join(root, `${dtype}-whole`), { config, state: rounded });
    await writeFolder(join(root, `${dtype}-half`), { config, state: rounded }, dtype);
    const { vit, weightTypes } = await readVitFolder(join(root, `${dtype}-half`));
    expect(weightTypes).toEqual([dtype === 'F16' ? 'float16' : 'bfloat16']);
    expect(await logits(vit)).toEqual(await logitsIn(join(root, `${dtype}-whole`)));
  });

  it('float64 too', async () => {
    await writeFolder(join(root, 'single'), tinyVit());
    await writeFolder(join(root, 'double'), tinyVit(), 'F64');
    expect(await logitsIn(join(root, 'double'))).toEqual(await logitsIn(join(root, 'single')));
  });

  it('shares the bytes of the file: nothing is copied', async () => {
    await writeFolder(join(root, 'views'), tinyTimm());
    const { vit } = await readVitFolder(join(root, 'views'));
    const buffers = new Set(
      vit.blocks.flatMap(({ attention: { layer } }) =>
        [layer.query, layer.key, layer.value, layer.projection].flatMap(({ weight }) =>
          [...weight.expression.initializers.values()].map(({ bytes }) => bytes.buffer),
        ),
      ),
    );
    expect(buffers.size).toBe(1);
  });

  it('8-bit floats are refused by name', async () => {
    const { config, state } = tinyVit();
    const folder = join(root, 'f8');
    await mkdir(folder);
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const entries = entriesOf(state);
    entries.set('classifier.weight', { dtype: 'F8_E4M3', shape: [3, 24], data: new Uint8Array(72) });
    await writeSafetensors(join(folder, 'model.safetensors'), entries);
    const error = await refusal(folder);
    expect(error).toMatchObject({ code: 'MODEL_UNSUPPORTED' });
    expect(error.message).toContain("weight 'classifier.weight' is stored as F8_E4M3");
    expect(error.hint).toContain('model.half()');
  });

  it.each(['module.', '_orig_mod.', 'module._orig_mod.', 'model.'])('names behind %s are found', async (wrapper) => {
    const { config, state } = tinyTimm();
    const wrapped = new Map([...state].map(([name, tensor]) => [`${wrapper}${name}`, tensor]));
    await writeFolder(join(root, 'unwrapped'), { config, state });
    await writeFolder(join(root, `wrapped-${wrapper}`), { config, state: wrapped });
    expect(await logitsIn(join(root, `wrapped-${wrapper}`))).toEqual(await logitsIn(join(root, 'unwrapped')));
  });
});

describe('names', () => {
  it('of Transformers 5 in memory are found as those it saves', async () => {
    const { config, state } = tinyVit();
    const renamed = [...state].map(([name, tensor]): [string, typeof tensor] => [
      name
        .replace('encoder.layer.', 'layers.')
        .replace('attention.output.dense', 'attention.o_proj')
        .replace('intermediate.dense', 'mlp.fc1')
        .replace('output.dense', 'mlp.fc2')
        .replace(/attention\.attention\.(q|k|v)(uery|ey|alue)/, 'attention.$1_proj'),
      tensor,
    ]);
    expect(renamed.map(([name]) => name)).toContain('vit.layers.1.attention.k_proj.bias');
    await writeFolder(join(root, 'saved'), { config, state });
    await writeFolder(join(root, 'in-memory'), { config, state: new Map(renamed) });
    expect(await logitsIn(join(root, 'in-memory'))).toEqual(await logitsIn(join(root, 'saved')));
  });
});

describe('shards', () => {
  it('are joined, also when one of them is chosen', async () => {
    const { config, state } = tinyVit();
    const folder = join(root, 'shards');
    await writeShards(folder, entriesOf(state), 3);
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    await writeFolder(join(root, 'in-one'), { config, state });
    const wanted = await logitsIn(join(root, 'in-one'));
    expect(await logitsIn(folder)).toEqual(wanted);
    expect(await logitsIn(join(folder, 'model-00002-of-00003.safetensors'))).toEqual(wanted);
    expect((await readVitFolder(folder)).hashFiles).toHaveLength(3);
  });

  it('a missing one is named', async () => {
    const { config, state } = tinyVit();
    const folder = join(root, 'shard-missing');
    await writeShards(folder, entriesOf(state), 3);
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    await rm(join(folder, 'model-00002-of-00003.safetensors'));
    const error = await refusal(folder);
    expect(error.code).toBe('MODEL_UNREADABLE');
    expect(error.message).toContain('lacks model-00002-of-00003.safetensors, one of the 3 weight files');
  });

  it.each(['../outside.safetensors', '/etc/passwd', 'sub/inside.safetensors', '..\\outside.safetensors', '..'])(
    "an index that names '%s' is refused",
    async (place) => {
      const { config } = tinyVit();
      const folder = join(root, 'escaping');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'config.json'), JSON.stringify(config));
      await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { a: place } }));
      const error = await refusal(folder);
      expect(error.code).toBe('MODEL_UNREADABLE');
      expect(error.message).toContain(`names a file outside its folder: '${place}'`);
    },
  );

  it.each(['{', '[]', '{"weight_map": 3}'])('an index of %s is refused', async (text) => {
    const folder = join(root, 'index');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config.json'), JSON.stringify(tinyVit().config));
    await writeFile(join(folder, 'model.safetensors.index.json'), text);
    expect((await refusal(folder)).code).toBe('MODEL_UNREADABLE');
  });
});

describe('a safetensors file', () => {
  it('opens with the config.json beside it, whatever its name', async () => {
    const folder = join(root, 'named');
    await writeFolder(folder, tinyTimm());
    const wanted = await logitsIn(folder);
    await rename(join(folder, 'model.safetensors'), join(folder, 'epoch-12.safetensors'));
    expect(await logitsIn(join(folder, 'epoch-12.safetensors'))).toEqual(wanted);
    // The only weights of a folder are meant, and it is said which they are.
    expect(await logitsIn(folder)).toEqual(wanted);
    expect((await openModel(folder, cpuSessions(1))).summary.assumptions).toContain(
      'The weights are read from epoch-12.safetensors.',
    );
  });

  it('without a config.json says what is missing', async () => {
    const folder = join(root, 'alone');
    await writeFolder(folder, tinyVit());
    await rm(join(folder, 'config.json'));
    const error = await refusal(join(folder, 'model.safetensors'));
    expect(error.code).toBe('MODEL_NOT_FOUND');
    expect(error.message).toContain('has model.safetensors, but no config.json');
  });
});

describe('pickled checkpoints are refused with the command that converts them', () => {
  it.each(['pytorch_model.bin', 'last.pth', 'model.pt', 'best.ckpt'])('%s given', async (name) => {
    const folder = join(root, 'pickles "of" $HOME');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), 'pickle');
    const error = await refusal(join(folder, name));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toContain(name);
    expect(error.hint).toContain('python -c "import sys, torch;');
    expect(error.hint).toContain('weights_only=True');
    // The path is one shell word, with nothing in it for the shell to do.
    if (process.platform !== 'win32') {
      expect(error.hint).toContain(`pickles \\"of\\" \\$HOME/${name}"`);
      expect(error.hint).toContain('pickles \\"of\\" \\$HOME/model.safetensors"');
    }
  });

  it('alone in a folder: the weights, not the state of the optimizer', async () => {
    const folder = join(root, 'pickle-folder');
    await mkdir(folder);
    for (const name of ['optimizer.pt', 'scheduler.pt', 'training_args.bin', 'weights.pth'])
      await writeFile(join(folder, name), '');
    await writeFile(join(folder, 'config.json'), JSON.stringify(tinyVit().config));
    const error = await refusal(folder);
    expect(error.message).toContain('weights.pth');
    expect(error.hint).toContain(`then choose the folder ${folder}`);
  });

  it('in shards: through the library that can join them', async () => {
    const folder = join(root, 'pickle-shards');
    await mkdir(folder);
    for (const name of ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin'])
      await writeFile(join(folder, name), '');
    await writeFile(join(folder, 'config.json'), JSON.stringify(tinyVit().config));
    expect((await refusal(folder)).hint).toContain('AutoModelForImageClassification');
  });
});

describe('what is no plain ViT classifier is refused by name', () => {
  const { config: vit, state } = tinyVit();
  const { config: timm, state: timmState } = tinyTimm();
  it.each([
    ['windows', { ...vit, model_type: 'swin' }, "'swin' model: it attends within windows"],
    ['convolutions', { ...vit, model_type: 'convnext' }, "'convnext' model: it is a convolutional network"],
    ['an unknown type', { ...vit, model_type: 'owlvit' }, "describes a 'owlvit' model"],
    ['a prototype name', { ...vit, model_type: 'constructor' }, "describes a 'constructor' model"],
    ['no type', { hidden_size: 24 }, "describes a 'nameless' model"],
    ['an encoder', { ...vit, architectures: ['ViTModel'] }, "describes a 'ViTModel', which is no image classifier"],
    [
      'relative position bias',
      { ...vit, model_type: 'beit', architectures: [], use_relative_position_bias: true },
      'a bias for every pair of places',
    ],
    ['attention pooling', { ...timm, global_pool: 'map' }, "pools the tokens by 'map'"],
    ['relative positions', { ...timm, architecture: 'vit_relpos_base_patch16_224' }, 'a bias for every pair of places'],
    ['rotary embedding', { ...timm, architecture: 'vit_small_patch16_dinov3' }, 'rotary embedding'],
    ['a convolutional stem', { ...timm, architecture: 'vit_base_r50_s16_224' }, 'made by a convolutional network'],
    ['another timm model', { ...timm, architecture: 'resnet50' }, "the timm model 'resnet50'"],
  ] as const)('%s', async (name, config, text) => {
    const folder = join(root, `refused-${name.replaceAll(' ', '-')}`);
    await writeFolder(folder, { config, state: 'architecture' in config ? timmState : state });
    const error = await refusal(folder);
    expect(error.code).toBe('MODEL_NOT_VIT');
    expect(error.message).toContain(text);
    expect(error.hint).not.toBe('');
  });

  it('an encoder by its weights', async () => {
    const folder = join(root, 'no-classifier');
    const encoder = new Map([...state].filter(([name]) => !name.startsWith('classifier')));
    await writeFolder(folder, { config: vit, state: encoder });
    expect((await refusal(folder)).message).toContain("its weights hold no 'classifier'");
  });

  it('a timm model with weights that a plain ViT has not', async () => {
    const folder = join(root, 'strange');
    const strange = new Map([...timmState, ['blocks.0.attn.norm.weight', { shape: [24], data: new Float32Array(24) }]]);
    await writeFolder(folder, { config: timm, state: strange });
    expect((await refusal(folder)).message).toContain("('blocks.0.attn.norm.weight')");
  });
});

describe('sizes that no file justifies are refused before anything is made of them', () => {
  it.each([
    [
      'more patches than attention can hold',
      { ...tinyTimm().config, pretrained_cfg: { input_size: [3, 40_000, 40_000] } },
      'MODEL_UNSUPPORTED',
      'make 100000000 patches',
    ],
    [
      'a picture smaller than a patch',
      { ...tinyTimm().config, pretrained_cfg: { input_size: [3, 3, 3] } },
      'MODEL_UNSUPPORTED',
      'make 0 patches',
    ],
    [
      'sizes beyond any model',
      { ...tinyTimm().config, pretrained_cfg: { input_size: [3, 1e9, 1e9] } },
      'MODEL_UNREADABLE',
      'input_size',
    ],
  ] as const)('%s', async (name, config, code, text) => {
    const folder = join(root, `size-${name.replaceAll(' ', '-')}`);
    await writeFolder(folder, { config, state: tinyTimm().state });
    await expect(readVitFolder(folder)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text) as unknown,
    });
  });

  it('an empty weight of a billion rows', async () => {
    const { config, state } = tinyTimm();
    const folder = join(root, 'empty-rows');
    await writeFolder(folder, {
      config,
      state: new Map([...state, ['reg_token', { shape: [1, 1e9, 0], data: new Float32Array(0) }]]),
    });
    const { vit } = await readVitFolder(folder);
    expect(vit.prefix).toEqual(['cls']);
  });
});

describe('opening a folder', () => {
  it('calls the model after the folder, whatever its config was once loaded from', async () => {
    const { config, state } = tinyVit();
    const place = join(root, 'my-checkpoint');
    await writeFolder(place, { config: { ...config, _name_or_path: 'somebody/vit-base' }, state });
    expect((await openModel(place, cpuSessions(1))).summary.name).toBe('my-checkpoint');
    expect((await openModel(join(place, 'model.safetensors'), cpuSessions(1))).summary.name).toBe('my-checkpoint');
  });

  it('tells models apart by weights, structure and preprocessing', async () => {
    const { config, state } = tinyVit();
    const hash = async (name: string, changes: object): Promise<string> => {
      await writeFolder(join(root, `hash-${name}`), { config: { ...config, ...changes }, state });
      return (await openModel(join(root, `hash-${name}`), cpuSessions(1))).summary.hash;
    };
    const first = await hash('first', {});
    expect(await hash('again', { _name_or_path: 'other' })).toBe(first);
    expect(await hash('activation', { hidden_act: 'relu' })).not.toBe(first);
    expect(await hash('heads', { num_attention_heads: 4 })).not.toBe(first);
  });

  it('gives a model that takes any size the one that its preprocessing ends in', async () => {
    const folder = join(root, 'any-size');
    await writeFolder(folder, tinyDinov2(0));
    const stated = {
      size: { shortest_edge: 32 },
      crop_size: { height: 28, width: 28 },
      image_mean: [0, 0, 0],
      image_std: [1, 1, 1],
    };
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify({ ...stated, do_center_crop: true }));
    const { summary } = await openModel(folder, cpuSessions(1));
    expect(summary).toMatchObject({ inputWidth: 28, inputHeight: 28, gridWidth: 7, gridHeight: 7 });
    expect(summary.preprocessing.crop).toEqual({ width: 28, height: 28 });
  });

  it('takes the size that a timm model was built for before that of its pretraining, and a wish before both', async () => {
    const { config, state } = tinyTimm();
    const folder = join(root, 'built-for');
    const args = { num_heads: 3, img_size: 16 };
    const old = { pretrained_cfg: { input_size: [3, 24, 24], crop_pct: 1 } };
    await writeFolder(folder, { config: { ...config, ...old, model_args: args }, state });
    const sizeOf = async (crop?: number): Promise<number> => {
      const choice = { preprocessing: crop === undefined ? null : { crop }, classNames: null, values: null };
      return (await openModel(folder, cpuSessions(1), choice)).summary.inputWidth;
    };
    expect(await sizeOf()).toBe(16);
    expect(await sizeOf(32)).toBe(32);
    await writeFolder(folder, { config: { ...config, ...old }, state });
    expect(await sizeOf()).toBe(24);
  });

  it('reads a timm folder with its preprocessing', async () => {
    await writeFolder(join(root, 'timm'), tinyTimm());
    const { summary, original } = await openModel(join(root, 'timm'), cpuSessions(1));
    expect(original).toBeNull();
    expect(summary).toMatchObject({
      name: 'timm',
      source: 'timm',
      inputWidth: 16,
      gridWidth: 4,
      heads: 3,
      prefixTokens: 1,
    });
    expect(summary.preprocessing.mean).toEqual([0.5, 0.5, 0.5]);
    expect(summary.anatomy).toMatchObject({
      prefix: ['cls'],
      pooling: 'cls',
      activation: 'gelu',
      weightTypes: ['float32'],
    });
  });
});

describe('a session', () => {
  it('gives the same from one piece and from files, which it removes', async () => {
    await writeFolder(join(root, 'files'), tinyVit());
    const { vit } = await readVitFolder(join(root, 'files'));
    const before = process.env.TMPDIR;
    const own = join(root, 'tmp');
    await mkdir(own);
    process.env.TMPDIR = own;
    try {
      expect(await logits(vit, cpuSessions(1, { filesFrom: 1 }))).toEqual(await logits(vit));
      expect(await readdir(own)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
});

describe.skipIf(!sharedIsPresent)('one set of weights in two layouts', () => {
  it('a timm folder made of the Hugging Face one gives its logits', async () => {
    const source = await readSafetensors(shared('models/vit-tiny-hf/model.safetensors'));
    const entry = (name: string): SafetensorsEntry =>
      source.tensors.get(name) ?? { dtype: 'F32', shape: [0], data: new Uint8Array(0) };
    const tensors = new Map<string, SafetensorsEntry>();
    const both = (to: string, from: string): void => {
      for (const part of ['weight', 'bias']) tensors.set(`${to}.${part}`, entry(`${from}.${part}`));
    };
    tensors.set('cls_token', entry('vit.embeddings.cls_token'));
    tensors.set('pos_embed', entry('vit.embeddings.position_embeddings'));
    both('patch_embed.proj', 'vit.embeddings.patch_embeddings.projection');
    for (let index = 0; index < 12; index += 1) {
      const [to, from] = [`blocks.${String(index)}`, `vit.encoder.layer.${String(index)}`];
      both(`${to}.norm1`, `${from}.layernorm_before`);
      for (const part of ['weight', 'bias']) {
        const parts = ['query', 'key', 'value'].map((name) => entry(`${from}.attention.attention.${name}.${part}`));
        const shape = part === 'weight' ? [576, 192] : [576];
        tensors.set(`${to}.attn.qkv.${part}`, {
          dtype: 'F32',
          shape,
          data: Buffer.concat(parts.map(({ data }) => data)),
        });
      }
      both(`${to}.attn.proj`, `${from}.attention.output.dense`);
      both(`${to}.norm2`, `${from}.layernorm_after`);
      both(`${to}.mlp.fc1`, `${from}.intermediate.dense`);
      both(`${to}.mlp.fc2`, `${from}.output.dense`);
    }
    both('norm', 'vit.layernorm');
    both('head', 'classifier');
    const folder = join(root, 'tiny-as-timm');
    await mkdir(folder);
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
    const { layer_norm_eps: epsilon } = JSON.parse(
      await readFile(shared('models/vit-tiny-hf/config.json'), 'utf8'),
    ) as { layer_norm_eps: number };
    expect(epsilon).toBe(1e-6);
    const config = {
      architecture: 'vit_tiny_patch16_224',
      num_classes: 1000,
      pretrained_cfg: { input_size: [3, 224, 224] },
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const [timm, huggingFace] = [await logitsIn(folder), await logitsIn(shared('models/vit-tiny-hf'))];
    expect(timm).toEqual(huggingFace);
  });
});
