/** A ViT-S/16 or ViT-B/16 with random weights as a Hugging Face folder, for what depends on the size of a model only. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SafetensorsEntry, writeSafetensors } from '../../src/main/model/safetensors.js';

/** The small one takes 88 MB, the base 346 MB. */
const sizes = { small: { width: 384, heads: 6 }, base: { width: 768, heads: 12 } } as const;
const [blocks, patch, image, classes] = [12, 16, 224, 1000];

/** Weights of about the size that training gives, from a cheap generator: 86 million are drawn. */
function weights(shape: readonly number[], around: number): SafetensorsEntry {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  let state = 12_345;
  for (let at = 0; at < data.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    data[at] = around + (state / 2 ** 31) * 0.05;
  }
  return { dtype: 'F32', shape, data: new Uint8Array(data.buffer) };
}

function linear(name: string, inputs: number, outputs: number): [string, SafetensorsEntry][] {
  return [
    [`${name}.weight`, weights([outputs, inputs], 0)],
    [`${name}.bias`, weights([outputs], 0)],
  ];
}

function norm(name: string, width: number): [string, SafetensorsEntry][] {
  return [
    [`${name}.weight`, weights([width], 1)],
    [`${name}.bias`, weights([width], 0)],
  ];
}

function block(index: number, width: number): [string, SafetensorsEntry][] {
  const inner = 4 * width;
  const root = `vit.encoder.layer.${String(index)}`;
  const attention = `${root}.attention.attention`;
  return [
    ...norm(`${root}.layernorm_before`, width),
    ...['query', 'key', 'value'].flatMap((part) => linear(`${attention}.${part}`, width, width)),
    ...linear(`${root}.attention.output.dense`, width, width),
    ...norm(`${root}.layernorm_after`, width),
    ...linear(`${root}.intermediate.dense`, width, inner),
    ...linear(`${root}.output.dense`, inner, width),
  ];
}

/** Writes the folder. */
export async function writeRandomVit(folder: string, size: keyof typeof sizes): Promise<void> {
  const { width, heads } = sizes[size];
  await mkdir(folder, { recursive: true });
  const tokens = (image / patch) ** 2 + 1;
  const embeddings = 'vit.embeddings';
  const tensors = new Map<string, SafetensorsEntry>([
    [`${embeddings}.cls_token`, weights([1, 1, width], 0)],
    [`${embeddings}.position_embeddings`, weights([1, tokens, width], 0)],
    [`${embeddings}.patch_embeddings.projection.weight`, weights([width, 3, patch, patch], 0)],
    [`${embeddings}.patch_embeddings.projection.bias`, weights([width], 0)],
    ...Array.from({ length: blocks }, (_, index) => block(index, width)).flat(),
    ...norm('vit.layernorm', width),
    ...linear('classifier', width, classes),
  ]);
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'pt' });
  const config = {
    architectures: ['ViTForImageClassification'],
    model_type: 'vit',
    hidden_size: width,
    intermediate_size: 4 * width,
    num_attention_heads: heads,
    num_hidden_layers: blocks,
    patch_size: patch,
    image_size: image,
    num_channels: 3,
    hidden_act: 'gelu',
    qkv_bias: true,
    layer_norm_eps: 1e-12,
    id2label: Object.fromEntries(Array.from({ length: classes }, (_, index) => [index, `class ${String(index)}`])),
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const preprocessor = {
    do_resize: true,
    size: { height: image, width: image },
    resample: 2,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
  };
  await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor));
}
