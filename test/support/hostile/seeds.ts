/** The sound files, a few kilobytes each, that the hostile ones are made of, and the hostile file of a seed. */

import { writeModel } from '../../../src/main/onnx/write-model.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { type Architecture, architecture } from '../export-styles/architecture.js';
import { DynamoFunctions, DynamoGelu } from '../export-styles/dynamo.js';
import { Exporter } from '../export-styles/exporter.js';
import { withExternalData } from '../export-styles/external-data.js';
import { KerasDense } from '../export-styles/keras.js';
import { withLocalFunctions } from '../export-styles/local-functions.js';
import { type Numbers, type Parameters, joined, randomParameters } from '../export-styles/parameters.js';
import { dynamicQuantised } from '../export-styles/quantise.js';
import { half } from '../export-styles/rewrites.js';
import { RuntimeFused } from '../export-styles/runtime-fused.js';
import { Optimum, Torchvision } from '../export-styles/torchscript.js';
import { damageBytes } from './byte-mutations.js';
import { Chance } from './chance.js';
import { type Files, damageFolder, escapes } from './folder-mutations.js';
import { damageGraph } from './graph-mutations.js';

const tiny: Architecture = architecture({
  height: 16,
  width: 16,
  dim: 8,
  heads: 2,
  headWidth: 4,
  blocks: 1,
  inner: 8,
  classes: 3,
  channels: 1,
});
const parameters = randomParameters(tiny, 1);

/** Sound models in different export styles. */
const models: readonly Model[] = [
  new Exporter(tiny, parameters).model(),
  new Exporter(tiny, parameters, { shapes: 'baked', batch: 1, opset: 13 }).model(),
  new Optimum(tiny, parameters, { opset: 11 }).model(),
  new Torchvision(tiny, parameters).model(),
  new DynamoGelu(tiny, parameters, { opset: 20, shapes: 'inferred' }).model(),
  new RuntimeFused(tiny, parameters).model(),
  new KerasDense(tiny, parameters, { opset: 13, shapes: 'inferred' }).model(),
  half(new Exporter(tiny, parameters).model(), { ends: true }),
  dynamicQuantised(new Optimum(tiny, parameters).model()).model,
];

const withFunctions = withLocalFunctions(
  new DynamoFunctions(tiny, parameters, { opset: 18, shapes: 'inferred' }).model(),
);

/** Tensors as a safetensors file. */
function safetensors(tensors: Readonly<Record<string, Numbers>>): Uint8Array {
  let offset = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { data, dims }]) => {
      const entry = { dtype: 'F32', shape: dims, data_offsets: [offset, offset + data.byteLength] };
      offset += data.byteLength;
      return [name, entry];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(text.length), true);
  const parts = Object.values(tensors).map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return new Uint8Array(Buffer.concat([size, text, ...parts]));
}

/** `name.weight` and `name.bias` of a layer or norm. */
function pair(name: string, weight: Numbers, bias: Numbers | null): Record<string, Numbers> {
  return { [`${name}.weight`]: weight, ...(bias && { [`${name}.bias`]: bias }) };
}

const preprocessor = {
  image_processor_type: 'ViTImageProcessor',
  size: { height: 16, width: 16 },
  do_normalize: true,
  image_mean: [0.5],
  image_std: [0.5],
};

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function huggingFace(a: Architecture, p: Parameters): Files {
  const blocks = p.blocks.map((block, index) => {
    const at = `vit.encoder.layer.${String(index)}`;
    return {
      ...pair(`${at}.layernorm_before`, block.norm1.scale, block.norm1.shift),
      ...pair(`${at}.attention.attention.query`, block.query.weight, block.query.bias),
      ...pair(`${at}.attention.attention.key`, block.key.weight, block.key.bias),
      ...pair(`${at}.attention.attention.value`, block.value.weight, block.value.bias),
      ...pair(`${at}.attention.output.dense`, block.projection.weight, block.projection.bias),
      ...pair(`${at}.layernorm_after`, block.norm2.scale, block.norm2.shift),
      ...pair(`${at}.intermediate.dense`, block.in.weight, block.in.bias),
      ...pair(`${at}.output.dense`, block.out.weight, block.out.bias),
    };
  });
  const [cls] = p.prefix;
  if (!cls || !p.finalNorm) throw new RangeError('The tiny ViT has a class token and a final norm');
  return {
    'config.json': json({
      architectures: ['ViTForImageClassification'],
      model_type: 'vit',
      hidden_size: a.dim,
      num_hidden_layers: a.blocks,
      num_attention_heads: a.heads,
      intermediate_size: a.inner,
      image_size: a.height,
      patch_size: a.patchHeight,
      num_channels: a.channels,
      hidden_act: 'gelu',
      layer_norm_eps: a.epsilon,
      qkv_bias: true,
      id2label: { 0: 'cat', 1: 'dog', 2: 'snake' },
      label2id: { cat: 0, dog: 1, snake: 2 },
    }),
    'preprocessor_config.json': json(preprocessor),
    'model.safetensors': safetensors({
      'vit.embeddings.cls_token': cls,
      'vit.embeddings.position_embeddings': p.positions,
      ...pair('vit.embeddings.patch_embeddings.projection', p.patch.weight, p.patch.bias),
      ...Object.fromEntries(blocks.flatMap((block) => Object.entries(block))),
      ...pair('vit.layernorm', p.finalNorm.scale, p.finalNorm.shift),
      ...pair('classifier', p.head.weight, p.head.bias),
    }),
  };
}

