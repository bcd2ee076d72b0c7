/** Puts the rows of tables onto the files of a dataset: which row belongs to which file, and which to none. */

import { setImmediate } from 'node:timers/promises';

import type { FileIndex } from './file-index.js';
import { noItem } from './key-table.js';
import { type LabelRows, readLabelRows } from './label-rows.js';
import { NameList } from './name-list.js';
import type { LabelSource } from './tables.js';
import { TextList } from './text-list.js';
import type { Warnings } from './warnings.js';

/** What an image has in place of a label: no row, one without a label, or one with several, counted from here downwards. */
const noRow = -1;
const noLabel = -2;
const severalFrom = -3;
const noSplit = -1;

/** Why a row has no file. */
const missing = -1;
const ambiguous = -2;

/** How many rows are looked up in one go: a few milliseconds of work. */
const portion = 1000;

/** The rows of tables by the image they belong to. */
export class LabelOverlay {
  readonly #labelOf: Int32Array;
  readonly #splitOf: Int32Array;
  readonly #labels = new NameList();
  readonly #splits = new NameList();
  readonly #several = new TextList();
  #taken = 0;
  /** A file that a row named although it is not here; null when all are. */
  stray: string | null = null;

  /** @param images how many there are */
  constructor(images: number) {
    this.#labelOf = new Int32Array(images).fill(noRow);
    this.#splitOf = new Int32Array(images).fill(noSplit);
  }

  /** How many images have a row. */
  get size(): number {
    return this.#taken;
  }

  /** All labels that rows give, those of missing files too. */
  get labels(): readonly string[] {
    return this.#labels.names;
  }

  /** Whether an image has a row. */
  has(image: number): boolean {
    return this.#labelOf[image] !== noRow;
  }

  /** Null for an image without a row, and where that gives none, or several. */
  label(image: number): string | null {
    return this.labels[this.#labelOf[image] ?? noRow] ?? null;
  }

  /** Where the row of an image gives several labels: all of them. */
  several(image: number): readonly string[] {
    const place = this.#labelOf[image] ?? noRow;
    return place > severalFrom ? [] : (JSON.parse(this.#several.at(severalFrom - place)) as readonly string[]);
  }

  split(image: number): string | null {
    return this.#splits.names[this.#splitOf[image] ?? noSplit] ?? null;
  }

  /** A label that a row gives. */
  name(label: string): void {
    this.#labels.placeOf(label);
  }

  /** Gives an image the row of a table, unless it has one. */
  take(image: number, rows: LabelRows, row: number, splitOfTable: string | null): 'taken' | 'same' | 'other' {
    const label = rows.label(row);
    const several = rows.several(row);
    if (this.has(image)) {
      return this.label(image) === label && this.several(image).join() === several.join() ? 'same' : 'other';
    }
    this.#taken += 1;
    this.#labelOf[image] = label === null ? this.#placeOf(several) : this.#labels.placeOf(label);
    const split = rows.split(row) ?? splitOfTable;
    if (split !== null) this.#splitOf[image] = this.#splits.placeOf(split);
    return 'taken';
  }

  #placeOf(several: readonly string[]): number {
    return several.length === 0 ? noLabel : severalFrom - this.#several.push(JSON.stringify(several));
  }
}

/** Finds the files of rows. */
class Overlaying {
  readonly overlay: LabelOverlay;
  readonly #index: FileIndex;
  readonly #warnings: Warnings;

  constructor(index: FileIndex, warnings: Warnings) {
    this.overlay = new LabelOverlay(index.files.size);
    this.#index = index;
    this.#warnings = warnings;
  }

  async add(source: LabelSource): Promise<void> {
    const bad = (line: number): void => {
      this.#warnings.note(`Lines of "${source.file}" that cannot be read, passed over`, `line ${String(line)}`);
    };
    const rows = await readLabelRows(source.path, source.form, source.columns, bad);
    const direct = await this.#direct(rows, source);
    const found = direct.some((image) => image >= 0) ? direct : await this.#byEnds(rows, source);
    for (const [row, image] of found.entries()) {
      if (row % portion === portion - 1) await setImmediate();
      const label = rows.label(row);
      if (label !== null) this.overlay.name(label);
      if (image < 0) this.#miss(rows.files.at(row), image);
      else this.#take(image, rows, row, source);
    }
  }

  /** The image of each row; {@link missing} or {@link ambiguous}. */
  async #direct(rows: LabelRows, source: LabelSource): Promise<Int32Array> {
    const found = new Int32Array(rows.size);
    for (let row = 0; row < rows.size; row += 1) {
      if (row % portion === portion - 1) await setImmediate();
      found[row] = this.#find(rows.files.at(row), source);
    }
    return found;
  }

  #find(file: string, { columns, folders }: LabelSource): number {
    if (columns.armed) {
      // A table of ours names files exactly; any other spelling would be another file's.
      const image = this.#index.exact(file);
      if (image !== noItem) return image;
    }
    const found = this.#index.find(file, folders);
    if (found.image !== null) return found.image;
    return found.why === 'several' ? ambiguous : missing;
  }

  /** For a table of another place: none of its paths is here, but their ends may be. */
  async #byEnds({ files }: LabelRows, source: LabelSource): Promise<Int32Array> {
    const images = await this.#index.findEnds(files);
    const what = `Paths of another place in "${source.file}", whose files were found by the ends of their paths`;
    for (const [row, image] of images.entries()) if (image !== noItem) this.#warnings.note(what, files.at(row));
    return images.map((image) => (image === noItem ? missing : image));
  }

  #miss(file: string, why: number): void {
    this.overlay.stray ??= file;
    if (why === ambiguous) this.#warnings.note('Rows that several files fit, passed over', file);
    else this.#warnings.note('Rows whose file is not there, passed over', file);
  }

  #take(image: number, rows: LabelRows, row: number, source: LabelSource): void {
    const taken = this.overlay.take(image, rows, row, source.split);
    if (taken === 'taken') return;
    this.#warnings.note(
      taken === 'same'
        ? 'Files named twice with the same label'
        : 'Files named twice with different labels, the first counts',
      this.#index.files.at(image),
    );
  }
}

/**
 * Reads tables and finds the files of their rows.
 * @throws AppError `LABELS_INVALID` when a table cannot be read to its end.
 */
export async function overlayLabels(
  sources: readonly LabelSource[],
  index: FileIndex,
  warnings: Warnings,
): Promise<LabelOverlay> {
  const overlaying = new Overlaying(index, warnings);
  for (const source of sources) await overlaying.add(source);
  return overlaying.overlay;
}
