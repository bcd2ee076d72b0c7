/** Opens whatever a training left behind, an ONNX file or a Hugging Face folder, as a ViT with preprocessing and class names. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import type { ModelSummary, Preprocessing } from '../../shared/audit.js';
import { AppError } from '../../shared/errors.js';
import { readModel } from '../onnx/read-model.js';
import type { CreateSession } from '../onnx/runner.js';
import { classNames, readConfig, readHuggingFaceVit, readJson } from './huggingface.js';
import { liftVit } from './onnx-vit.js';
import { assumedPreprocessing, preprocessingFromHuggingFace } from './preprocessing.js';
import { type Vit, parameterCount } from './vit.js';

export interface OpenedModel {
  readonly vit: Vit;
  readonly summary: ModelSummary;
}

/** What is known around the weights. */
interface Surroundings {
  readonly preprocessing: Preprocessing;
  readonly classes: readonly string[];
  readonly assumptions: readonly string[];
}

const assumedText =
  'No preprocessor_config.json was found: shorter side resized by bicubic interpolation, centre crop of 90 %, mean and standard deviation 0.5 are assumed.';

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

async function preprocessingIn(folder: string, vit: Vit): Promise<Preprocessing | undefined> {
  const path = join(folder, 'preprocessor_config.json');
  if (!(await exists(path))) return undefined;
  return preprocessingFromHuggingFace(await readJson(path), path, { width: vit.inputWidth, height: vit.inputHeight });
}

function numberedClasses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `class ${String(index)}`);
}

/** Names from config.json when it has as many as the model has classes. */
async function classesIn(folder: string, count: number): Promise<readonly string[] | undefined> {
  const path = join(folder, 'config.json');
  if (!(await exists(path))) return undefined;
  const parsed = v.safeParse(v.object({ id2label: v.record(v.string(), v.string()) }), await readJson(path));
  const names = parsed.success ? classNames(parsed.output.id2label) : [];
  return names.length === count ? names : undefined;
}

async function surroundings(folder: string, vit: Vit): Promise<Surroundings> {
  const stated = await preprocessingIn(folder, vit);
  const named = await classesIn(folder, vit.head.outputs);
  return {
    preprocessing: stated ?? assumedPreprocessing({ width: vit.inputWidth, height: vit.inputHeight }),
    classes: named ?? numberedClasses(vit.head.outputs),
    assumptions: [
      ...(stated ? [] : [assumedText]),
      ...(named ? [] : [`The files name no classes: they are numbered from 0 to ${String(vit.head.outputs - 1)}.`]),
    ],
  };
}

/** SHA-256 of the weights' file and the preprocessing: equal hashes mean equal results. */
async function contentHash(path: string, preprocessing: Preprocessing): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Uint8Array);
  hash.update(JSON.stringify(preprocessing));
  return hash.digest('hex');
}

function summaryOf(
  name: string,
  source: ModelSummary['source'],
  hash: string,
  vit: Vit,
  around: Surroundings,
): ModelSummary {
  return {
    name,
    hash,
    source,
    classes: around.classes,
    synsets: [],
    parameters: parameterCount(vit),
    inputWidth: vit.inputWidth,
    inputHeight: vit.inputHeight,
    patchWidth: vit.patchWidth,
    patchHeight: vit.patchHeight,
    gridWidth: vit.gridWidth,
    gridHeight: vit.gridHeight,
    prefixTokens: vit.prefixTokens,
    width: vit.width,
    blocks: vit.blocks.length,
    heads: vit.heads,
    preprocessing: around.preprocessing,
    assumptions: around.assumptions,
  };
}

async function openFolder(folder: string): Promise<OpenedModel> {
  const config = await readConfig(folder);
  const vit = await readHuggingFaceVit(folder, config);
  const around = await surroundings(folder, vit);
  const hash = await contentHash(join(folder, 'model.safetensors'), around.preprocessing);
  return { vit, summary: summaryOf(basename(config._name_or_path ?? folder), 'huggingface', hash, vit, around) };
}

/** The crop or resize that a preprocessor_config.json beside the file asks for, when the file leaves its input size open. */
async function statedSize(folder: string): Promise<number | undefined> {
  const path = join(folder, 'preprocessor_config.json');
  if (!(await exists(path))) return undefined;
  const { crop, resize } = preprocessingFromHuggingFace(await readJson(path), path, { width: 0, height: 0 });
  return (crop?.height ?? (resize.kind === 'exact' ? resize.height : 0)) || undefined;
}

async function openOnnx(path: string, createSession: CreateSession): Promise<OpenedModel> {
  const folder = dirname(path);
  const name = basename(path);
  const buffer = await readFile(path);
  const model = readModel(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength), name);
  const vit = await liftVit(model, name, createSession, await statedSize(folder));
  const around = await surroundings(folder, vit);
  return { vit, summary: summaryOf(name, 'onnx', await contentHash(path, around.preprocessing), vit, around) };
}

/**
 * Opens a model.
 * @throws AppError `MODEL_NOT_FOUND`, `MODEL_UNREADABLE`, `MODEL_NOT_VIT` or `MODEL_UNSUPPORTED`, naming the file.
 */
export async function openModel(path: string, createSession: CreateSession): Promise<OpenedModel> {
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch (error) {
    throw new AppError(
      'MODEL_NOT_FOUND',
      `There is no model at ${path}.`,
      'Choose an .onnx file or a Hugging Face folder.',
      { cause: error },
    );
  }
  if (folder) return openFolder(path);
  if (/\.(pt|pth|bin|pkl|ckpt)$/i.test(path)) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `${basename(path)} is a pickled checkpoint, which can run code when it is opened.`,
      'Save the model with save_pretrained(..., safe_serialization=True) or export it to ONNX, and choose that.',
    );
  }
  if (/\.safetensors$/i.test(path)) return openFolder(dirname(path));
  return openOnnx(path, createSession);
}
