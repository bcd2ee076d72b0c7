/** Opens a Hugging Face ViTForImageClassification folder: config.json and model.safetensors. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../../shared/errors.js';
import { sideBySide, transposed } from './matrix.js';
import { type SafetensorsFile, floatsFrom, readSafetensors } from './safetensors.js';
import type { Block, Linear, Norm, Vit } from './vit.js';

/** A size that a model may have; larger ones are mistakes in the file. */
const sizeSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536));
const pairSchema = v.union([sizeSchema, v.pipe(v.array(sizeSchema), v.length(2))]);

const configSchema = v.object({
  /** Where the model was loaded from or what it is called. */
  _name_or_path: v.optional(v.pipe(v.string(), v.minLength(1))),
  model_type: v.optional(v.string()),
  architectures: v.optional(v.array(v.string()), []),
  hidden_size: sizeSchema,
  num_hidden_layers: sizeSchema,
  num_attention_heads: sizeSchema,
  hidden_act: v.optional(v.string(), 'gelu'),
  layer_norm_eps: v.optional(v.number(), 1e-12),
  image_size: pairSchema,
  patch_size: pairSchema,
  num_channels: v.optional(sizeSchema, 3),
  id2label: v.optional(v.record(v.string(), v.string()), {}),
});
export type HuggingFaceConfig = v.InferOutput<typeof configSchema>;

/** Reads and parses a JSON file beside a model. @throws AppError `MODEL_UNREADABLE` or `MODEL_NOT_FOUND`. */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError(
      'MODEL_NOT_FOUND',
      `${path} cannot be read.`,
      'Choose a folder with config.json and model.safetensors, or an .onnx file.',
      { cause: error },
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('MODEL_UNREADABLE', `${path} is not valid JSON.`, 'Download or export the file again.', {
      cause: error,
    });
  }
}

/** Class names by index from `id2label`; empty when absent or with gaps. */
export function classNames(idToLabel: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(idToLabel).map((_, index) => idToLabel[String(index)]);
  return names.every((name) => name !== undefined) ? names : [];
}

/** Reads config.json. @throws AppError `MODEL_NOT_VIT` for another architecture, `MODEL_UNREADABLE` for a broken file. */
export async function readConfig(folder: string): Promise<HuggingFaceConfig> {
  const path = join(folder, 'config.json');
  const json = await readJson(path);
  const type = v.safeParse(v.object({ model_type: v.string() }), json);
  if (type.success && type.output.model_type !== 'vit') {
    throw new AppError(
      'MODEL_NOT_VIT',
      `${path} describes a '${type.output.model_type}' model.`,
      'Hognose opens ViTForImageClassification folders and ONNX exports of ViT and DeiT.',
    );
  }
  const parsed = v.safeParse(configSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new AppError(
      'MODEL_UNREADABLE',
      `${path}: ${v.getDotPath(issue) ?? 'the file'} is not as expected (${issue.message}).`,
      'Choose the folder of a ViTForImageClassification model.',
    );
  }
  if (!['gelu', 'gelu_python'].includes(parsed.output.hidden_act)) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${path}: the activation '${parsed.output.hidden_act}' is not supported.`,
      'Models with exact GELU open.',
    );
  }
  return parsed.output;
}

/** Looks weights up by name and checks their shapes. */
class Weights {
  readonly #file: SafetensorsFile;
  readonly #path: string;

  constructor(file: SafetensorsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  has(name: string): boolean {
    return this.#file.tensors.has(name);
  }

  floats(name: string, ...shape: number[]): Float32Array {
    const entry = this.#file.tensors.get(name);
    if (!entry)
      throw new AppError(
        'MODEL_UNREADABLE',
        `${this.#path} has no weight '${name}'.`,
        'The file does not fit its config.json; download both again.',
      );
    const size = shape.reduce((product, dim) => product * dim, 1);
    const found = entry.shape.reduce((product, dim) => product * dim, 1);
    if (found !== size) {
      throw new AppError(
        'MODEL_UNREADABLE',
        `${this.#path}: weight '${name}' has shape [${entry.shape.join(', ')}], expected [${shape.join(', ')}].`,
        'The file does not fit its config.json; download both again.',
      );
    }
    return floatsFrom(entry, name);
  }

  norm(name: string, width: number): Norm {
    return { scale: this.floats(`${name}.weight`, width), shift: this.floats(`${name}.bias`, width) };
  }

  /** PyTorch keeps `[outputs, inputs]`; graphs multiply by `[inputs, outputs]`. */
  linear(name: string, inputs: number, outputs: number): Linear {
    const bias = this.has(`${name}.bias`) ? this.floats(`${name}.bias`, outputs) : new Float32Array(outputs);
    return {
      inputs,
      outputs,
      weight: transposed(this.floats(`${name}.weight`, outputs, inputs), outputs, inputs),
      bias,
    };
  }

  /** Number of rows of a matrix. */
  rows(name: string): number {
    return this.#file.tensors.get(name)?.shape[0] ?? 0;
  }
}

