/** Reads a folder of images, flat or nested, whose labels stand in a CSV or TSV table. */

import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { AppError } from '../../shared/errors.js';
import type { Dataset, DatasetImage, DatasetReader, OpenOptions } from './dataset.js';
import { holdsImage, readFolder, walkImages } from './image-files.js';
import { findTableLayout, type LabelRow, readLabelRows, type TableLayout } from './label-rows.js';
import { sortNaturally } from './natural-order.js';
import { Warnings } from './warnings.js';

const tableExtensions: ReadonlySet<string> = new Set(['.csv', '.tsv', '.txt']);
/** Names that say 'these are the labels', most telling first. */
const tellingNames = ['labels', 'label', 'metadata', 'annotations', 'train', 'dataset', 'data', 'index'];
/** How many folders are looked into to see whether there are images at all. */
const foldersProbed = 50;

interface Table {
  readonly path: string;
  readonly layout: TableLayout;
  /** Position of its name in {@link tellingNames}; their number when it is not among them. */
  readonly rank: number;
}

const isTableFile = (name: string): boolean => tableExtensions.has(extname(name).toLowerCase());

async function describeTable(path: string): Promise<Table | null> {
  const layout = await findTableLayout(path);
  if (layout === null) return null;
  const stem = path.slice(path.lastIndexOf(sep) + 1, path.lastIndexOf('.')).toLowerCase();
  const place = tellingNames.indexOf(stem);
  return { path, layout, rank: place < 0 ? tellingNames.length : place };
}

/** All tables of labels in a folder, the most telling name first. */
async function findTables(folder: string): Promise<readonly Table[]> {
  const { others } = await readFolder(folder, new Warnings());
  const tables: Table[] = [];
  for (const name of others.filter(isTableFile)) {
    const table = await describeTable(join(folder, name));
    if (table !== null) tables.push(table);
  }
  return tables.toSorted((a, b) => a.rank - b.rank);
}

/** One spelling for a path however it was written: `/` between folders, composed characters, no `./`. */
function normalise(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(/^(?:\.?\/)+/, '')
    .normalize('NFC');
}

/** Finds the dataset's files by the way a row may name them. */
class FileIndex {
  readonly #byPath = new Map<string, string>();
  /** By name alone; null when several files share it. */
  readonly #byName = new Map<string, string | null>();
  readonly #root: string;
  readonly #tableFolder: string;

  constructor(root: string, tableFolder: string) {
    this.#root = root;
    this.#tableFolder = tableFolder;
  }

  add(file: string): void {
    const path = file.normalize('NFC');
    this.#byPath.set(path, file);
    const name = path.slice(path.lastIndexOf('/') + 1);
    this.#byName.set(name, this.#byName.has(name) ? null : file);
  }

  /** Relative to the dataset, else to the table, else by a bare name that only one file has. */
  find(written: string): string | undefined {
    return this.#findExactly(written) ?? this.#findExactly(written.trim());
  }

