/** Writes an explanation as safetensors (to repeat the run exactly), as JSON, or as a picture. */

import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { SaliencyMap, TisParameters } from '../../shared/audit.js';
import { evidenceMap, type MeasuredMap } from '../../shared/evidence.js';
import type { ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { writeOutput } from '../files/atomic-file.js';
import type { TisOutcome } from '../engine/engine.js';
import type { Contrast } from './contrasts.js';
import { type SafetensorsEntry, writeSafetensors } from '../model/safetensors.js';

/** One explained image. */
export interface ExplainedImage {
  /** Path as it was given. */
  readonly image: string;
  readonly model: ModelSummary;
  readonly parameters: TisParameters;
  readonly outcome: TisOutcome;
  /** The wanted maps, in the order they were asked for. */
  readonly maps: readonly SaliencyMap[];
  readonly contrasts: readonly Contrast[];
}

export const explainFormats = ['safetensors', 'png', 'json'] as const;
export type ExplainFormat = (typeof explainFormats)[number];

/** The format that a file name asks for. @throws AppError `BAD_USAGE`. */
export function explainFormat(path: string): ExplainFormat {
  const extension = extname(path).slice(1).toLowerCase();
  const format = explainFormats.find((name) => name === extension);
  if (format !== undefined) return format;
  throw new AppError(
    'BAD_USAGE',
    `"${path}" ends with none of .safetensors, .png and .json.`,
    'Change the name after --out.',
  );
}

function floats(data: Float32Array, shape: readonly number[]): SafetensorsEntry {
  return { dtype: 'F32', shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function integers(data: Int32Array, shape: readonly number[]): SafetensorsEntry {
  return { dtype: 'I32', shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** kept - dropped, in probability; NaN where either is not known. */
function signedMap(map: SaliencyMap): Float32Array {
  return map.kept.map((value, at) => value - (map.dropped[at] ?? NaN));
}

/**
 * Tensors `saliency_raw/<class index>`, `signed/<class index>` and, in nats, `evidence/<class index>` with its standard error
 * `evidence_error/<class index>` `[gridH, gridW]`; `contrast/<a>-<b>` and `contrast_error/<a>-<b>` likewise; `probs` `[C]`,
 * `init_indices` `[masks]`, `mask_indices` `[masks, K]`; parameters and model in the metadata.
 */
async function writeTensors(path: string, explained: ExplainedImage): Promise<void> {
  const { outcome, maps, contrasts, model, parameters } = explained;
  const grid = [outcome.gridHeight, outcome.gridWidth];
  const masks = outcome.initIndices.length;
  const tensors = new Map<string, SafetensorsEntry>();
  for (const map of maps) tensors.set(`saliency_raw/${map.classIndex}`, floats(map.kept, grid));
  for (const map of maps) tensors.set(`signed/${map.classIndex}`, floats(signedMap(map), grid));
  for (const { classIndex, evidence } of maps) {
    if (evidence === null) continue;
    const { values, errors } = evidenceMap(evidence);
    tensors.set(`evidence/${classIndex}`, floats(values, grid));
    tensors.set(`evidence_error/${classIndex}`, floats(errors, grid));
  }
  for (const { classes, map } of contrasts) {
    tensors.set(`contrast/${classes.join('-')}`, floats(map.values, grid));
    tensors.set(`contrast_error/${classes.join('-')}`, floats(map.errors, grid));
  }
  tensors.set('probs', floats(outcome.probabilities, [outcome.probabilities.length]));
  tensors.set('init_indices', integers(outcome.initIndices, [masks]));
  tensors.set('mask_indices', integers(outcome.maskIndices, [masks, outcome.maskIndices.length / Math.max(1, masks)]));
  await writeSafetensors(path, tensors, {
    method: 'tis',
    masks: String(masks),
    ratio: String(parameters.ratio),
    seed: String(parameters.seed),
    scored: String(outcome.scored),
    stability: String(parameters.stability ?? 1),
    estimate: parameters.estimate ?? 'published',
    precision: parameters.precision ?? 'float32',
    classes: maps.map((map) => map.classIndex).join(','),
    contrasts: contrasts.map(({ classes }) => classes.join('-')).join(','),
    image: explained.image,
    image_sha256: outcome.facts?.sha256 ?? '',
    model: model.name,
    model_hash: model.hash,
  });
}

/** JSON has no NaN: an uncovered token is null. */
const plain = (values: Float32Array): (number | null)[] => Array.from(values, (x) => (Number.isNaN(x) ? null : x));

/** In nats, with the standard error of every patch. */
function plainMap({ values, errors }: MeasuredMap): object {
  return { values: plain(values), errors: plain(errors) };
}

function asJson({ image, model, parameters, outcome, maps, contrasts }: ExplainedImage): string {
  const content = {
    image,
    imageSha256: outcome.facts?.sha256 ?? null,
    model: { name: model.name, hash: model.hash },
    method: 'tis',
    parameters,
    gridWidth: outcome.gridWidth,
    gridHeight: outcome.gridHeight,
    masksScored: outcome.scored,
    milliseconds: Math.round(outcome.milliseconds),
    maps: maps.map((map) => ({
      classIndex: map.classIndex,
      className: model.classes[map.classIndex] ?? '',
      probability: map.probability,
      contrast: map.contrast,
      samplingError: map.samplingError,
      splitHalfCorrelation: map.splitHalfCorrelation,
      kept: plain(map.kept),
      dropped: plain(map.dropped),
      evidence: map.evidence === null ? null : plainMap(evidenceMap(map.evidence)),
    })),
    contrasts: contrasts.map(({ classes, map }) => ({
      classIndices: classes,
      classNames: classes.map((index) => model.classes[index] ?? ''),
      ...plainMap(map),
    })),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Writes an explanation in the format of the file's name; the file appears whole or not at all.
 * @param picture makes the PNG's bytes when one is asked for
 * @throws AppError `OUTPUT_UNWRITABLE` or the disk's own trouble
 */
export async function writeExplanation(
  path: string,
  explained: ExplainedImage,
  picture: () => Promise<Uint8Array>,
): Promise<void> {
  const format = explainFormat(path);
  await writeOutput(path, async (unfinished) => {
    if (format === 'safetensors') await writeTensors(unfinished, explained);
    else await writeFile(unfinished, format === 'json' ? asJson(explained) : await picture());
  });
}
