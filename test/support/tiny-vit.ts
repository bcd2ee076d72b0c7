/** A ViT with random weights, small enough for unit tests, and files made from it. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SafetensorsEntry, writeSafetensors } from '../../src/main/model/safetensors.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { writeModel } from '../../src/main/onnx/write-model.js';

const width = 24;
const inner = 96;
const image = 16;
const patch = 4;

/** Numbers in -scale..scale that look random and are always the same. */
function noise(count: number, seed: number, scale: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, index) => scale * Math.sin((index + 1) * 12.9898 + seed * 78.233) * Math.cos(index * seed),
  );
}

function f32(data: Float32Array, shape: readonly number[]): SafetensorsEntry {
  return { dtype: 'F32', shape, data: new Uint8Array(data.buffer) };
}

/** Writes a two-block Hugging Face ViT of 16 x 16 pixels and three classes into `folder`. */
export async function writeTinyVitFolder(
  folder: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = new Map<string, SafetensorsEntry>();
  let seed = 1;
  const add = (name: string, shape: readonly number[], scale = 0.2): void => {
    seed += 1;
    tensors.set(
      name,
      f32(
        noise(
          shape.reduce((a, b) => a * b, 1),
          seed,
          scale,
        ),
        shape,
      ),
    );
  };
  const norm = (name: string): void => {
    tensors.set(`${name}.weight`, f32(new Float32Array(width).fill(1), [width]));
    add(`${name}.bias`, [width]);
  };
  const linear = (name: string, inputs: number, outputs: number): void => {
    add(`${name}.weight`, [outputs, inputs]);
    add(`${name}.bias`, [outputs]);
  };
  add('vit.embeddings.cls_token', [1, 1, width]);
  add('vit.embeddings.position_embeddings', [1, 17, width]);
  add('vit.embeddings.patch_embeddings.projection.weight', [width, 3, patch, patch]);
  add('vit.embeddings.patch_embeddings.projection.bias', [width]);
  for (const index of [0, 1]) {
    const block = `vit.encoder.layer.${String(index)}`;
    norm(`${block}.layernorm_before`);
    for (const part of ['query', 'key', 'value']) linear(`${block}.attention.attention.${part}`, width, width);
    linear(`${block}.attention.output.dense`, width, width);
    norm(`${block}.layernorm_after`);
    linear(`${block}.intermediate.dense`, width, inner);
    linear(`${block}.output.dense`, inner, width);
  }
  norm('vit.layernorm');
  linear('classifier', width, 3);
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  const base = {
    model_type: 'vit',
    hidden_size: width,
    num_hidden_layers: 2,
    num_attention_heads: 3,
    layer_norm_eps: 1e-6,
    image_size: image,
    patch_size: patch,
    id2label: { 0: 'cat', 1: 'dog', 2: 'fish' },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...base, ...config }));
  const preprocessor = {
    size: { height: image, width: image },
    resample: 2,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  };
  await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor));
}

/** An ONNX classifier that is no ViT: two convolutions and a mean. */
export function tinyCnn(): Uint8Array {
  const g = new GraphBuilder('cnn');
  const x = g.input('input', 'float32', ['batch', 3, image, image]);
  const first = g.op('Conv', [x, g.floats(noise(8 * 3 * 9, 1, 0.1), [8, 3, 3, 3])], {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
  });
  const second = g.op('Conv', [g.op('Relu', [first]), g.floats(noise(3 * 8 * 9, 2, 0.1), [3, 8, 3, 3])], {
    kernel_shape: [3, 3],
  });
  g.output('logits', g.op('ReduceMean', [second, g.ints(2, 3)], { keepdims: 0 }), 'float32', ['batch', 3]);
  return writeModel(g.model());
}
