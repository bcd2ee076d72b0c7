/** Understands `--class`: an index, a name, `label`, or `top1` to `top20`, into indices of the model's classes. */

import { basename, dirname, extname } from 'node:path';
import type { ModelSummary } from '../../shared/model.js';
import { AppError } from '../../shared/errors.js';
import { classFinder } from '../mapping/mapping.js';

/** Classes to explain: some by index, and some by their rank in the prediction, known only afterwards. */
export interface ClassWish {
  readonly kind: 'class' | 'rank';
  /** Class index, or rank from 1. */
  readonly value: number;
}

const ranked = /^top(\d{1,2})$/;
const mostRanks = 20;

function named(name: string, model: ModelSummary): number | null {
  return classFinder(model)(name);
}

/** The class that an image's own name or its folder's name means; null when neither means one. */
export function labelOfImage(path: string, model: ModelSummary): number | null {
  const stem = basename(path, extname(path));
  const folder = basename(dirname(path));
  const tries = [stem, folder].filter((name) => !/^\d+$/.test(name));
  return tries.map((name) => named(name, model)).find((index) => index !== null) ?? null;
}

/**
 * One `--class` as a wish.
 * @throws AppError `UNKNOWN_CLASS` when the model has no such class, or the image's label is not known.
 */
export function readClassWish(text: string, imagePath: string, model: ModelSummary): ClassWish {
  const rank = Number(ranked.exec(text)?.[1]);
  if (rank >= 1 && rank <= Math.min(mostRanks, model.classes.length)) return { kind: 'rank', value: rank };
  if (text === 'label') {
    const label = labelOfImage(imagePath, model);
    if (label !== null) return { kind: 'class', value: label };
    throw new AppError(
      'UNKNOWN_CLASS',
      `The label of "${basename(imagePath)}" is not known: neither its name nor its folder's is a class of the model.`,
      'Name the class instead: --class NAME or --class INDEX.',
    );
  }
  if (/^\d+$/.test(text) && Number(text) < model.classes.length) return { kind: 'class', value: Number(text) };
  const index = named(text, model);
  if (index !== null) return { kind: 'class', value: index };
  throw new AppError(
    'UNKNOWN_CLASS',
    `The model has no class "${text}", or several of that name.`,
    `Give an index from 0 to ${model.classes.length - 1}; 'hognose model inspect --json' lists the names.`,
  );
}
