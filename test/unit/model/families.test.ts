/** Every family of weight folders against a plain computation in float64: all tokens, a subset, fused and as written. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { readVitFolder } from '../../../src/main/model/folder.js';
import { type Vit, classCount, patchCount, prefixCount } from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { fuse } from '../../../src/main/onnx/passes/fuse.js';
import { floatOutput, floats } from '../../../src/main/onnx/runner.js';
import { plainLogits, pointwise } from '../../support/plain-vit.js';
import { type TinyFolder, randomState, writeFolder } from '../../support/tiny-folders.js';
import { tinyBeit, tinyDeit, tinyDinov2, tinyTower, tinyVit } from '../../support/tiny-huggingface.js';
import { tinyTimm } from '../../support/tiny-timm.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-families-'));
});
afterAll(() => rm(root, { recursive: true }));

function picture(vit: Vit): Float32Array {
  const count = vit.channels * vit.inputHeight * vit.inputWidth;
  return Float32Array.from({ length: count }, (_, index) => Math.sin(index * 0.7) + Math.cos(index * 0.11));
}

/** Every prefix token and every third patch token. */
function someTokens(vit: Vit): number[] {
  const prefix = prefixCount(vit);
  const total = prefix + patchCount(vit);
  return Array.from({ length: total }, (_, token) => token).filter((token) => token < prefix || token % 3 === 0);
}

/** Pixels to the logits of all tokens and of those named. */
function bothLogits(vit: Vit, kept: readonly number[], everyToken: boolean): Model {
  const g = new GraphBuilder('both');
  const pixels = g.input('pixels', 'float32', [1, vit.channels, vit.inputHeight, vit.inputWidth]);
  const tokens = embed(g, vit, pixels);
  const options = { blockOutputs: everyToken, attention: everyToken };
  g.output('all', encode(g, vit, tokens, options).logits, 'float32', [1, classCount(vit)]);
  const some = g.gather(tokens, g.ints(...kept), 1);
  g.output('some', encode(g, vit, some, options).logits, 'float32', [1, classCount(vit)]);
  return g.model();
}

async function check(name: string, folder: TinyFolder, size?: { height: number; width: number }): Promise<Vit> {
  const path = join(root, name.replaceAll(/\W+/g, '-'));
  await writeFolder(path, folder);
  const { vit } = await readVitFolder(path, size);
  const pixels = picture(vit);
  const kept = someTokens(vit);
  const wanted = {
    all: plainLogits(folder.state, folder.spec, pixels),
    some: plainLogits(folder.state, folder.spec, pixels, kept),
  };
  const plain = cpuSessions(1, { optimise: false });
  const ways = [
    { way: 'as written', create: plain, model: bothLogits(vit, kept, true) },
    { way: 'rows that the head reads', create: plain, model: bothLogits(vit, kept, false) },
    { way: 'fused', create: cpuSessions(1), model: fuse(bothLogits(vit, kept, false), 'cpu') },
  ];
  for (const { way, create, model } of ways) {
    const session = await create(model);
    const outputs = await session.run({ pixels: floats(pixels, 1, vit.channels, vit.inputHeight, vit.inputWidth) });
    for (const tokens of ['all', 'some'] as const) {
      const found = [...floatOutput(outputs, tokens)];
      const differences = found.map((value, at) => Math.abs(value - (wanted[tokens][at] ?? Number.NaN)));
      expect(found, `${way}, ${tokens}`).toHaveLength(wanted[tokens].length);
      expect(Math.max(...differences), `${way}, ${tokens}`).toBeLessThan(2e-5);
    }
    await session.release();
  }
  return vit;
}

const activations = [
  ['gelu', pointwise.gelu, 'gelu'],
  ['gelu_new', pointwise.geluTanh, 'gelu-tanh'],
  ['gelu_pytorch_tanh', pointwise.geluTanh, 'gelu-tanh'],
  ['gelu_fast', pointwise.geluTanh, 'gelu-tanh'],
  ['quick_gelu', pointwise.quickGelu, 'quick-gelu'],
  ['relu', pointwise.relu, 'relu'],
  ['silu', pointwise.silu, 'silu'],
] as const;

