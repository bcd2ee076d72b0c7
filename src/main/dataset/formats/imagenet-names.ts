/** Reads ImageNet samples whose file names carry the class: `n01729322_hognose_snake.JPEG`. */

import { join, parse } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { correctedLabelsCsv } from '../corrected-labels-csv.js';
import type { DatasetFormat } from '../dataset-format.js';
import type { Dataset, DatasetImage } from '../dataset.js';
import { noteLabels } from '../label-doubts.js';
import { sortNaturally } from '../natural-order.js';
import type { Site } from '../site.js';
import { isSplitName } from '../split-names.js';
import type { Survey } from '../survey.js';
import { Warnings } from '../warnings.js';

const id = 'imagenet-names';

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
  readonly format = id;
  readonly path: string;
  readonly labels: readonly string[];
  readonly #survey: Survey;
  readonly #opening: Warnings;

  constructor(survey: Survey, labels: readonly string[], opening: Warnings) {
    this.path = survey.chosen;
    this.labels = labels;
    this.#survey = survey;
    this.#opening = opening;
  }

  get count(): number {
    return this.#survey.images.size;
  }

  get unlisted(): readonly string[] {
    return this.#survey.unlisted;
  }

  get warnings(): readonly string[] {
    return [...this.#opening.sentences(), ...this.#survey.warnings.sentences()];
  }

  async *images(): AsyncGenerator<DatasetImage, void, undefined> {
    const { images, root } = this.#survey;
    for (let position = 0; position < images.size; position += 1) {
      if (position % 1000 === 999) await setImmediate();
      const file = images.at(position);
      const top = file.split('/')[0] ?? '';
      const split = top !== file && isSplitName(top) ? top : null;
      yield { file, source: { path: join(root, file) }, label: labelInName(file), split };
    }
  }
}

function certaintyOf({ survey }: Site): number {
  const count = Math.min(survey.tree.images, namesProbed);
  const names = Array.from({ length: count }, (_, position) => survey.images.at(position));
  const fitting = names.filter((name) => labelInName(name) !== null).length;
  return names.length > 0 && fitting >= shareNeeded * names.length ? 0.9 : 0;
}

async function open(site: Site): Promise<Dataset> {
  const warnings = new Warnings();
  const counts = new Map<string, number>();
  const { images } = site.survey;
  for (let position = 0; position < images.size; position += 1) {
    if (position % 1000 === 999) await setImmediate();
    const file = images.at(position);
    const label = labelInName(file);
    if (label === null) warnings.note('Names without a WordNet id, listed without a label', file);
    else counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  noteLabels(counts, warnings);
  site.tables.noteUnused([], 'because the names of the files give the labels', warnings);
  return new ImageNetNames(site.survey, await sortNaturally([...counts.keys()]), warnings);
}

/** A folder of files named `wnid_name`, flat or with split folders; the label is the name without the picture's number. */
export const imagenetNames: DatasetFormat = {
  id,
  words: { name: 'Files named wnid_name', choice: 'files named wnid_name.JPEG', holds: null },
  takes: { file: null, labels: false },
  exporter: correctedLabelsCsv,
  inspect: (site) => Promise.resolve({ certainty: certaintyOf(site), open: () => open(site) }),
};
