/** Finds the folder of a model in what a person pointed at, or says what lies there instead and what to choose. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '../../shared/errors.js';
import { foreignFile, headOf } from '../onnx/foreign-file.js';
import { foldersIn, hubName, hubSnapshot } from './hub-cache.js';
import { unsupported } from './not-vit.js';
import { isPickledWeights } from './pickles.js';

const whatToChoose = 'Choose a folder with config.json and model.safetensors, or an .onnx file.';

/** So many names are shown in a message, and so many files are looked into for one. */
const mostNames = 6;
const mostFiles = 40;
const mostFolders = 200;

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** Names as text: `a, b and 12 more`. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${String(rest)} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}` : shown.join('');
}

const isAdapter = (name: string): boolean => /^adapter_(config\.json|model\.(safetensors|bin))$/.test(name);
const isWeights = (name: string): boolean => /\.(safetensors|safetensors\.index\.json|onnx)$/i.test(name);

/** Whether the files of a folder are of a model, whole or not. */
function looksLikeModel(files: readonly string[]): boolean {
  return files.some((name) => name === 'config.json' || isAdapter(name) || isWeights(name) || isPickledWeights(name));
}

/**
 * Folders below, at most three deep, that look like models, relative to `folder`; numbers in their names count as numbers.
 * So many folders are looked into that no tree is walked for long.
 */
async function modelsBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const pending = (await foldersIn(folder)).map((name) => ({ name, depth: 1 }));
  for (const { name, depth } of pending) {
    const path = join(folder, name);
    const exported = basename(name) === 'onnx' ? [] : await filesIn(join(path, 'onnx'));
    const isModel = looksLikeModel(await filesIn(path)) || exported.some(isWeights);
    if (isModel || (await hubSnapshot(path)) !== null) found.push(name);
    else if (depth < 3 && pending.length < mostFolders) {
      const below = await foldersIn(path);
      pending.push(...below.slice(0, mostFolders).map((one) => ({ name: join(name, one), depth: depth + 1 })));
    }
  }
  return found.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** The refusal of a LoRA adapter, which is only what a training changed of a model that lies elsewhere. */
export function adapterRefusal(path: string): AppError {
  return unsupported(
    path,
    'it is an adapter (LoRA, PEFT): it holds what a training changed of a model, not the model',
    'Merge it where it was trained: model = model.merge_and_unload(), then model.save_pretrained(FOLDER), and choose that folder.',
  );
}

/** What else of another format lies among `files`, as the refusal of the folder; null when nothing is known of them. */
async function foreignAmong(folder: string, files: readonly string[]): Promise<AppError | null> {
  for (const name of files.slice(0, mostFiles)) {
    if (/\.(json|txt|md|ya?ml|py|jsonl|csv|log)$/i.test(name) || name.startsWith('.')) continue;
    const head = await headOf(join(folder, name));
    const foreign = head === null || head.length === 0 ? null : foreignFile(head, name);
    if (foreign !== null) {
      return new AppError(foreign.code, `${folder} holds no model that opens: ${name} ${foreign.what}.`, foreign.hint);
    }
  }
  return null;
}

/** Weights that several processes of a training wrote each a part of. */
function partedWeights(folder: string, files: readonly string[], folders: readonly string[]): AppError | null {
  if (files.includes('zero_to_fp32.py') || folders.some((name) => /^global_step\d+$/.test(name))) {
    return unsupported(
      folder,
      'its weights are the parts that each process of a DeepSpeed training wrote',
      'Put them together where it was trained: python zero_to_fp32.py . OUTPUT --safe_serialization, then choose the folder with config.json and model.safetensors.',
    );
  }
  if (!folders.some((name) => /^pytorch_model_fsdp_\d+$/.test(name)) && !files.some((name) => name.endsWith('.distcp')))
    return null;
  return unsupported(
    folder,
    'its weights are the parts that each process of an FSDP training wrote',
    'Put them together where it was trained: accelerate merge-weights PARTS OUTPUT, then choose the folder with config.json and model.safetensors.',
  );
}

/** Says what to choose where a folder lacks `what`: the models below it, or the file of another format that it holds. */
export async function nothingToOpen(folder: string, what: string): Promise<AppError> {
  const files = await filesIn(folder);
  const parted = partedWeights(folder, files, await foldersIn(folder));
  if (parted !== null) return parted;
  const below = await modelsBelow(folder);
  const last = below.at(-1);
  if (last !== undefined) {
    return new AppError(
      'MODEL_NOT_FOUND',
      `${folder} ${what} itself, but folders in it do: ${listed(below)}.`,
      below.length === 1 ? `Choose ${join(folder, last)}.` : `Choose one of them, for example ${join(folder, last)}.`,
    );
  }
  const other = await foreignAmong(folder, files);
  if (other !== null) return other;
  const none =
    (await foldersIn(folder)).length === 0 ? 'It holds no files.' : 'It holds folders only, and no model in them.';
  const holds = files.length === 0 ? none : `It holds ${listed(files)}.`;
  return new AppError('MODEL_NOT_FOUND', `${folder} ${what}. ${holds}`, whatToChoose);
}

/**
 * The folder of the model that is meant by `folder`: itself, or the snapshot of a hub's cache.
 * @throws AppError `MODEL_NOT_FOUND` naming the models below it, `MODEL_UNSUPPORTED` or `MODEL_UNREADABLE` for what lies there instead.
 */
export async function modelFolder(folder: string): Promise<string> {
  const files = await filesIn(folder);
  if (files.some(isAdapter) && !files.some((name) => isWeights(name) && !isAdapter(name))) throw adapterRefusal(folder);
  if (looksLikeModel(files)) return folder;
  if ((await filesIn(join(folder, 'onnx'))).some(isWeights)) return folder;
  const snapshot = await hubSnapshot(folder);
  if (snapshot !== null) return snapshot;
  throw await nothingToOpen(folder, 'holds no model');
}

/** Files that a model may be read from: weights, graphs with their data, and what is said around them. */
const partOfModel = /\.(json|txt|safetensors|onnx|bin|data|weights?|onnx[._-]?data(_\d+)?)$/i;

/** The files in and around a model at `path` whose change makes it another, in order of their names; never rejects. */
export async function modelFiles(path: string): Promise<readonly string[]> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() === true;
  const snapshot = isFolder && !looksLikeModel(await filesIn(path)) ? await hubSnapshot(path) : null;
  const folder = isFolder ? (snapshot ?? path) : dirname(path);
  const places = isFolder ? [folder, join(folder, 'onnx')] : [folder];
  const lists = await Promise.all(
    places.map(async (place) =>
      (await filesIn(place)).filter((name) => partOfModel.test(name)).map((name) => join(place, name)),
    ),
  );
  return [path, ...lists.flat()];
}

/** What a model is called: its folder or file (the usual name of weights says nothing), or the repository of a hub's snapshot. */
export function modelName(path: string): string {
  const place = basename(path) === 'model.safetensors' ? dirname(resolve(path)) : path;
  return hubName(place) ?? basename(place);
}