function readBlock(weights: Weights, index: number, width: number): Block {
  const name = `vit.encoder.layer.${String(index)}`;
  const projections = ['query', 'key', 'value'].map((part) =>
    weights.linear(`${name}.attention.attention.${part}`, width, width),
  );
  const inner = weights.rows(`${name}.intermediate.dense.weight`);
  return {
    norm1: weights.norm(`${name}.layernorm_before`, width),
    qkv: sideBySide(projections),
    projection: weights.linear(`${name}.attention.output.dense`, width, width),
    norm2: weights.norm(`${name}.layernorm_after`, width),
    mlpIn: weights.linear(`${name}.intermediate.dense`, width, inner),
    mlpOut: weights.linear(`${name}.output.dense`, inner, width),
  };
}

function pairOf(value: v.InferOutput<typeof pairSchema>): [number, number] {
  if (typeof value === 'number') return [value, value];
  const [first = 0, second = first] = value;
  return [first, second];
}

/** CLS and position embedding and the patch projection's bias: the tokens of an all-zero input. */
function tokensAtZero(weights: Weights, patches: number, width: number): Float32Array {
  const cls = weights.floats('vit.embeddings.cls_token', width);
  const positions = weights.floats('vit.embeddings.position_embeddings', patches + 1, width);
  const bias = weights.floats('vit.embeddings.patch_embeddings.projection.bias', width);
  return positions.map((value, index) => value + ((index < width ? cls[index] : bias[index % width]) ?? 0));
}

/**
 * Reads the weights of a ViTForImageClassification folder.
 * @throws AppError `MODEL_*` naming the file and the weight or field that does not fit.
 */
export async function readHuggingFaceVit(folder: string, config: HuggingFaceConfig): Promise<Vit> {
  const path = join(folder, 'model.safetensors');
  const weights = new Weights(await readSafetensors(path), path);
  const { hidden_size: width, num_channels: channels } = config;
  const [inputHeight, inputWidth] = pairOf(config.image_size);
  const [patchHeight, patchWidth] = pairOf(config.patch_size);
  const gridHeight = Math.floor(inputHeight / patchHeight);
  const gridWidth = Math.floor(inputWidth / patchWidth);
  const classes = weights.rows('classifier.weight');
  return {
    channels,
    inputHeight,
    inputWidth,
    patchHeight,
    patchWidth,
    gridHeight,
    gridWidth,
    prefixTokens: 1,
    width,
    heads: config.num_attention_heads,
    normEpsilon: config.layer_norm_eps,
    patchWeight: weights.floats(
      'vit.embeddings.patch_embeddings.projection.weight',
      width,
      channels,
      patchHeight,
      patchWidth,
    ),
    tokensAtZero: tokensAtZero(weights, gridHeight * gridWidth, width),
    blocks: Array.from({ length: config.num_hidden_layers }, (_, index) => readBlock(weights, index, width)),
    norm: weights.norm('vit.layernorm', width),
    head: weights.linear('classifier', width, classes),
  };
}
