/** Writes the maps of several methods as safetensors or JSON, and sheets as pictures. */

import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { AppError } from '../../shared/errors.js';
import { type SheetFormat, sheetFormats } from '../../shared/sheet.js';
import { parameterText } from '../../shared/methods.js';
import { writeOutput } from '../files/atomic-file.js';
import { type SafetensorsEntry, writeSafetensors } from '../model/safetensors.js';
import { type ComparedImage, mapOf } from './explain-methods.js';

const methodFormats = ['safetensors', 'json', ...sheetFormats] as const;
export type MethodsFormat = (typeof methodFormats)[number];

function formatOf<Format extends string>(path: string, formats: readonly Format[]): Format {
  const extension = extname(path).slice(1).toLowerCase();
  const format = formats.find((name) => name === extension);
  if (format !== undefined) return format;
  const known = formats.map((name) => `.${name}`);
  throw new AppError(
    'BAD_USAGE',
    `"${path}" ends with none of ${known.slice(0, -1).join(', ')} and ${known.at(-1) ?? ''}.`,
    'Change the name after --out.',
  );
}

/** The format that the name of a file of maps asks for. @throws AppError `BAD_USAGE`. */
export const methodsFormat = (path: string): MethodsFormat => formatOf(path, methodFormats);

/** The format that the name of a sheet asks for. @throws AppError `BAD_USAGE`. */
export const sheetFormat = (path: string): SheetFormat => formatOf(path, sheetFormats);

function floats(data: Float32Array, shape: readonly number[]): SafetensorsEntry {
  return { dtype: 'F32', shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/**
 * Tensors `<method>/map/<class index>` `[h, w]`, raw, and `probs` `[C]`; what made them in the metadata, each method's
 * figures under `<method>.parameters`, `.milliseconds`, `.forward` and `.backward`.
 */
async function writeTensors(path: string, compared: ComparedImage): Promise<void> {
  const { image, model, sha256, probabilities, classes, methods } = compared;
  const tensors = new Map<string, SafetensorsEntry>();
  const metadata: Record<string, string> = {
    methods: methods.map(({ method }) => method).join(','),
    classes: classes.join(','),
    image,
    image_sha256: sha256,
    model: model.name,
    model_hash: model.hash,
  };
  for (const { method, parameters, outcome } of methods) {
    for (const index of classes) {
      const map = mapOf(outcome, index);
      if (map !== null) tensors.set(`${method}/map/${index}`, floats(map.values, [map.height, map.width]));
    }
    metadata[`${method}.parameters`] = parameterText(parameters);
    metadata[`${method}.milliseconds`] = String(Math.round(outcome.milliseconds));
    metadata[`${method}.forward`] = String(outcome.cost.forward);
    metadata[`${method}.backward`] = String(outcome.cost.backward);
  }
  tensors.set('probs', floats(probabilities, [probabilities.length]));
  await writeSafetensors(path, tensors, metadata);
}

/** JSON has no NaN: a place without a value is null. */
const plain = (values: Float32Array): (number | null)[] => Array.from(values, (x) => (Number.isNaN(x) ? null : x));

function asJson({ image, model, sha256, probabilities, classes, methods }: ComparedImage): string {
  const content = {
    image,
    imageSha256: sha256,
    model: { name: model.name, hash: model.hash },
    classes: classes.map((index) => ({
      classIndex: index,
      className: model.classes[index] ?? '',
      probability: probabilities[index] ?? 0,
    })),
    methods: methods.map(({ method, parameters, outcome }) => ({
      method,
      parameters,
      milliseconds: Math.round(outcome.milliseconds),
      passes: outcome.cost,
      width: outcome.width,
      height: outcome.height,
      maps: classes.flatMap((index) => {
        const map = mapOf(outcome, index);
        return map === null ? [] : [{ classIndex: index, values: plain(map.values) }];
      }),
    })),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Writes maps as numbers; the file appears whole or not at all.
 * @throws AppError `OUTPUT_UNWRITABLE` or the disk's own trouble
 */
export async function writeMethodMaps(
  path: string,
  compared: ComparedImage,
  format: 'safetensors' | 'json',
): Promise<void> {
  await writeOutput(path, (unfinished) =>
    format === 'safetensors' ? writeTensors(unfinished, compared) : writeFile(unfinished, asJson(compared)),
  );
}
