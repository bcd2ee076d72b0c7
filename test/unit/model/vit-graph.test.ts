/** The two halves of a ViT: what they give besides logits, and that steps which do nothing change nothing. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelRuntime } from '../../../src/main/engine/runtime.js';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { readVitFolder } from '../../../src/main/model/folder.js';
import {
  type Norm,
  type Vit,
  classCount,
  parameterCount,
  patchCount,
  prefixCount,
} from '../../../src/main/model/vit.js';
import { embed, encode } from '../../../src/main/model/vit-graph.js';
import { storedWeight } from '../../../src/main/model/weight.js';
import { GraphBuilder } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { fuse } from '../../../src/main/onnx/passes/fuse.js';
import { type RunTensor, floats } from '../../../src/main/onnx/runner.js';
import { floatTensor } from '../../../src/main/onnx/tensor.js';
import { type TinyFolder, writeFolder } from '../../support/tiny-folders.js';
import { tinyDeit, tinyVit } from '../../support/tiny-huggingface.js';
import { tinyTimm } from '../../support/tiny-timm.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-graphs-'));
});
afterAll(() => rm(root, { recursive: true }));

async function vitOf(name: string, folder: TinyFolder): Promise<Vit> {
  await writeFolder(join(root, name), folder);
  return (await readVitFolder(join(root, name))).vit;
}

function pixelsOf(vit: Vit): Float32Array {
  return Float32Array.from({ length: 3 * vit.inputHeight * vit.inputWidth }, (_, index) => Math.sin(index * 0.3));
}

/** Logits, block outputs and attention. */
function everything(vit: Vit): Model {
  const g = new GraphBuilder('everything');
  const total = prefixCount(vit) + patchCount(vit);
  const heads = vit.blocks[0]?.attention.layer.heads ?? 0;
  const pixels = g.input('pixels', 'float32', [1, 3, vit.inputHeight, vit.inputWidth]);
  const encoded = encode(g, vit, embed(g, vit, pixels), { blockOutputs: true, attention: true });
  g.output('logits', encoded.logits, 'float32', [1, classCount(vit)]);
  encoded.blockOutputs.forEach((output, index) => {
    g.output(`block${String(index)}`, output, 'float32', [1, total, vit.width]);
  });
  encoded.attention.forEach((output, index) => {
    g.output(`attention${String(index)}`, output, 'float32', [1, heads, total, total]);
  });
  return g.model();
}

async function run(vit: Vit, model: Model): Promise<Readonly<Record<string, RunTensor>>> {
  const session = await cpuSessions(1)(model);
  const outputs = await session.run({ pixels: floats(pixelsOf(vit), 1, 3, vit.inputHeight, vit.inputWidth) });
  await session.release();
  return outputs;
}

async function logits(vit: Vit): Promise<number[]> {
  return Array.from((await run(vit, everything(vit))).logits?.data ?? [], Number);
}

function expectClose(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(wanted.length);
  for (const [at, value] of found.entries())
    expect(Math.abs(value - (wanted[at] ?? Number.NaN))).toBeLessThan(tolerance);
}

const ones = (count: number, value = 1): Norm['scale'] =>
  storedWeight(floatTensor(new Float32Array(count).fill(value), [count]));

