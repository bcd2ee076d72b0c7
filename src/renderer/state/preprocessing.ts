/** Preprocessing as the form shows it: names of its choices, and the figures of a model with a person's changes in them. */

import type { Preprocessing, PreprocessingChoice, PreprocessingPreset, ResizeKind } from '../../shared/model.js';

export const presetNames: Readonly<Record<PreprocessingPreset, string>> = {
  imagenet: 'ImageNet (torchvision)',
  inception: 'Inception (mean 0.5)',
  clip: 'CLIP',
  none: 'None (squash, 0 to 1)',
};

export const resizeNames: Readonly<Record<ResizeKind, string>> = {
  'shortest-edge': 'Shorter edge to',
  'longest-edge': 'Longer edge to',
  exact: 'Squash to',
};

/** What stands in the fields. */
export interface Figures {
  readonly resizeKind: ResizeKind;
  /** Pixels of the edge; the shorter one of a squash. */
  readonly resize: number;
  /** 0 for none. */
  readonly crop: number;
  readonly interpolation: Preprocessing['interpolation'];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Rounded for the eye: files write a third as 0.3333333333333333. */
const short = (value: number): number => Number(value.toFixed(6));

/** The model's figures, and in their place what is being chosen, also while the model refuses it. */
export function shownFigures(model: Preprocessing, choice: PreprocessingChoice): Figures {
  const { resize, crop } = model;
  const size = resize.kind === 'exact' ? Math.min(resize.width, resize.height) : resize.size;
  return {
    resizeKind: choice.resizeKind ?? resize.kind,
    resize: choice.resize ?? size,
    crop: choice.crop ?? (crop === null ? 0 : Math.min(crop.width, crop.height)),
    interpolation: choice.interpolation ?? model.interpolation,
    mean: (choice.mean ?? model.mean).map(short),
    std: (choice.std ?? model.std).map(short),
  };
}

/** The number in a field; null while there is none. */
export function numberIn(text: string): number | null {
  const plain = text.trim().replace(',', '.');
  const value = Number(plain);
  return plain === '' || plain.endsWith('.') || !Number.isFinite(value) ? null : value;
}