describe('a Hugging Face folder computes what its family defines', () => {
  it.each(activations)('ViT with %s', async (name, activation, wanted) => {
    const vit = await check(`vit ${name}`, tinyVit({ activation: [name, activation] }));
    expect(vit.blocks[0]?.feedForward.layer.activation).toBe(wanted);
  });

  it('ViT without biases of q, k and v', async () => {
    const vit = await check('vit no bias', tinyVit({ qkvBias: false }));
    expect(vit.blocks[1]?.attention.layer.key.bias).toBeNull();
  });

  it('DeiT: the distillation token is embedded and not read', async () => {
    const vit = await check('deit', tinyDeit(false));
    expect(vit.prefix).toEqual(['cls', 'distillation']);
    expect(vit.head).toMatchObject({ pooling: 'cls', distilled: null });
  });

  it('DeiT with its teacher: both classifiers averaged', async () => {
    const vit = await check('deit teacher', tinyDeit(true));
    expect(vit.head.pooling).toBe('distilled');
  });

  it.each([
    ['DINOv2', 0, false, 16],
    ['DINOv2 with SwiGLU', 0, true, 16],
    ['DINOv2 on a larger picture: positions by bicubic interpolation', 0, false, 28],
    ['DINOv2 on a smaller picture', 0, false, 12],
    ['DINOv2 with registers, which the mean leaves out', 3, false, 16],
    ['DINOv2 with registers on a larger picture: interpolation with antialiasing', 3, true, 28],
    ['DINOv2 with registers on a smaller picture', 3, false, 8],
  ] as const)('%s', async (name, registers, swiglu, image) => {
    const vit = await check(name, tinyDinov2(registers, swiglu, image), { height: image, width: image });
    expect(vit.prefix).toEqual(['cls', ...Array.from({ length: registers }, () => 'register')]);
    expect(vit.head.pooling).toBe('cls-and-mean-patches');
    expect(patchCount(vit)).toBe((image / 4) ** 2);
  });

  it('BEiT without relative position bias', async () => {
    const vit = await check('beit', tinyBeit());
    expect(vit.blocks[0]?.attention.layer.key.bias).toBeNull();
    expect(vit.blocks[0]?.attention.layer.query.bias).not.toBeNull();
  });

  it.each(['clip', 'siglip'] as const)('the vision tower of %s with a classifier', async (family) => {
    const vit = await check(family, tinyTower(family));
    expect(vit.head.pooling).toBe('mean-patches');
    expect(prefixCount(vit)).toBe(family === 'clip' ? 1 : 0);
  });
});

describe('a timm folder computes what its architecture defines', () => {
  it.each([
    ['vit', {}],
    [
      'deit3: no place for the class token, LayerScale',
      { architecture: 'deit3_small_patch4_16', placed: false, layerScale: true },
    ],
    ['deit distilled', { architecture: 'deit_tiny_distilled_patch4_16', distilled: true }],
    ['gap without class token', { architecture: 'vit_base_patch4_gap_16', cls: false, pooling: 'avg' }],
    ['mean with fc_norm', { pooling: 'avg', fcNorm: true }],
    [
      'registers and mean',
      {
        architecture: 'vit_medium_patch4_reg4_gap_16',
        cls: false,
        registers: 4,
        placed: false,
        pooling: 'avg',
        fcNorm: true,
        layerScale: true,
      },
    ],
    [
      'DINOv2 with registers and SwiGLU',
      { architecture: 'vit_giant_patch4_reg4_dinov2', registers: 4, placed: false, layerScale: true, swiglu: true },
    ],
    [
      'CLIP with QuickGELU',
      {
        architecture: 'vit_base_patch4_clip_quickgelu_16',
        stemNorm: true,
        activation: pointwise.quickGelu,
        epsilon: 1e-5,
      },
    ],
    [
      'residual post-norm',
      { architecture: 'vit_base_patch4_rpn_16', cls: false, pooling: 'avg', resPost: true, fcNorm: true },
    ],
    ['QK-norm', { qkNorm: true }],
    ['RMS norms', { architecture: 'test_vit4', rms: true, layerScale: true, qkNorm: true }],
    ['a pre-logits layer', { hidden: true }],
    ['a larger picture: interpolation with antialiasing', { image: 24 }],
    [
      'a smaller picture, no place for the class token',
      { placed: false, image: 12, architecture: 'deit3_small_patch4_16' },
    ],
  ] as const)('%s', async (name, options) => {
    await check(`timm ${name}`, tinyTimm(options));
  });

  it('with the heads that the architecture name and the width tell', async () => {
    const { config, state } = tinyTimm();
    const { model_args: _heads, ...rest } = config;
    const path = join(root, 'timm-heads');
    // 24 columns are no multiple of 64: the name alone cannot tell.
    await writeFolder(path, { config: rest, state });
    await expect(readVitFolder(path)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
    const wide = Object.fromEntries(
      [...state].map(([key, { shape }]) => [key, shape.map((dim) => ({ 24: 128, 72: 384 })[dim] ?? dim)]),
    );
    await writeFolder(path, { config: rest, state: randomState(wide) });
    const { vit } = await readVitFolder(path);
    expect(vit.blocks[0]?.attention.layer).toMatchObject({ heads: 2, headWidth: 64, scale: 0.125 });
  });
});
