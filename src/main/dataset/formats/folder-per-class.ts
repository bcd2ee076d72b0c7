/** Reads the layout in which an image's folder is its label, with or without folders for the splits above. */

import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { AppError } from '../../../shared/errors.js';
import { nameNumbers } from '../class-list.js';
import { correctedLabelsCsv } from '../corrected-labels-csv.js';
import type { DatasetFormat } from '../dataset-format.js';
import type { Dataset, DatasetImage } from '../dataset.js';
import { findLayout, type FolderLayout, type LayoutPart } from '../folder-layout.js';
import { isStorageName, noteLabels } from '../label-doubts.js';
import { sortNaturally } from '../natural-order.js';
import type { Site } from '../site.js';
import type { Survey, SurveyFolder } from '../survey.js';
import { Warnings } from '../warnings.js';

const id = 'folder-per-class';

/** Finds the part that a file lies in. */
class Parts {
  readonly #parts: readonly LayoutPart[];

  constructor({ parts }: FolderLayout) {
    this.#parts = parts;
  }

  place(file: string): Pick<DatasetImage, 'label' | 'split'> {
    const part = this.#parts.find(({ path }) => file.startsWith(path));
    if (part !== undefined) {
      const [first, ...below] = file.slice(part.path.length).split('/');
      return { label: below.length === 0 ? null : (first ?? null), split: part.split };
    }
    const [top] = file.split('/');
    return { label: null, split: this.#parts.find(({ split }) => split !== null && split === top)?.split ?? null };
  }
}

class FolderPerClass implements Dataset {
  readonly format = id;
  readonly path: string;
  readonly labels: readonly string[];
  readonly #survey: Survey;
  readonly #layout: FolderLayout;
  /** What classes are called, by the name of their folder. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #opening: Warnings;
  #warnings = new Warnings();

  constructor(survey: Survey, layout: FolderLayout, names: ReadonlyMap<string, string>, opening: Warnings) {
    this.path = survey.chosen;
    this.labels = [...names.values()];
    this.#survey = survey;
    this.#layout = layout;
    this.#names = names;
    this.#opening = opening;
  }

  get count(): number {
    return this.#survey.images.size;
  }

  get unlisted(): readonly string[] {
    return this.#survey.unlisted;
  }

  get warnings(): readonly string[] {
    const all = [this.#warnings, this.#opening, this.#survey.warnings];
    return all.flatMap((warnings) => warnings.sentences());
  }

  async *images(): AsyncGenerator<DatasetImage, void, undefined> {
    const warnings = new Warnings();
    this.#warnings = warnings;
    const counts = new Map<string, number>();
    const parts = new Parts(this.#layout);
    const { images, root } = this.#survey;
    for (let position = 0; position < images.size; position += 1) {
      if (position % 1000 === 999) await setImmediate();
      const file = images.at(position);
      const { label: folder, split } = parts.place(file);
      const label = folder === null ? null : (this.#names.get(folder) ?? folder);
      if (label === null) warnings.note('Images outside every class folder, listed without a label', file);
      else counts.set(label, (counts.get(label) ?? 0) + 1);
      yield { file, source: { path: join(root, file) }, label, split };
    }
    for (const label of this.labels) {
      if (!counts.has(label)) warnings.note('Class folders without an image', label);
    }
    noteLabels(counts, warnings);
  }
}

const classesOf = ({ parts }: FolderLayout): readonly SurveyFolder[] => parts.flatMap(({ classes }) => classes);

/** How surely the folders are classes: less when there is one class only, or when they are called like storage. */
function certaintyOf(site: Site, layout: FolderLayout): number {
  const { images, tree } = site.survey;
  const names = new Set(
    classesOf(layout)
      .filter(({ total }) => total > 0)
      .map(({ name }) => name),
  );
  if (images.size === 0) return 0;
  if (names.size === 0) return 0.2;
  const doubtful = names.size === 1 || [...names].every((name) => isStorageName(name));
  return doubtful || tree.images > 0 ? 0.5 : 0.8;
}

/** Tells of classes that may be wrapped classes: all their images lie in several folders further down. */
function noteDeepClasses(layout: FolderLayout, warnings: Warnings): void {
  for (const { name, images, folders } of classesOf(layout)) {
    const deep = images === 0 && folders.filter(({ total }) => total > 0).length >= 2;
    if (!deep) continue;
    const wayOut = 'If these are the classes, choose the folder above them as the dataset.';
    warnings.note('Taken as one class each, although their images lie in several folders', name, wayOut);
  }
}

/** `root/class/.../image` or `root/split/class/.../image`, perhaps one folder deeper; loose images have no label. */
export const folderPerClass: DatasetFormat = {
  id,
  words: {
    name: 'A folder per class',
    choice: 'a folder with one folder per class',
    holds: 'a folder per class',
  },
  takes: { file: null, labels: false },
  exporter: correctedLabelsCsv,

  inspect(site) {
    const layout = findLayout(site.survey.tree);
    const open = async (): Promise<Dataset> => {
      if (site.options.labelsFile !== undefined) {
        throw new AppError(
          'LABELS_INVALID',
          `"${site.options.labelsFile}" is not used where folders give the labels.`,
          'Choose the layout of a table of labels, or take the labels file away.',
        );
      }
      const warnings = new Warnings();
      const folders = await sortNaturally([...new Set(classesOf(layout).map(({ name }) => name))]);
      const names = await nameNumbers(folders, site, [layout.base], warnings);
      noteDeepClasses(layout, warnings);
      site.tables.noteUnused([], 'because the folders give the labels', warnings);
      return new FolderPerClass(site.survey, layout, names, warnings);
    };
    return Promise.resolve({ certainty: certaintyOf(site, layout), open });
  },
};