  #findExactly(written: string): string | undefined {
    const direct = this.#byPath.get(written.normalize('NFC'));
    if (direct !== undefined) return direct;
    const path = normalise(written);
    const absolute = isAbsolute(written) ? written : join(this.#tableFolder, path);
    const fromTable = normalise(relative(this.#root, absolute));
    const found = this.#byPath.get(path) ?? this.#byPath.get(fromTable);
    if (found !== undefined || path.includes('/')) return found;
    return this.#byName.get(path) ?? undefined;
  }
}

interface TableContent {
  readonly rows: readonly LabelRow[];
  readonly labels: readonly string[];
}

class LabelTable implements Dataset {
  readonly format = 'label-table';
  readonly path: string;
  readonly labels: readonly string[];
  readonly #root: string;
  readonly #tableFolder: string;
  readonly #rows: readonly LabelRow[];
  readonly #openWarnings: Warnings;
  #warnings = new Warnings();

  constructor(path: string, table: Table, content: TableContent, openWarnings: Warnings) {
    this.path = path;
    this.labels = content.labels;
    this.#root = isTableFile(path) ? dirname(path) : path;
    this.#tableFolder = dirname(table.path);
    this.#rows = content.rows;
    this.#openWarnings = openWarnings;
  }

  get warnings(): readonly string[] {
    return [...this.#openWarnings.sentences(), ...this.#warnings.sentences()];
  }

  async *images(): AsyncGenerator<DatasetImage, void, undefined> {
    const warnings = new Warnings();
    this.#warnings = warnings;
    const files: string[] = [];
    const index = new FileIndex(this.#root, this.#tableFolder);
    for await (const file of walkImages(this.#root, warnings)) {
      files.push(file);
      index.add(file);
    }
    const rows = await this.#match(index, warnings);
    for (const [position, file] of files.entries()) {
      if (position % 1000 === 999) await setImmediate();
      const row = rows.get(file);
      if (row === undefined) warnings.note('Images that the label table does not name, listed without a label', file);
      else if (row.label === null) warnings.note('Rows with an empty label', file);
      yield { file, source: { path: join(this.#root, file) }, label: row?.label ?? null, split: row?.split ?? null };
    }
  }

  async #match(index: FileIndex, warnings: Warnings): Promise<ReadonlyMap<string, LabelRow>> {
    const matched = new Map<string, LabelRow>();
    for (const [position, row] of this.#rows.entries()) {
      if (position % 1000 === 999) await setImmediate();
      const file = index.find(row.file);
      if (file === undefined) {
        warnings.note('Rows whose file is not there, passed over', row.file);
      } else if (matched.has(file)) {
        const same = matched.get(file)?.label === row.label;
        const what = same
          ? 'Files named twice with the same label'
          : 'Files named twice with different labels, the first counts';
        warnings.note(what, file);
      } else {
        matched.set(file, row);
      }
    }
    return matched;
  }
}

async function chooseTable(path: string, options: OpenOptions, warnings: Warnings): Promise<Table> {
  const named = options.labelsFile ?? (isTableFile(path) ? path : undefined);
  if (named !== undefined) {
    const table = await describeTable(resolve(named));
    if (table !== null) return table;
    throw new AppError(
      'LABELS_INVALID',
      `"${named}" is not a table of labels: its first rows show no column of image files and no column of labels.`,
      'Give it a header such as path,label or path,label,split.',
    );
  }
  const [best, ...others] = await findTables(path);
  if (best === undefined) {
    throw new AppError(
      'LABELS_INVALID',
      `There is no table of labels in "${path}".`,
      'Put a labels.csv with the columns path,label into the folder, or choose a labels file.',
    );
  }
  for (const other of others)
    warnings.note('Other tables that could hold labels, not used', relative(path, other.path));
  return best;
}

/** A folder of images and a table `path,label[,split]` in it, or elsewhere when `labelsFile` says so. */
export const labelTable: DatasetReader = {
  format: 'label-table',

  async recognise(path, options) {
    const isFile = isTableFile(path);
    const folder = isFile ? dirname(path) : path;
    if (!(await holdsImage(folder, foldersProbed))) return 0;
    if (options.labelsFile !== undefined) return isTableFile(options.labelsFile) ? 1 : 0;
    if (isFile) return (await describeTable(path)) === null ? 0 : 1;
    const [best] = await findTables(path);
    if (best === undefined) return 0;
    return best.rank < tellingNames.length ? 0.95 : 0.6;
  },

  async open(path, options) {
    const warnings = new Warnings();
    const table = await chooseTable(resolve(path), options, warnings);
    const rows: LabelRow[] = [];
    const labels = new Set<string>();
    for await (const row of readLabelRows(table.path, table.layout)) {
      rows.push(row);
      if (row.label !== null) labels.add(row.label);
    }
    return new LabelTable(resolve(path), table, { rows, labels: await sortNaturally([...labels]) }, warnings);
  },
};
