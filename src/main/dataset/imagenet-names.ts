/** Reads ImageNet samples whose file names carry the class: `n01729322_hognose_snake.JPEG`. */

import { join, parse, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import type { Dataset, DatasetImage, DatasetReader } from './dataset.js';
import { readFolder, walkImages } from './image-files.js';
import { sortNaturally } from './natural-order.js';
import { isSplitName } from './split-names.js';
import { Warnings } from './warnings.js';

/** A WordNet id (`n` and eight digits), then words, then perhaps the number of the picture. */
const wnidName = /^(n\d{8})(?:_([^\d].*?))?(?:_\d+)?$/;

/** How many names are looked at to recognise the layout, and how many of them must fit. */
const namesProbed = 500;
const shareNeeded = 0.9;

/**
 * The label in a file name: `n01729322_hognose_snake.JPEG` and `n01729322_hognose_snake_7.JPEG` both give
 * `n01729322_hognose_snake`, `n01440764_10026.JPEG` gives `n01440764`. Null when there is no WordNet id.
 */
export function labelInName(file: string): string | null {
  const match = wnidName.exec(parse(file).name);
  if (match === null) return null;
  const [, wnid = '', name] = match;
  return name === undefined ? wnid : `${wnid}_${name}`;
}

class ImageNetNames implements Dataset {
  readonly format = 'imagenet-names';
  readonly path: string;
  readonly labels: readonly string[];
  readonly #files: readonly string[];
  readonly #warnings: Warnings;

  constructor(path: string, files: readonly string[], labels: readonly string[], warnings: Warnings) {
    this.path = path;
    this.labels = labels;
    this.#files = files;
    this.#warnings = warnings;
  }

  get warnings(): readonly string[] {
    return this.#warnings.sentences();
  }

  async *images(): AsyncGenerator<DatasetImage, void, undefined> {
    for (const [index, file] of this.#files.entries()) {
      if (index % 1000 === 999) await setImmediate();
      const top = file.split('/')[0] ?? '';
      const split = top !== file && isSplitName(top) ? top : null;
      yield { file, source: { path: join(this.path, file) }, label: labelInName(file), split };
    }
  }
}

/** A folder of files named `wnid_name`, flat or with split folders; the label is the name without the picture's number. */
export const imagenetNames: DatasetReader = {
  format: 'imagenet-names',

  async recognise(path) {
    const { images } = await readFolder(path, new Warnings());
    const names = images.slice(0, namesProbed);
    const fitting = names.filter((name) => labelInName(name) !== null).length;
    return names.length > 0 && fitting >= shareNeeded * names.length ? 0.9 : 0;
  },

  async open(path) {
    const root = resolve(path);
    const warnings = new Warnings();
    const files: string[] = [];
    const labels = new Set<string>();
    for await (const file of walkImages(root, warnings)) {
      files.push(file);
      const label = labelInName(file);
      if (label === null) warnings.note('Names without a WordNet id, listed without a label', file);
      else labels.add(label);
    }
    return new ImageNetNames(root, files, await sortNaturally([...labels]), warnings);
  },
};
