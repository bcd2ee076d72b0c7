/** The pictures whose labels people judged, and the classifier that never saw their labels: ViT-Tiny with a linear head. */

import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../../src/main/model/safetensors.js';
import { shared, sharedTable } from './shared.js';

/** One picture of ../shared/human-noise. */
export interface JudgedPicture {
  readonly file: string;
  readonly label: string;
  /** How many of five people kept the label; null where nobody was asked. */
  readonly kept: number | null;
}

export function judgedPictures(): readonly JudgedPicture[] {
  return sharedTable('human-noise', 'labels.csv').map((row) => ({
    file: row.file ?? '',
    label: row.label ?? '',
    kept: row.asked === '1' ? Number(row.given) : null,
  }));
}

/** Fewer than three of five keep the given label, as human-noise/README.md counts. */
export function isRejected({ kept }: JudgedPicture): boolean {
  return kept !== null && kept < 3;
}

/** A model folder of its own, which the returned function removes. */
export async function humanNoiseModel(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'hognose-head-'));
  const base = shared('models/vit-tiny-hf');
  const labels = [...new Set(judgedPictures().map(({ label }) => label))].sort();
  const config = JSON.parse(await readFile(join(base, 'config.json'), 'utf8')) as Record<string, unknown>;
  config.id2label = Object.fromEntries(labels.map((label, index) => [String(index), label]));
  config.label2id = Object.fromEntries(labels.map((label, index) => [label, index]));
  await writeFile(join(path, 'config.json'), JSON.stringify(config));
  await copyFile(join(base, 'preprocessor_config.json'), join(path, 'preprocessor_config.json'));
  const weights = await readSafetensors(join(base, 'model.safetensors'));
  const head = await readSafetensors(shared('human-noise/head.safetensors'));
  await writeSafetensors(join(path, 'model.safetensors'), new Map([...weights.tensors, ...head.tensors]));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
