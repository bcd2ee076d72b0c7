/** The images of `explain` and `sheet`: where they lie, which classes are wanted of them, and what the model says about them. */

import { existsSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import type { ImageSource } from '../dataset/dataset.js';
import { classRanking } from '../engine/choose-classes.js';
import { type ClassWish, labelOfImage, readClassWish } from './classes.js';

/** `images.idx3-ubyte.gz#12` is the thirteenth image of a container; a file that really bears such a name goes first. */
export function sourceOf(path: string): ImageSource {
  const parts = /^(.+)#(\d+)$/.exec(path);
  if (parts === null || existsSync(path)) return { path: resolve(path) };
  return { path: resolve(parts[1] ?? ''), member: Number(parts[2]) };
}

/** @throws AppError `IMAGE_NOT_FOUND` for the first image that is not there. */
export function requireImages(images: readonly string[]): void {
  const missing = images.find((image) => !existsSync(sourceOf(image).path));
  if (missing === undefined) return;
  throw new AppError('IMAGE_NOT_FOUND', `There is no file "${missing}".`, 'Check the path and how it is spelled.');
}

/** Without `--class`: the label when the image's name tells it, then the `top` most probable classes. */
export function wishesOf(
  image: string,
  model: ModelSummary,
  texts: readonly string[] | undefined,
  top: number,
): readonly ClassWish[] {
  if (texts !== undefined) return texts.map((text) => readClassWish(text, image, model));
  const label = labelOfImage(image, model);
  const ranks = Array.from({ length: Math.min(top, model.classes.length) }, (_, at) => at + 1);
  return [
    ...(label === null ? [] : [{ kind: 'class', value: label } as const]),
    ...ranks.map((value) => ({ kind: 'rank', value }) as const),
  ];
}

/** The classes that were wished for, in that order, each once. */
export function wantedClasses(wishes: readonly ClassWish[], probabilities: Float32Array): readonly number[] {
  const order = classRanking(probabilities);
  const wanted = wishes.flatMap(({ kind, value }) => (kind === 'class' ? value : (order[value - 1] ?? [])));
  return [...new Set(wanted)];
}

/**
 * With several images each gets its own file: `maps.json` becomes `maps-<image>.json`.
 * @throws AppError `BAD_USAGE` when two images would get the same.
 */
export function outputPaths(out: string, images: readonly string[]): readonly string[] {
  if (images.length === 1) return [out];
  const extension = extname(out);
  const paths = images.map((image) => {
    const name = image.includes('#') ? basename(image).replaceAll('#', '-') : basename(image, extname(image));
    return join(dirname(out), `${basename(out, extension)}-${name}${extension}`);
  });
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  if (twice === undefined) return paths;
  throw new AppError('BAD_USAGE', `Two of the images would both be written to "${twice}".`, 'Explain them one by one.');
}
