/** Finds the files that hold a folder's weights: one safetensors file, or several that an index joins. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../../shared/errors.js';
import { headOf } from '../onnx/foreign-file.js';
import { nothingToOpen } from './model-folder.js';
import { unsupported } from './not-vit.js';
import { isPickledWeights, refusePickles } from './pickles.js';
import { parseJson, readSmallText } from './small-text.js';

/** Files of weights, and what is to be said of their choice. */
export interface WeightFiles {
  /** Paths in the order of their names. */
  readonly files: readonly string[];
  readonly remarks: readonly string[];
}

const indexSchema = v.object({ weight_map: v.record(v.string(), v.pipe(v.string(), v.minLength(1))) });

/** Files of an index in the order of their names. @throws AppError `MODEL_UNREADABLE` naming what is wrong or missing. */
async function shardsOf(index: string): Promise<readonly string[]> {
  const json = parseJson(await readSmallText(index), index, 'Download the model again.');
  const parsed = v.safeParse(indexSchema, json);
  if (!parsed.success) {
    throw new AppError('MODEL_UNREADABLE', `${index} has no weight_map.`, 'Download the model again.');
  }
  const names = [...new Set(Object.values(parsed.output.weight_map))].sort();
  const outside = names.find((name) => basename(name) !== name || name === '..' || /[\\/]/.test(name));
  if (outside !== undefined) {
    throw new AppError(
      'MODEL_UNREADABLE',
      `${index} names a file outside its folder: '${outside}'.`,
      'The weights of a model lie beside its index; download the model again.',
    );
  }
  return names.map((name) => join(dirname(index), name));
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

/** Whether a file begins as safetensors files do, whatever it is called: the length of a header, and the header's brace. */
export async function isSafetensors(path: string): Promise<boolean> {
  const head = await headOf(path);
  if (head === null || head.length < 10) return false;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  return length > 2n && length < 2n ** 27n && head[8] === 0x7b;
}

/** Weights under another name than the usual: a variant (model.fp16.safetensors), or safetensors in a file named otherwise. */
async function otherWeights(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).toSorted();
  const named = names.filter(
    (name) => /\.safetensors$/i.test(name) && !/^adapter_|optimizer|-\d+-of-\d+\./i.test(name),
  );
  if (named.length > 0) return named;
  const pickles = names.filter(isPickledWeights);
  const safe = await Promise.all(pickles.map((name) => isSafetensors(join(folder, name))));
  return pickles.filter((_, at) => safe[at]);
}

async function joined(folder: string, index: string): Promise<WeightFiles> {
  const files = await shardsOf(index);
  for (const file of files) {
    if (await isFile(file)) continue;
    throw new AppError(
      'MODEL_UNREADABLE',
      `${folder} lacks ${basename(file)}, one of the ${String(files.length)} weight files that its index names.`,
      'Download the missing file into the same folder.',
    );
  }
  return { files, remarks: [] };
}

/** The index of a folder's shards: of the whole, or of a variant when there is only that. */
async function indexOf(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder).catch(() => [])).filter((name) =>
    /\.safetensors\.index(\.\w+)?\.json$/.test(name),
  );
  const chosen = names.includes('model.safetensors.index.json') ? 'model.safetensors.index.json' : names.toSorted()[0];
  return chosen === undefined ? undefined : join(folder, chosen);
}

/**
 * The weight files of a folder, or the one that is meant by a path.
 * @throws AppError `MODEL_NOT_FOUND` saying what lies there instead, `MODEL_UNREADABLE` naming a file that is missing,
 * `MODEL_UNSUPPORTED` for pickles, or where several files could be meant.
 */
export async function weightFiles(path: string, folder: string): Promise<WeightFiles> {
  const whole = join(folder, 'model.safetensors');
  const shard = /-\d+-of-\d+\.safetensors$/i.test(path);
  if (path !== folder && !shard) return { files: [path], remarks: [] };
  if (!shard && (await isFile(whole))) return { files: [whole], remarks: [] };
  const index = await indexOf(folder);
  if (index !== undefined) return joined(folder, index);
  if (shard) {
    throw new AppError(
      'MODEL_NOT_FOUND',
      `${folder} has no model.safetensors.index.json that joins its shards.`,
      'Put the index beside them, or save the model in one file.',
    );
  }
  const others = await otherWeights(folder);
  const [only] = others;
  if (only !== undefined && others.length === 1) {
    return { files: [join(folder, only)], remarks: [`The weights are read from ${only}.`] };
  }
  if (only !== undefined) {
    throw unsupported(
      folder,
      `it has no model.safetensors, but ${String(others.length)} other files of weights: ${others.slice(0, 8).join(', ')}`,
      'Choose one of the files instead of the folder.',
    );
  }
  await refusePickles(folder);
  throw await nothingToOpen(folder, 'holds no weights (model.safetensors) and no ONNX file');
}
