/** Opens whatever a training left behind, an ONNX file or a folder of weights, as a ViT with preprocessing and class names. */

import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { GraphAnatomy, ModelChoice, ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { refuseForeignFile, refuseTextInPlace } from '../onnx/foreign-file.js';
import type { Model } from '../onnx/graph.js';
import { readModelFile } from '../onnx/read-model.js';
import type { CreateSession } from '../onnx/runner.js';
import { anatomyOf } from './anatomy.js';
import { exportedGraph } from './exported-folder.js';
import { readVitFolder } from './folder.js';
import { followed } from './hub-cache.js';
import { type ModelHash, modelHash, weightsElsewhere, weightsHash } from './model-hash.js';
import { adapterRefusal, modelFolder, modelName } from './model-folder.js';
import { refuseUndecided } from './one-class.js';
import { liftVit } from './onnx-vit.js';
import { isPickle, refusedPickle } from './pickles.js';
import type { InputSize } from './preprocessing-presets.js';
import type { ModelPlace } from './side-files.js';
import { type Surroundings, statedInputSize, surroundings } from './surroundings.js';
import { type Vit, classCount, parameterCount, prefixCount } from './vit.js';
import { isSafetensors } from './weight-files.js';

export interface OpenedModel {
  readonly vit: Vit;
  readonly summary: ModelSummary;
  /** The graph of an ONNX file as it lies there; null for a folder of weights. */
  readonly original: Model | null;
  /** The same weights with another choice, read from the small files alone; null when the choice changes how the weights are read. */
  readonly withChoice: (choice: ModelChoice | undefined) => Promise<ModelSummary | null>;
}

interface Opened {
  readonly vit: Vit;
  readonly name: string;
  readonly source: ModelSummary['source'];
  readonly graph: GraphAnatomy | null;
  readonly weightTypes: readonly string[];
  /** What is to be said about how the files were read. */
  readonly remarks: readonly string[];
}

function summaryOf(
  { vit, name, source, graph, weightTypes, remarks }: Opened,
  around: Surroundings,
  hashes: ModelHash,
): ModelSummary {
  return {
    name,
    ...hashes,
    source,
    classes: around.classes,
    synsets: around.synsets,
    parameters: parameterCount(vit),
    inputWidth: vit.inputWidth,
    inputHeight: vit.inputHeight,
    patchWidth: vit.patchWidth,
    patchHeight: vit.patchHeight,
    gridWidth: vit.gridWidth,
    gridHeight: vit.gridHeight,
    prefixTokens: prefixCount(vit),
    width: vit.width,
    blocks: vit.blocks.length,
    heads: vit.blocks[0]?.attention.layer.heads ?? 0,
    preprocessing: around.preprocessing,
    anatomy: anatomyOf(vit, graph, weightTypes),
    assumptions: [...remarks, ...around.assumptions],
  };
}

/** A ViT and everything that its summary for one or another choice is made from. */
interface Opening {
  readonly opened: Opened;
  readonly original: Model | null;
  readonly place: ModelPlace;
  readonly weights: string;
  /** What the choice said that the weights were read by. */
  readonly readBy: string;
}

/** The part of a choice that decides how weights are read: the size of the picture and the names of values. */
async function readingOf(
  place: ModelPlace,
  choice: ModelChoice | undefined,
): Promise<{ size: InputSize | undefined; values: ModelChoice['values']; key: string }> {
  const size = await statedInputSize(place, choice);
  const values = choice?.values ?? null;
  return { size, values, key: JSON.stringify([size, values]) };
}

async function summaryFor(opening: Opening, choice: ModelChoice | undefined): Promise<ModelSummary> {
  const { opened, place, weights } = opening;
  const around = await surroundings(place, opened.vit, choice, opened.graph?.pixels.range);
  const { preprocessing } = around;
  return summaryOf(
    opened,
    around,
    modelHash({ weights, preprocessing, vit: opened.vit, values: choice?.values ?? null }),
  );
}

async function finished(opening: Opening, choice: ModelChoice | undefined): Promise<OpenedModel> {
  return {
    vit: opening.opened.vit,
    original: opening.original,
    summary: await summaryFor(opening, choice),
    withChoice: async (other) => {
      const { key } = await readingOf(opening.place, other);
      return key === opening.readBy ? summaryFor(opening, other) : null;
    },
  };
}

async function openFolder(path: string, folder: string, choice: ModelChoice | undefined): Promise<OpenedModel> {
  const place = { folder };
  const { size, key } = await readingOf(place, choice);
  const opened = await readVitFolder(path, size);
  await refuseUndecided(place, classCount(opened.vit), path);
  const weights = await weightsHash(opened.hashFiles);
  return finished({ opened: { ...opened, graph: null }, original: null, place, weights, readBy: key }, choice);
}

async function openOnnx(
  path: string,
  name: string,
  createSession: CreateSession,
  choice: ModelChoice | undefined,
): Promise<OpenedModel> {
  const file = basename(path);
  const original = await readModelFile(await followed(path));
  const place = { folder: dirname(path), metadata: original.metadata };
  const { size, values, key } = await readingOf(place, choice);
  const lifted = await liftVit(original, file, createSession, { ...(size && { size }), values });
  await refuseUndecided(place, classCount(lifted.vit), path);
  const bytes = await followed(path);
  const weights = await weightsHash([bytes], weightsElsewhere(original, (await stat(bytes)).size));
  const opened: Opened = { ...lifted, name, source: 'onnx', remarks: [] };
  return finished({ opened, original, place, weights, readBy: key }, choice);
}

/**
 * Opens a model.
 * @param choice what a person wants instead of what the files say.
 * @throws AppError `MODEL_NOT_FOUND`, `MODEL_UNREADABLE`, `MODEL_NOT_VIT` or `MODEL_UNSUPPORTED`, naming the file.
 */
export async function openModel(
  path: string,
  createSession: CreateSession,
  choice?: ModelChoice,
): Promise<OpenedModel> {
  let folder: boolean;
  try {
    folder = (await stat(path)).isDirectory();
  } catch (error) {
    throw new AppError(
      'MODEL_NOT_FOUND',
      `There is no model at ${path}.`,
      'Choose an .onnx file, or a folder with config.json and model.safetensors.',
      { cause: error },
    );
  }
  if (folder) {
    const place = await modelFolder(resolve(path));
    const graph = await exportedGraph(place);
    if (graph === null) return openFolder(place, place, choice);
    return openOnnx(graph, modelName(place), createSession, choice);
  }
  if (/^adapter_model\.(safetensors|bin)$/.test(basename(path))) throw adapterRefusal(path);
  if (/\.safetensors$/i.test(path) || (await isSafetensors(path))) return openFolder(path, dirname(path), choice);
  if (isPickle(path)) {
    await refuseTextInPlace(path);
    throw await refusedPickle(path);
  }
  await refuseForeignFile(await followed(path));
  return openOnnx(path, basename(path), createSession, choice);
}
