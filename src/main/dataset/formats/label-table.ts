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
import type { LabelSource } from '../tables.js';
import { Warnings } from '../warnings.js';

const id = 'label-table';

const noRow = 'Images that the label table does not name, listed without a label';
const severalLabels = 'Images with several labels, listed without one';

class LabelTable implements Dataset {
  readonly format = id;
  readonly path: string;
  readonly labels: readonly string[];
  readonly #site: Site;
  readonly #overlay: LabelOverlay;
  /** What labels are called, by how they are written. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #opening: Warnings;
  #warnings = new Warnings();

  constructor(site: Site, overlay: LabelOverlay, names: ReadonlyMap<string, string>, opening: Warnings) {
    this.path = site.survey.chosen;
    this.labels = [...new Set(names.values())];
    this.#site = site;
    this.#overlay = overlay;
    this.#names = names;
    this.#opening = opening;
  }

  get unlisted(): readonly string[] {
    return this.#site.survey.unlisted;
  }

  get warnings(): readonly string[] {
    const all = [this.#opening, this.#warnings, this.#site.survey.warnings];
    return all.flatMap((warnings) => warnings.sentences());
  }

  async *images(): AsyncGenerator<DatasetImage, void, undefined> {
    const warnings = new Warnings();
    this.#warnings = warnings;
    const counts = new Map<string, number>();
    const { images, root } = this.#site.survey;
    for (const [position, file] of images.entries()) {
      if (position % 1000 === 999) await setImmediate();
      const row = this.#overlay.rows.get(file);
      const written = row?.label ?? null;
      const label = written === null ? null : (this.#names.get(written) ?? written);
      if (row === undefined) warnings.note(noRow, file);
      else if (row.several.length > 0) {
        const wayOut = 'An image can be compared with one label only.';
        warnings.note(severalLabels, `${file}: ${row.several.join(', ')}`, wayOut);
      } else if (label === null) warnings.note('Rows with an empty label', file);
      else counts.set(label, (counts.get(label) ?? 0) + 1);
      yield { file, source: { path: join(root, file) }, label, split: row?.split ?? splitOfFolder(file) };
    }
    noteLabels(counts, warnings);
  }
}

function splitOfFolder(file: string): string | null {
  const [top = ''] = file.split('/');
  return top !== file && isSplitName(top) ? top : null;
}

async function chooseSources(site: Site, warnings: Warnings): Promise<readonly LabelSource[]> {
  const { chosen, root } = site.survey;
  const named = site.options.labelsFile ?? (chosen === root ? undefined : chosen);
  if (named !== undefined) return [await namedTable(named, root, site.index)];
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
function requireMatch(site: Site, { rows, stray }: LabelOverlay, named: string | undefined): void {
  if (named === undefined || rows.size > 0) return;
  const [image = ''] = site.survey.images;
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
  const overlay = await overlayLabels(sources, site.index, warnings);
  requireMatch(site, overlay, site.options.labelsFile);
  const labels = await sortNaturally([...overlay.labels]);
  const folders = sources.map(({ path }) => relative(site.survey.root, dirname(path)).split(sep).join('/'));
  return new LabelTable(site, overlay, await nameNumbers(labels, site, folders, warnings), warnings);
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
    const certainty = survey.images.length === 0 ? 0 : named ? 1 : tables.certainty();
    return Promise.resolve({ certainty, open: () => open(site) });
  },
};
