/** Reads images, flat or nested, whose labels stand in one table or in one a folder or split. */

import { dirname, join, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { AppError } from '../../../shared/errors.js';
import { nameNumbers } from '../class-list.js';
import { correctedLabelsCsv } from '../corrected-labels-csv.js';
import type { DatasetFormat } from '../dataset-format.js';
import type { Dataset, DatasetImage } from '../dataset.js';
import { noteLabels } from '../label-doubts.js';
import { type LabelOverlay, overlayLabels } from '../label-overlay.js';
import { namedTable } from '../named-table.js';
import { sortNaturally } from '../natural-order.js';
import type { Site } from '../site.js';
import { isSplitName } from '../split-names.js';
import type { Survey } from '../survey.js';
import type { LabelSource } from '../tables.js';
import { Warnings } from '../warnings.js';

const id = 'label-table';

const noRow = 'Images that the label table does not name, listed without a label';
const severalLabels = 'Images with several labels, listed without one';

class LabelTable implements Dataset {
  readonly format = id;
  readonly path: string;
  readonly labels: readonly string[];
  readonly #survey: Survey;
  readonly #overlay: LabelOverlay;
  /** What labels are called, by how they are written. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #opening: Warnings;
  #warnings = new Warnings();

  constructor(survey: Survey, overlay: LabelOverlay, names: ReadonlyMap<string, string>, opening: Warnings) {
    this.path = survey.chosen;
    this.labels = [...new Set(names.values())];
    this.#survey = survey;
    this.#overlay = overlay;
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
    const all = [this.#opening, this.#warnings, this.#survey.warnings];
    return all.flatMap((warnings) => warnings.sentences());
  }

  async *images(): AsyncGenerator<DatasetImage, void, undefined> {
    const warnings = new Warnings();
    this.#warnings = warnings;
    const counts = new Map<string, number>();
    const { images, root } = this.#survey;
    for (let position = 0; position < images.size; position += 1) {
      if (position % 1000 === 999) await setImmediate();
      const file = images.at(position);
      const label = this.#labelOf(position);
      if (label === null) this.#noteNone(file, position, warnings);
      else counts.set(label, (counts.get(label) ?? 0) + 1);
      const split = this.#overlay.split(position) ?? splitOfFolder(file);
      yield { file, source: { path: join(root, file) }, label, split };
    }
    noteLabels(counts, warnings);
  }

  #labelOf(image: number): string | null {
    const written = this.#overlay.label(image);
    return written === null ? null : (this.#names.get(written) ?? written);
  }

  /** Says why an image has no label. */
  #noteNone(file: string, image: number, warnings: Warnings): void {
    const several = this.#overlay.several(image);
    if (!this.#overlay.has(image)) warnings.note(noRow, file);
    else if (several.length === 0) warnings.note('Rows with an empty label', file);
    else {
      const wayOut = 'An image can be compared with one label only.';
      warnings.note(severalLabels, `${file}: ${several.join(', ')}`, wayOut);
    }
  }
}

function splitOfFolder(file: string): string | null {
  const [top = ''] = file.split('/');
  return top !== file && isSplitName(top) ? top : null;
}

async function chooseSources(site: Site, warnings: Warnings): Promise<readonly LabelSource[]> {
  const { chosen, root } = site.survey;
  const named = site.options.labelsFile ?? (chosen === root ? undefined : chosen);
  if (named !== undefined) return [await namedTable(named, root, await site.index())];
  const sources = site.tables.choose();
  if (sources.length === 0) {
    throw new AppError(
      'LABELS_INVALID',
      `There is no table of labels in "${root}".${site.tables.whyNone()}`,
      'Put a labels.csv with the columns path,label into the folder, or choose a labels file.',
    );
  }
  site.tables.noteUnused(sources, 'Other tables that could hold labels, not used', warnings);
  return sources;
}

function noteGuess({ file, columns }: LabelSource, warnings: Warnings): void {
  if (columns.guessed === null) return;
  const wayOut = 'If these are not the labels, call the right column label.';
  warnings.note(`Taken for the labels in "${file}", because its values repeat`, columns.guessed, wayOut);
}

/** A table that a person gave and that names no image is no help and never dropped silently. */
function requireMatch(site: Site, { size, stray }: LabelOverlay, named: string | undefined): void {
  if (named === undefined || size > 0) return;
  const image = site.survey.images.at(0);
  throw new AppError(
    'LABELS_INVALID',
    `No row of "${named}" names an image of the dataset: it names "${stray ?? ''}", the dataset holds "${image}".`,
    'Check that table and images belong together; paths are relative to the dataset or to the table.',
  );
}

async function open(site: Site): Promise<Dataset> {
  const warnings = new Warnings();
  const sources = await chooseSources(site, warnings);
  for (const source of sources) noteGuess(source, warnings);
  const overlay = await overlayLabels(sources, await site.index(), warnings);
  requireMatch(site, overlay, site.options.labelsFile);
  const labels = await sortNaturally([...overlay.labels]);
  const folders = sources.map(({ path }) => relative(site.survey.root, dirname(path)).split(sep).join('/'));
  return new LabelTable(site.survey, overlay, await nameNumbers(labels, site, folders, warnings), warnings);
}

/** Images and tables `path,label[,split]` among them, or elsewhere when `labelsFile` says so. */
export const labelTable: DatasetFormat = {
  id,
  words: {
    name: 'Images with a CSV or TSV of labels',
    choice: 'a folder of images with a table of labels',
    holds: 'images with a labels.csv',
  },
  takes: { file: 'a CSV or TSV with the columns path,label', labels: true },
  exporter: correctedLabelsCsv,

  inspect(site) {
    const { survey, tables, options } = site;
    const named = options.labelsFile !== undefined || survey.chosen !== survey.root;
    const certainty = survey.images.size === 0 ? 0 : named ? 1 : tables.certainty();
    return Promise.resolve({ certainty, open: () => open(site) });
  },
};
