/** What lies around a model's weights and says more about it: JSON files in its folder, and the metadata inside an ONNX file. */

import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseLoosely } from './loose-json.js';
import { parseJson, readSmallText } from './small-text.js';

/** Where a model's surroundings are looked for. */
export interface ModelPlace {
  readonly folder: string;
  /** `metadata_props` of an ONNX file. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** Parsed content and the name it has in messages. */
export interface Stated {
  readonly source: string;
  readonly content: unknown;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Exports for the web keep the graph in `onnx` and everything else one folder up. */
function foldersOf({ folder }: ModelPlace): readonly string[] {
  return basename(folder) === 'onnx' ? [folder, dirname(folder)] : [folder];
}

/**
 * The first of the named files that is there, with its text.
 * @throws AppError `MODEL_UNREADABLE` when it cannot be read or is too large.
 */
export async function readSideText(
  place: ModelPlace,
  names: readonly string[],
): Promise<{ readonly source: string; readonly text: string } | undefined> {
  const paths = foldersOf(place).flatMap((folder) => names.map((name) => join(folder, name)));
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (found?.isFile() !== true) continue;
    return { source: path, text: await readSmallText(path) };
  }
  return undefined;
}

/** The first of the named JSON files that is there. @throws AppError `MODEL_UNREADABLE` when it is not JSON. */
export async function readSideJson(place: ModelPlace, ...names: readonly string[]): Promise<Stated | undefined> {
  const found = await readSideText(place, names);
  if (found === undefined) return undefined;
  const hint = 'Download or export the file again, or remove it and say what it should have said.';
  return { source: found.source, content: parseJson(found.text, found.source, hint) };
}

/** An entry of the metadata, by the first of its names that is there; texts that are neither JSON nor Python stay texts. */
export function metadataEntry(place: ModelPlace, ...names: readonly string[]): Stated | undefined {
  const { metadata } = place;
  const name = names.find((one) => metadata?.has(one));
  if (metadata === undefined || name === undefined) return undefined;
  const text = metadata.get(name) ?? '';
  return { source: `the ONNX metadata '${name}'`, content: parseLoosely(text) ?? text };
}