function timm(a: Architecture, p: Parameters): Files {
  const blocks = p.blocks.map((block, index) => {
    const at = `blocks.${String(index)}`;
    const qkv = joined([block.query, block.key, block.value]);
    return {
      ...pair(`${at}.norm1`, block.norm1.scale, block.norm1.shift),
      ...pair(`${at}.attn.qkv`, qkv.weight, qkv.bias),
      ...pair(`${at}.attn.proj`, block.projection.weight, block.projection.bias),
      ...pair(`${at}.norm2`, block.norm2.scale, block.norm2.shift),
      ...pair(`${at}.mlp.fc1`, block.in.weight, block.in.bias),
      ...pair(`${at}.mlp.fc2`, block.out.weight, block.out.bias),
    };
  });
  const [cls] = p.prefix;
  if (!cls || !p.finalNorm) throw new RangeError('The tiny ViT has a class token and a final norm');
  const size = [a.channels, a.height, a.width];
  return {
    'config.json': json({
      architecture: 'vit_tiny_patch16_224',
      num_classes: a.classes,
      num_features: a.dim,
      model_args: {
        img_size: a.height,
        patch_size: a.patchHeight,
        embed_dim: a.dim,
        depth: a.blocks,
        num_heads: a.heads,
      },
      pretrained_cfg: {
        input_size: size,
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
        crop_pct: 0.9,
        interpolation: 'bicubic',
        num_classes: a.classes,
        first_conv: 'patch_embed.proj',
        classifier: 'head',
      },
    }),
    'model.safetensors': safetensors({
      cls_token: cls,
      pos_embed: p.positions,
      ...pair('patch_embed.proj', p.patch.weight, p.patch.bias),
      ...Object.fromEntries(blocks.flatMap((block) => Object.entries(block))),
      ...pair('norm', p.finalNorm.scale, p.finalNorm.shift),
      ...pair('head', p.head.weight, p.head.bias),
    }),
  };
}

const folders: readonly Files[] = [huggingFace(tiny, parameters), timm(tiny, parameters)];

/** Files by name, and which of them is opened; '.' is the folder. */
export interface Hostile {
  readonly files: Files;
  readonly open: string;
}

/** Sound files: what a child opens first, so that its libraries are loaded before anything is measured. */
export const sound: readonly Hostile[] = [
  ...models.map((model) => ({ files: { 'model.onnx': writeModel(model) }, open: 'model.onnx' })),
  { files: { 'model.onnx': withFunctions }, open: 'model.onnx' },
  ...folders.map((files) => ({ files, open: '.' })),
];

function external(chance: Chance): Hostile {
  const location = chance.happens(0.4) ? 'weights.data' : chance.pick(escapes);
  const { bytes, data } = withExternalData(chance.pick(models), location);
  const damaged = chance.happens(0.5) ? damageBytes(bytes, chance) : bytes;
  const rest = chance.happens(0.3) ? data.slice(0, chance.below(data.length)) : data;
  const config = { 'preprocessor_config.json': json(preprocessor) };
  const side = chance.happens(0.2) ? damageFolder(config, chance) : {};
  return { files: { 'model.onnx': damaged, 'weights.data': rest, ...side }, open: 'model.onnx' };
}

/** The hostile files of a seed, always the same. */
export function hostileFiles(seed: number): Hostile {
  const chance = new Chance(seed);
  const kind = chance.below(100);
  if (kind < 40) {
    const bytes = chance.happens(0.1) ? withFunctions : writeModel(chance.pick(models));
    return { files: { 'model.onnx': damageBytes(bytes, chance) }, open: 'model.onnx' };
  }
  if (kind < 78) {
    return { files: { 'model.onnx': writeModel(damageGraph(chance.pick(models), chance)) }, open: 'model.onnx' };
  }
  if (kind < 85) return external(chance);
  return { files: damageFolder(chance.pick(folders), chance), open: '.' };
}
