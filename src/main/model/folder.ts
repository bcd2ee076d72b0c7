/** Opens a folder of weights with a config.json, of Hugging Face or timm, as a ViT. */

import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../shared/errors.js';
import { type Checkpoint, readCheckpoint } from './checkpoint.js';
import { huggingFaceAnchors, huggingFaceVit } from './huggingface.js';
import { huggingFaceConfig } from './huggingface-config.js';
import { modelName, nothingToOpen } from './model-folder.js';
import { unsupported } from './not-vit.js';
import { refusePickles } from './pickles.js';
import { type JsonObject, isObject } from './side-files.js';
import { parseJson, readSmallText } from './small-text.js';
import { timmAnchors, timmVit } from './timm.js';
import { timmConfig } from './timm-config.js';
import type { Grid } from './tokens-at-zero.js';
import { type Vit, patchCount } from './vit.js';

export interface VitFolder {
  readonly vit: Vit;
  readonly source: 'huggingface' | 'timm';
  readonly name: string;
  /** How the weights are stored, the most common type first. */
  readonly weightTypes: readonly string[];
  /** The files whose content makes the model. */
  readonly hashFiles: readonly string[];
  /** What is to be said about how the files were read. */
  readonly remarks: readonly string[];
}

async function readConfig(folder: string): Promise<JsonObject> {
  const path = join(folder, 'config.json');
  if ((await stat(path).catch(() => null)) === null) {
    await refusePickles(folder);
    const weights = (await readdir(folder).catch(() => [])).find((name) => /\.safetensors$/i.test(name));
    if (weights === undefined) throw await nothingToOpen(folder, 'has no config.json');
    throw new AppError(
      'MODEL_NOT_FOUND',
      `${folder} has ${weights}, but no config.json that says how its model is built.`,
      'Put the config.json of the model beside it (for timm models: {"architecture": "vit_base_patch16_224", "num_classes": 10}).',
    );
  }
  const json = parseJson(await readSmallText(path), path, 'Download or export the file again.');
  if (isObject(json)) return json;
  throw new AppError('MODEL_UNREADABLE', `${path} holds no object.`, 'Download or export the file again.');
}

/** More patches than this are a mistake in the size: attention alone would take 16 GB a head. */
const mostPatches = 65_536;

function opened(vit: Vit, source: VitFolder['source'], name: string, weights: Checkpoint): VitFolder {
  const patches = patchCount(vit);
  if (patches < 1 || patches > mostPatches) {
    const { inputWidth, inputHeight, patchWidth, patchHeight } = vit;
    throw unsupported(
      name,
      `pictures of ${String(inputWidth)} x ${String(inputHeight)} make ${String(patches)} patches of ${String(patchWidth)} x ${String(patchHeight)}`,
      'Correct the size in config.json or in the preprocessing.',
    );
  }
  const { weightTypes, files: hashFiles, remarks } = weights;
  return { vit, source, name, weightTypes, hashFiles, remarks };
}

/**
 * Opens a folder, or the safetensors file at `path` with the config.json beside it.
 * @param size of the picture, for models that take any; what the files say by default.
 * @throws AppError `MODEL_*`, `TENSOR_FILE_INVALID` naming the file and what does not fit.
 */
export async function readVitFolder(path: string, size?: Grid): Promise<VitFolder> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  const config = await readConfig(folder);
  const configPath = join(folder, 'config.json');
  if (typeof config.architecture === 'string') {
    const timm = timmConfig(config, configPath);
    const weights = await readCheckpoint(path, folder, timmAnchors);
    const vit = timmVit(weights, timm, configPath, size);
    return opened(vit, 'timm', modelName(path), weights);
  }
  const resolved = huggingFaceConfig(config, configPath);
  const weights = await readCheckpoint(path, folder, huggingFaceAnchors(resolved));
  const vit = huggingFaceVit(weights, resolved, folder, size);
  const { remarks, ...rest } = opened(vit, 'huggingface', modelName(path), weights);
  return { ...rest, remarks: [...resolved.remarks, ...remarks] };
}