describe('encode', () => {
  it('gives attention probabilities of every block: [1, heads, S, S] with rows that sum to 1', async () => {
    const vit = await vitOf('attention', tinyDeit(true));
    for (const model of [everything(vit), fuse(everything(vit), 'cpu')]) {
      const outputs = await run(vit, model);
      for (const name of ['attention0', 'attention1']) {
        const { dims, data } = outputs[name] ?? floats(new Float32Array(0), 0);
        expect(dims).toEqual([1, 3, 18, 18]);
        const sums = Array.from({ length: 3 * 18 }, (_, row) =>
          Array.from(data.slice(row * 18, (row + 1) * 18), Number).reduce((a, b) => a + b, 0),
        );
        expectClose(
          sums,
          sums.map(() => 1),
          1e-5,
        );
      }
      expect(outputs.block1?.dims).toEqual([1, 18, 24]);
    }
  });

  it('LayerScale of ones is none; of zeros, every block is the identity', async () => {
    const vit = await vitOf('scaled', tinyVit());
    const scaled = (value: number): Vit => ({
      ...vit,
      blocks: vit.blocks.map(({ attention, feedForward }) => ({
        attention: { ...attention, layerScale: ones(vit.width, value) },
        feedForward: { ...feedForward, layerScale: ones(vit.width, value) },
      })),
    });
    expectClose(await logits(scaled(1)), await logits(vit), 1e-5);
    const { block0, block1 } = await run(vit, everything(scaled(0)));
    expect(block1).toEqual(block0);
  });

  it('post-norm: what leaves a block is normalised', async () => {
    const vit = await vitOf('post', tinyVit());
    const flat: Norm = { kind: 'layer', scale: ones(vit.width), shift: null, epsilon: 1e-6 };
    const post: Vit = {
      ...vit,
      blocks: vit.blocks.map(({ attention, feedForward }) => ({
        attention: { ...attention, before: null, after: flat },
        feedForward: { ...feedForward, before: null, after: flat },
      })),
    };
    for (const model of [everything(post), fuse(everything(post), 'cpu')]) {
      const outputs = await run(post, model);
      const rows = Array.from(outputs.block1?.data ?? [], Number);
      for (let row = 0; row < rows.length; row += vit.width) {
        const own = rows.slice(row, row + vit.width);
        expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 4);
        expect(own.reduce((sum, value) => sum + value * value, 0) / vit.width).toBeCloseTo(1, 4);
      }
    }
  });

  it('a mean over all tokens counts the prefix, one over patches does not', async () => {
    const folder = tinyTimm({ cls: false, registers: 2, placed: false, pooling: 'avg' });
    const vit = await vitOf('mean', folder);
    const weight = folder.state.get('head.weight')?.data ?? [];
    const bias = folder.state.get('head.bias')?.data ?? [];
    for (const [pooling, first] of [
      ['mean-all', 0],
      ['mean-patches', 2],
    ] as const) {
      const own: Vit = { ...vit, head: { ...vit.head, norm: null, pooling } };
      const { block1 } = await run(own, everything(own));
      const rows = Array.from(block1?.data ?? [], Number).slice(first * 24);
      const mean = Array.from({ length: 24 }, (_, at) => {
        const column = rows.filter((__, index) => index % 24 === at);
        return column.reduce((a, b) => a + b, 0) / column.length;
      });
      const wanted = Array.from(bias, (value, row) =>
        mean.reduce((sum, x, at) => sum + x * (weight[row * 24 + at] ?? 0), value),
      );
      expectClose(await logits(own), wanted, 1e-5);
    }
  });

  it('counts parameters of the usual layout', async () => {
    const { state } = tinyVit();
    const vit = await vitOf('counted', tinyVit());
    const stored = [...state.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(parameterCount(vit)).toBe(stored);
  });
});

describe('TIS', () => {
  it.each([
    ['no prefix token, mean of the patches', tinyTimm({ cls: false, pooling: 'avg' }), 0],
    ['class and distillation token', tinyTimm({ distilled: true }), 2],
    ['registers', tinyTimm({ registers: 3 }), 4],
  ] as const)('explains a model with %s', async (name, folder, prefix) => {
    const path = join(root, `tis-${name.replaceAll(/\W/g, '-')}`);
    await writeFolder(path, folder);
    const runtime = await ModelRuntime.open({ path }, { threads: 1 });
    expect(runtime.summary.prefixTokens).toBe(prefix);
    const pixels = Float32Array.from({ length: 3 * 16 * 16 }, (_, index) => Math.sin(index));
    const request = { parameters: { masks: 48, ratio: 1, seed: 3 }, classes: [0, 1, 2], top: 0 };
    const whole = await runtime.explainTis(pixels, request);
    // Masks that keep every token score the clean picture.
    whole.classes.forEach((index, row) => {
      for (const value of whole.kept.slice(row * 16, (row + 1) * 16)) {
        expect(value).toBeCloseTo(whole.probabilities[index] ?? Number.NaN, 5);
      }
    });
    await runtime.close();
  });
});
